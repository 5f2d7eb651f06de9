using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CorpusForge.Training;

/// <summary>A transformer of one of the families, with all weights in one flat tensor and all gradients in another.</summary>
/// <remarks>
/// Matrices between hidden states come first, then embeddings, then what does not decay. Clearing gradients, clipping and the optimizer
/// thus work on whole ranges, whatever the number of layers. The output and its cross-entropy are computed in pieces, so that the logits
/// of a batch never exist at once.
/// </remarks>
public sealed class Transformer : IDisposable
{
    /// <summary>The target of a position that has none.</summary>
    public const long NoTarget = -100;

    // Logits that exist at once: 64 MB on a processor, 1 GB on a device.
    private const long LogitsOnCpu = 1 << 24, LogitsOnDevice = 1 << 28;

    private readonly IArchitecture _architecture;
    private readonly Tensor[] _outside;
    private readonly Tensor[][] _layers;
    private readonly List<(Leaf Leaf, long Start)> _places = [];
    private readonly long _logitsAtOnce;

    /// <param name="shape">The size.</param>
    /// <param name="seed">The initial weights are a function of shape and seed alone, on every machine.</param>
    /// <param name="device">Where the weights live.</param>
    public Transformer(ModelShape shape, long seed, Device? device = null)
        : this(shape, seed, device, null)
    {
    }

    internal Transformer(ModelShape shape, long seed, Device? device, long? logitsAtOnce)
    {
        shape.Check();
        Shape = shape;
        Device = device ?? CPU;
        _logitsAtOnce = logitsAtOnce ?? (Device.type == TorchSharp.DeviceType.CPU ? LogitsOnCpu : LogitsOnDevice);
        using var scope = NewDisposeScope();
        Leaf[] leaves = [.. Architecture.LeavesOf(shape)];
        var starts = new Dictionary<Leaf, long>(ReferenceEqualityComparer.Instance);
        foreach (var leaf in leaves.OrderBy(l => l.Group))
        {
            starts[leaf] = Total;
            Total += leaf.Count;
            HiddenMatrices += leaf.Group == ParameterGroup.Hidden ? leaf.Count : 0;
            Matrices += leaf.Group != ParameterGroup.Vector ? leaf.Count : 0;
        }
        Weights = zeros(Total, device: Device).DetachFromDisposeScope();
        Gradients = zeros(Total, device: Device).DetachFromDisposeScope();
        _places.AddRange(leaves.Select(l => (l, starts[l])));
        Tensor[] views = [.. _places.Select(p => View(p.Leaf, p.Start))];
        var outside = Architecture.Outside(shape).Count;
        _outside = views[..outside];
        _layers = [.. views[outside..].Chunk((views.Length - outside) / shape.Layers)];
        Parameters = Published(Weights);
        _architecture = Architecture.Of(shape, Device);
        Initialise(seed);
    }

    public ModelShape Shape { get; }
    public Device Device { get; }

    /// <summary>Every parameter under the name, and in the orientation, that it has in Hugging Face's model.</summary>
    public IReadOnlyList<NamedTensor> Parameters { get; }

    /// <summary>All weights; the parameters are views of it.</summary>
    public Tensor Weights { get; }

    /// <summary>All gradients; backward adds to them in place.</summary>
    public Tensor Gradients { get; }

    /// <summary>How many of the weights, from the start, belong to matrices.</summary>
    public long Matrices { get; }

    /// <summary>How many of the weights, from the start, belong to matrices between hidden states.</summary>
    internal long HiddenMatrices { get; }

    /// <summary>Whether matrices are multiplied in bfloat16.</summary>
    internal bool BFloat16 { get; set; }

    private long Total { get; }

    /// <summary>Logits, [batch, time, vocabulary], for token ids of [batch, time].</summary>
    public Tensor Logits(Tensor ids) => Logits(ids, Places.Whole);

    internal Tensor Logits(Tensor ids, Places places) =>
        _architecture.Logits(_outside, Trunk(ids, places).view(-1, Shape.Width)).view(ids.shape[0], ids.shape[1], Shape.VocabularySize);

    /// <summary>Logits of the last position alone, [batch, vocabulary].</summary>
    public Tensor LastLogits(Tensor ids) => _architecture.Logits(_outside, Trunk(ids, Places.Whole).select(1, ids.shape[1] - 1));

    /// <summary>The sum of the cross-entropies, in nats, over the positions that have a target; no gradients.</summary>
    public double Loss(Tensor ids, Tensor targets) => Loss(ids, targets, Places.Whole);

    internal double Loss(Tensor ids, Tensor targets, Places places)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var cast = Autocast.On(BFloat16, Device.type);
        return Head(Trunk(ids, places), targets, 1, null).cpu().item<float>();
    }

    /// <summary>The same, and adds the gradients of the sum times <paramref name="scale"/> to <see cref="Gradients"/>.</summary>
    /// <param name="ids">[batch, time].</param>
    /// <param name="targets">[batch, time].</param>
    /// <param name="scale">One through the number of targets of the step.</param>
    /// <param name="recompute">Keeps the input of each layer alone and computes the rest again on the way back: less memory, a third more work, the same bits.</param>
    public double Backward(Tensor ids, Tensor targets, double scale, bool recompute = false) => Backward(ids, targets, scale, recompute, Places.Whole);

    internal double Backward(Tensor ids, Tensor targets, double scale, bool recompute, Places places)
    {
        using var scope = NewDisposeScope();
        if (!recompute)
        {
            using var whole = Autocast.On(BFloat16, Device.type);
            var x = Trunk(ids, places);
            var hidden = x.detach();
            var gradient = zeros_like(hidden);
            var sum = Head(hidden, targets, scale, gradient);
            x.backward([gradient]);
            return sum.cpu().item<float>();
        }
        var inputs = new Tensor[_layers.Length + 1];
        using (no_grad())
        using (Autocast.On(BFloat16, Device.type))
        {
            inputs[0] = _architecture.Embed(_outside, ids, places);
            for (var i = 0; i < _layers.Length; i++)
            {
                using var inner = NewDisposeScope();
                inputs[i + 1] = _architecture.Apply(_layers[i], inputs[i], places).MoveToOuterDisposeScope();
            }
        }
        using var cast = Autocast.On(BFloat16, Device.type);
        var back = zeros_like(inputs[^1]);
        var loss = Head(inputs[^1], targets, scale, back);
        for (var i = _layers.Length - 1; i >= 0; i--)
        {
            using var inner = NewDisposeScope();
            inputs[i].requires_grad_(true);
            _architecture.Apply(_layers[i], inputs[i], places).backward([back]);
            back.Dispose();
            back = inputs[i].grad!.MoveToOuterDisposeScope();
            inputs[i + 1].Dispose();
        }
        _architecture.Embed(_outside, ids, places).backward([back]);
        return loss.cpu().item<float>();
    }

    /// <summary>The published parts of a flat tensor that is laid out as the weights are.</summary>
    internal IReadOnlyList<NamedTensor> Published(Tensor flat)
    {
        var parts = new List<NamedTensor>();
        foreach (var (leaf, start) in _places)
        {
            var (at, row) = (start, leaf.Count / leaf.Shape[0]);
            foreach (var (name, rows, transposed) in leaf.Parts)
            {
                using var scope = NewDisposeScope();
                var part = flat.narrow(0, at, rows * row).view([rows, .. leaf.Shape[1..]]);
                parts.Add(new NamedTensor(name, (transposed ? part.t() : part).DetachFromDisposeScope()));
                at += rows * row;
            }
        }
        return parts;
    }

    /// <summary>The matrices between hidden states, each as it is published, as ranges of the flat tensors.</summary>
    internal IEnumerable<(long Start, long Rows, long Columns)> HiddenRanges()
    {
        foreach (var (leaf, start) in _places.Where(p => p.Leaf.Group == ParameterGroup.Hidden))
        {
            var at = start;
            foreach (var part in leaf.Parts)
            {
                yield return (at, part.Rows, leaf.Shape[1]);
                at += part.Rows * leaf.Shape[1];
            }
        }
    }

    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Tensor.Dispose();
        foreach (var leaf in _outside.Concat(_layers.SelectMany(l => l)))
            leaf.Dispose();
        Weights.Dispose();
        Gradients.Dispose();
        _architecture.Dispose();
    }

    private Tensor Trunk(Tensor ids, Places places)
    {
        var x = _architecture.Embed(_outside, ids, places);
        foreach (var layer in _layers)
            x = _architecture.Apply(layer, x, places);
        return x;
    }

    // With a gradient to fill, each piece goes back at once into it and into the gradients of the head's weights.
    private Tensor Head(Tensor hidden, Tensor targets, double scale, Tensor? gradient)
    {
        var sum = zeros(1, device: Device);
        var (states, wanted, back) = (hidden.view(-1, Shape.Width), targets.reshape(-1), gradient?.view(-1, Shape.Width));
        // An encoder has targets at few positions: only those go through the head.
        var rows = Shape.Family == ModelFamily.Bert ? wanted.ne(NoTarget).nonzero().view(-1) : null;
        var count = rows is null ? wanted.shape[0] : rows.shape[0];
        var most = Math.Max(1, _logitsAtOnce / Shape.VocabularySize);
        for (var start = 0L; start < count; start += most)
        {
            using var scope = NewDisposeScope();
            var length = Math.Min(most, count - start);
            var chosen = rows?.narrow(0, start, length);
            var piece = (chosen is null ? states.narrow(0, start, length) : states.index_select(0, chosen)).detach();
            if (back is not null)
                piece.requires_grad_(true);
            var loss = F.cross_entropy(
                _architecture.Logits(_outside, piece), chosen is null ? wanted.narrow(0, start, length) : wanted.index_select(0, chosen),
                ignore_index: NoTarget, reduction: nn.Reduction.Sum);
            sum.add_(loss.detach());
            if (back is null)
                continue;
            (loss * scale).backward();
            using var frozen = no_grad();
            if (chosen is null)
                back.narrow(0, start, length).copy_(piece.grad!);
            else
                back.index_copy_(0, chosen, piece.grad!);
        }
        return sum;
    }

    // A leaf of the graph that shares the storage of the flat tensors.
    private Tensor View(Leaf leaf, long start)
    {
        var view = Weights.narrow(0, start, leaf.Count).view(leaf.Shape).detach().requires_grad_(true);
        view.grad = Gradients.narrow(0, start, leaf.Count).view(leaf.Shape);
        return view.DetachFromDisposeScope();
    }

    private void Initialise(long seed)
    {
        using var frozen = no_grad();
        var random = new SplitMix64((ulong)seed);
        foreach (var (leaf, start) in _places)
        {
            using var scope = NewDisposeScope();
            var range = Weights.narrow(0, start, leaf.Count);
            range.fill_(leaf.Mean);
            if (leaf.Deviation == 0)
                continue;
            var values = new float[leaf.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(leaf.Deviation * Normal(ref random));
            range.copy_(tensor(values, device: Device));
        }
    }

    // Irwin–Hall: twelve 16-bit uniforms have the variance 1 in units of 2^16. Integers, so the same bits on every machine.
    private static double Normal(ref SplitMix64 random)
    {
        var sum = 0L;
        for (var draw = 0; draw < 3; draw++)
        {
            var bits = random.Next();
            sum += (long)((bits & 0xffff) + ((bits >> 16) & 0xffff) + ((bits >> 32) & 0xffff) + (bits >> 48));
        }
        return (sum - (6 * 65_535)) / 65_536.0;
    }
}
