using CorpusForge.Runs;
using CorpusForge.Tokenize;
using static TorchSharp.torch;

namespace CorpusForge.Training;

/// <summary>What one step of training measured.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Loss">Mean over the tokens of the step, in nats, before the weights changed.</param>
/// <param name="LearningRate">Of the step.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="ValidationLoss">After the step, where it was measured.</param>
public sealed record TrainingStep(long Step, double Loss, double LearningRate, double GradientNorm, double? ValidationLoss);

/// <summary>Trains a model on token shards, step by step, and can be stopped anywhere and resumed exactly.</summary>
/// <remarks>The folder holds the checkpoints, `curve.jsonl` (what was measured) and `log.jsonl` (the same with timings).</remarks>
public sealed class Trainer : IDisposable
{
    private readonly Train _settings;
    private readonly SequenceLoader _train, _validation;
    private readonly AdamW _optimizer;
    private readonly Checkpoints _checkpoints;
    private readonly TrainingCurve _curve;
    private readonly FileStream _lock;
    private readonly IReadOnlyList<NamedTensor> _state;
    private readonly string _device;
    private readonly bool _elsewhere;
    private readonly long[] _inputs, _targets;

    /// <param name="settings">The stage's settings.</param>
    /// <param name="shards">In an order that is part of the result; they outlive the trainer.</param>
    /// <param name="shardsDigest">Says what is in the shards, so that a checkpoint of others is refused.</param>
    /// <param name="folder">Belongs to this training; training goes on from the newest whole checkpoint in it.</param>
    /// <param name="time">For timings in the log.</param>
    /// <param name="say">Takes remarks for people.</param>
    /// <param name="elsewhere">A storage and a folder in it for checkpoints and curve, where <paramref name="folder"/> may be lost with its machine.</param>
    public Trainer(
        Train settings, IReadOnlyList<TokenShardReader> shards, string shardsDigest, string folder, TimeProvider? time = null, Action<string>? say = null,
        (IStorage Storage, string Folder)? elsewhere = null)
    {
        settings.Check();
        // Two attempts at one training must not write into each other's checkpoints; the lock dies with its process.
        Directory.CreateDirectory(folder);
        _lock = new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            NativeTorch.Load(settings.Libtorch);
            var device = DeviceOf(settings.Device);
            (_settings, _device) = (settings, device.ToString());
            set_num_threads(settings.Threads);

            var seed = settings.Seed ?? 1;
            var shape = settings.ShapeFor(shards.Count == 0 ? 0 : shards[0].Info.VocabularySize);
            _train = new SequenceLoader(shards, shape.Context, validation: false, seed);
            _validation = new SequenceLoader(shards, shape.Context, validation: true, seed);
            if (_train.Count == 0)
                throw new TrainingException("The token shards have fewer than two tokens to train on.");
            Model = new Transformer(shape, seed, device);
            _optimizer = new AdamW(Model, settings.WeightDecay);
            _state = [.. Model.Parameters, new NamedTensor("adamw.first", _optimizer.First), new NamedTensor("adamw.second", _optimizer.Second)];
            _inputs = new long[settings.BatchSize * shape.Context];
            _targets = new long[settings.BatchSize * shape.Context];
            _elsewhere = elsewhere is not null;
            var (storage, inside) = elsewhere ?? (new LocalStorage(folder), "");
            _checkpoints = new Checkpoints(storage, inside, settings.DigestFor(shape, shardsDigest), settings.KeepCheckpoints, say ?? (_ => { }));
            StepsDone = Restore(shape, seed);
            if (_elsewhere && StepsDone > 0)
                _checkpoints.Fetch(TrainingCurve.FileName, folder);
            _curve = new TrainingCurve(folder, StepsDone, time ?? TimeProvider.System);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Transformer Model { get; }

    public long StepsDone { get; private set; }

    /// <summary>Tokens of the training split, end-of-text included.</summary>
    public long TrainingTokens => _train.Tokens;

    public bool Finished => StepsDone >= _settings.MaxSteps;

    /// <summary>Trains to the last step, and writes checkpoints on the way and at the end.</summary>
    /// <param name="report">Called after each step.</param>
    /// <param name="cancel">Stops between two steps; what was done since the last checkpoint is done again on resuming.</param>
    public void Run(Action<TrainingStep>? report = null, CancellationToken cancel = default)
    {
        while (!Finished)
        {
            cancel.ThrowIfCancellationRequested();
            var step = Step();
            report?.Invoke(step);
            if (step.Step % _settings.CheckpointEvery == 0 || Finished)
                Save();
        }
    }

    /// <summary>Does one step.</summary>
    /// <exception cref="TrainingException">Loss or gradient is not a number any more.</exception>
    public TrainingStep Step()
    {
        var context = _train.Context;
        var counted = 0L;
        for (var i = 0; i < _settings.BatchSize; i++)
        {
            var cursor = _train.At((StepsDone * _settings.BatchSize) + i);
            counted += _train.Fill(cursor, _inputs.AsSpan(i * context, context), _targets.AsSpan(i * context, context));
        }
        using (NewDisposeScope())
            Model.Gradients.zero_();
        var part = _settings.BatchSize / _settings.Accumulate;
        var loss = 0.0;
        for (var i = 0; i < _settings.Accumulate; i++)
            loss += Backward(i * part, part, counted);
        var norm = Clip();
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw new TrainingException($"Training diverged at step {StepsDone + 1}: loss {loss}, gradient norm {norm}. " +
                "Lower learningRate, raise warmupSteps, or set gradientClip; the checkpoints before this step are sound.");
        }
        var learningRate = _settings.LearningRateAt(StepsDone);
        _optimizer.Step(++StepsDone, learningRate);
        double? validation = StepsDone % _settings.ValidationEvery == 0 || Finished ? ValidationLoss() : null;
        var step = new TrainingStep(StepsDone, loss, learningRate, norm, validation);
        _curve.Add(step, counted);
        return step;
    }

    /// <summary>Mean loss over the first sequences of the validation split; null when there is none.</summary>
    public double? ValidationLoss()
    {
        using var frozen = no_grad();
        var (sum, counted) = (0.0, 0L);
        var (inputs, targets) = (new long[_train.Context], new long[_train.Context]);
        for (var i = 0L; i < Math.Min(_validation.Count, _settings.MaxValidationSequences); i++)
        {
            using var scope = NewDisposeScope();
            counted += _validation.FillInOrder(i, inputs, targets);
            sum += Model.Loss(OnDevice(inputs, 1), OnDevice(targets, 1));
        }
        return counted == 0 ? null : sum / counted;
    }

    /// <summary>A line of JSON a step: what was measured, without timings.</summary>
    public string Curve() => _curve.Text();

    public void Save()
    {
        _curve.Flush();
        if (_elsewhere)
            _checkpoints.Publish(TrainingCurve.FileName, _curve.Text());
        _checkpoints.Save(StepsDone, _state, _settings.Threads, _device);
    }

    public void Dispose()
    {
        _curve?.Dispose();
        _optimizer?.Dispose();
        Model?.Dispose();
        _lock.Dispose();
    }

    // A damaged checkpoint may have been read half way: then everything starts from the initial weights again.
    private long Restore(ModelShape shape, long seed)
    {
        var step = _checkpoints.Restore(_state, _settings.Threads, _device);
        if (step > 0)
            return step;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var initial = new Transformer(shape, seed, Model.Device);
        Model.Weights.copy_(initial.Weights);
        _optimizer.First.zero_();
        _optimizer.Second.zero_();
        return 0;
    }

    private double Backward(int first, int count, long counted)
    {
        using var scope = NewDisposeScope();
        var (start, length) = (first * _train.Context, count * _train.Context);
        return Model.Backward(
            OnDevice(_inputs.AsSpan(start, length).ToArray(), count), OnDevice(_targets.AsSpan(start, length).ToArray(), count), 1.0 / counted, _settings.Recompute) / counted;
    }

    private double Clip()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        // Tensor.norm adds one after another in float32: a thousandth short over ten million. The sum adds in a cascade.
        var norm = Math.Sqrt(Model.Gradients.square().sum().cpu().item<float>());
        if (_settings.GradientClip > 0 && norm > _settings.GradientClip)
            Model.Gradients.mul_(_settings.GradientClip / norm);
        return norm;
    }

    private Tensor OnDevice(long[] ids, int sequences) => tensor(ids, [sequences, _train.Context], device: Model.Device);

    private static Device DeviceOf(TrainingDevice device) => device switch
    {
        TrainingDevice.Cpu => CPU,
        TrainingDevice.Cuda when !cuda.is_available() => throw new TrainingException(
            "There is no CUDA device for libtorch: build with -p:TorchBackend=cuda, or name a libtorch for CUDA with the setting libtorch."),
        TrainingDevice.Cuda => CUDA,
        _ => cuda.is_available() ? CUDA : CPU,
    };
}
