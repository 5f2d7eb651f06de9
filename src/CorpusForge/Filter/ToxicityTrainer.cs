using System.Runtime.Intrinsics;
using System.Text;

namespace CorpusForge.Filter;

/// <summary>How a toxicity model is trained; `corpusforge classifier train-toxicity`.</summary>
public sealed record ToxicityTraining
{
    /// <summary>Files of lines `heads TAB text`: the names of the heads that are true, by comma, `?` before one that is not known, or `benign`.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Files of the same form with sentences that a grammar made: they show what frames mean, and little of what single words do.</summary>
    public IReadOnlyList<string> Made { get; init; } = [];

    /// <summary>How much a made sentence moves what a word says by itself, of what a text of the inputs does; pairs and roles it moves alike.</summary>
    public double MadeShare { get; init; } = 0.35;

    /// <summary>How much what the inputs say alone, and what the made sentences say alone, adds to what is learnt of all of them.</summary>
    public double AloneShare { get; init; } = 0.1;

    /// <summary>Files of the same form; the probabilities are calibrated on them and nothing is learnt from them.</summary>
    public required IReadOnlyList<string> Calibration { get; init; }

    /// <summary>The model file to write.</summary>
    public required string Output { get; init; }

    /// <summary>Whose terms tell the parts that words play: `en` or `de`.</summary>
    public string Language { get; init; } = "en";

    /// <summary>There are two to the power of this many rows.</summary>
    public int Bits { get; init; } = 18;

    public int Epochs { get; init; } = 12;

    /// <summary>Of AdaGrad.</summary>
    public double LearningRate { get; init; } = 0.2;

    /// <summary>The share of the features of a text that one visit does not see.</summary>
    public double DropoutShare { get; init; } = 0.4;

    /// <summary>The share of the visits that see only the parts that words play, so that these stand by themselves where the words are others.</summary>
    public double RolesOnlyShare { get; init; } = 0.1;

    public ulong Seed { get; init; } = 1;
}

/// <summary>What a training was made of.</summary>
/// <param name="Texts">How many were trained on.</param>
/// <param name="Calibrated">How many the probabilities were calibrated on.</param>
/// <param name="Digest">SHA-256 of the model file.</param>
/// <param name="Bytes">The size of the model file.</param>
public sealed record ToxicityTrained(int Texts, int Calibrated, string Digest, long Bytes);

/// <summary>Trains a <see cref="ToxicityModel"/>: one logistic regression a head by AdaGrad, over the same features.</summary>
/// <remarks>
/// What the whole is, posts and made sentences call by different rules. Three columns learn it, of all lines, of the inputs alone and of the made lines alone; the head is their weighted sum,
/// so that neither rule drowns the other. One thread, one order, seeded random numbers and no fused arithmetic: the same input gives the same bytes.
/// </remarks>
public static class ToxicityTrainer
{
    internal static readonly string[] HeadNames = ["toxic", "hate", "insult", "threat", "sexual"];

    private const int LeastPool = 50;

    // Behind those of the heads: what the inputs and what the made lines say alone of the first of them.
    private const int Alone = 5, Columns = Alone + 2;

    // Less than in scoring: with more, posts are learnt worse.
    private const float HarshestShare = 0.5f;

    /// <exception cref="InvalidDataException">A line is not `heads TAB text`, or there is none.</exception>
    public static ToxicityTrained Train(ToxicityTraining training, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(training.Language is "en" or "de", true, nameof(training.Language));
        ArgumentOutOfRangeException.ThrowIfNotEqual(training.Bits is >= 1 and <= ToxicityModel.MaxBits, true, nameof(training.Bits));
        var terms = training.Language == "de" ? ToxicityTerms.German : ToxicityTerms.English;
        var texts = Load(training.Inputs, terms, training.Bits, ownShare: 1, Alone);
        texts.AddRange(Load(training.Made, terms, training.Bits, (float)training.MadeShare, Alone + 1));
        var calibration = Lines(training.Calibration).ToList();
        if (texts.Count == 0 || calibration.Count == 0)
            throw new InvalidDataException("no text to train on or to calibrate on");
        var state = new State(training);
        var order = Enumerable.Range(0, texts.Count).ToArray();
        var random = new SplitMix64(training.Seed);
        for (var epoch = 0; epoch < training.Epochs; epoch++)
        {
            for (var i = order.Length - 1; i > 0; i--)
            {
                var j = (int)random.Next((ulong)i + 1);
                (order[i], order[j]) = (order[j], order[i]);
            }
            foreach (var index in order)
            {
                cancel.ThrowIfCancellationRequested();
                state.Learn(texts[index], ref random);
            }
        }
        var bytes = Calibrated(terms, state.Quantised(), calibration).Write();
        var model = ToxicityModel.Read(bytes, training.Output);
        File.WriteAllBytes(training.Output, bytes);
        return new ToxicityTrained(texts.Count, calibration.Count, model.Digest, bytes.Length);
    }

    private static ToxicityModel Calibrated(ToxicityTerms terms, (int Bits, float[] Scale, float[] Bias, sbyte[] Rows) trained, List<(int True, int Known, string Text)> calibration)
    {
        ToxicityModel Model(Func<int, Isotonic> of) => new(
            terms, trained.Bits, [.. HeadNames.Select((name, i) => new ToxicityHead(name, trained.Scale[i], trained.Bias[i], of(i)))], trained.Rows);
        var raw = Model(_ => new Isotonic([(0, 0)]));
        var scored = HeadNames.Select(_ => new List<(double, bool)>()).ToArray();
        var logits = new double[HeadNames.Length];
        foreach (var (isTrue, known, text) in calibration)
            if (raw.TryLogits(text, logits))
                for (var head = 0; head < scored.Length; head++)
                    if ((known >> head & 1) != 0)
                        scored[head].Add((logits[head], (isTrue >> head & 1) != 0));
        return Model(head => Isotonic.Fit(scored[head], LeastPool));
    }

    private static List<Example> Load(IEnumerable<string> paths, ToxicityTerms terms, int bits, float ownShare, int alone)
    {
        var (examples, words, sentences, own, pairs, roles) = (new List<Example>(), new ToxicityWords(terms), new List<Sentence>(), new List<int>(), new List<int>(), new List<int>());
        foreach (var (isTrue, known, text) in Lines(paths))
        {
            sentences.Clear();
            words.Clear();
            words.Read(text, 0, int.MaxValue);
            var collect = new Collect(sentences, own, pairs, roles, bits);
            if (ToxicityFeatures.Read(words, words.Words, ref collect) > 0)
                examples.Add(new Example(isTrue | ((isTrue & 1) << alone), known | ((known & 1) << alone), [.. sentences], ownShare));
        }
        return examples;
    }

    private static IEnumerable<(int True, int Known, string Text)> Lines(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            var number = 0;
            foreach (var line in File.ReadLines(path, Encoding.UTF8))
            {
                number++;
                var tab = line.IndexOf('\t');
                var (isTrue, known, wrong) = (0, (1 << HeadNames.Length) - 1, tab <= 0);
                foreach (var name in wrong || line.AsSpan(0, tab) is "benign" ? [] : line[..tab].Split(','))
                {
                    var head = Array.IndexOf(HeadNames, name.TrimStart('?'));
                    wrong |= head < 0;
                    if (name.StartsWith('?'))
                        known &= ~(1 << Math.Max(0, head));
                    else
                        isTrue |= 1 << Math.Max(0, head);
                }
                if (wrong)
                    throw new InvalidDataException($"{path}: line {number}: not `heads TAB text`; heads: {string.Join(", ", HeadNames)}");
                yield return (isTrue, known, line[(tab + 1)..]);
            }
        }
    }

    private sealed record Example(int True, int Known, Sentence[] Sentences, float OwnShare)
    {
        public int Count { get; } = Sentences.Sum(s => s.Own.Length + s.Pairs.Length + s.Roles.Length);
    }

    /// <summary>A sentence as rows: of words by themselves, of words with others and their scope, and of roles.</summary>
    private sealed record Sentence(int[] Own, int[] Pairs, int[] Roles);

    private readonly struct Collect(List<Sentence> sentences, List<int> own, List<int> pairs, List<int> roles, int bits) : IToxicitySink
    {
        public void Add(ulong feature, int first, int last) => pairs.Add(LinearModel.RowOf(feature, bits));

        public int AddWord(ulong hash, ReadOnlySpan<char> letters, int at)
        {
            var sink = new Collect(sentences, own, own, roles, bits);
            return ToxicityFeatures.Word(hash, letters, at, ref sink);
        }

        public void AddRole(ulong feature, int at) => roles.Add(LinearModel.RowOf(feature, bits));

        public void EndSentence(int count)
        {
            sentences.Add(new Sentence([.. own], [.. pairs], [.. roles]));
            own.Clear();
            pairs.Clear();
            roles.Clear();
        }
    }

    // A row is one vector: eight heads, of which some are not used.
    private sealed class State(ToxicityTraining training)
    {
        private readonly Vector256<float>[] _weights = new Vector256<float>[1 << training.Bits], _squares = new Vector256<float>[1 << training.Bits];
        private readonly List<Seen> _sentences = [];
        private Vector256<float> _bias, _biasSquares;
        private int[] _seen = new int[4096];
        private int _count;

        /// <summary>Moves the weights as the evidence of a text goes: that of all of it and of its harshest sentence.</summary>
        public void Learn(Example example, ref SplitMix64 random)
        {
            if (example.Count > _seen.Length)
                _seen = new int[example.Count];
            _count = 0;
            _sentences.Clear();
            var rolesOnly = (random.Next() >> 11) < (ulong)(training.RolesOnlyShare * (1UL << 53));
            var (whole, harshest) = (Vector256<float>.Zero, Vector256.Create(float.NegativeInfinity));
            foreach (var sentence in example.Sentences)
            {
                var start = _count;
                See(rolesOnly ? [] : sentence.Own, ref random);
                var own = _count;
                See(rolesOnly ? [] : sentence.Pairs, ref random);
                See(sentence.Roles, ref random);
                if (_count == start)
                    continue;
                var sum = Vector256<float>.Zero;
                for (var i = start; i < _count; i++)
                    sum += _weights[_seen[i]];
                whole += sum;
                sum /= MathF.Sqrt(_count - start);
                harshest = Vector256.Max(harshest, sum);
                _sentences.Add(new Seen(start, own, _count, sum));
            }
            if (_count == 0)
                return;
            var factor = 1 / MathF.Sqrt(_count);
            whole *= factor;
            var evidence = whole + (Vector256.Max(Vector256<float>.Zero, harshest - whole) * HarshestShare);
            Span<float> error = stackalloc float[ToxicityModel.Stride];
            error.Clear();
            for (var column = 0; column < Columns; column++)
                if ((example.Known >> column & 1) != 0)
                    error[column] = (example.True >> column & 1) - (1 / (1 + MathF.Exp(-(_bias[column] + evidence[column]))));
            var gradient = Vector256.Create<float>(error);
            Step(ref _bias, ref _biasSquares, gradient);
            // Where no sentence is harsher than all of the text, the whole moves alone.
            var harsher = Vector256.GreaterThan(harshest, whole);
            var share = Vector256.ConditionalSelect(harsher, Vector256.Create(1 - HarshestShare), Vector256<float>.One) * factor;
            foreach (var (start, own, end, sum) in _sentences)
            {
                var more = Vector256.ConditionalSelect(harsher & Vector256.Equals(sum, harshest), Vector256.Create(HarshestShare / MathF.Sqrt(end - start)), Vector256<float>.Zero);
                var moved = gradient * (share + more);
                for (var i = start; i < end; i++)
                    Step(ref _weights[_seen[i]], ref _squares[_seen[i]], i < own ? moved * example.OwnShare : moved);
            }
        }

        private void See(int[] rows, ref SplitMix64 random)
        {
            var drop = (ulong)(training.DropoutShare * (1UL << 53));
            foreach (var row in rows)
                if ((random.Next() >> 11) >= drop)
                    _seen[_count++] = row;
        }

        public (int Bits, float[] Scale, float[] Bias, sbyte[] Rows) Quantised()
        {
            var (scale, bias, rows) = (new float[HeadNames.Length], new float[HeadNames.Length], new sbyte[_weights.Length * ToxicityModel.Stride]);
            _bias = Summed(_bias);
            foreach (ref var row in _weights.AsSpan())
                row = Summed(row);
            for (var head = 0; head < scale.Length; head++)
            {
                bias[head] = _bias[head];
                foreach (var row in _weights)
                    scale[head] = Math.Max(scale[head], Math.Abs(row[head]) / 127);
                for (var i = 0; i < _weights.Length && scale[head] > 0; i++)
                    rows[(i * ToxicityModel.Stride) + head] = (sbyte)MathF.Round(_weights[i][head] / scale[head]);
            }
            return (training.Bits, scale, bias, rows);
        }

        private Vector256<float> Summed(Vector256<float> row) => row.WithElement(0, row[0] + ((float)training.AloneShare * (row[Alone] + row[Alone + 1])));

        private void Step(ref Vector256<float> weight, ref Vector256<float> squares, Vector256<float> gradient)
        {
            squares += gradient * gradient;
            weight += gradient * (float)training.LearningRate / (Vector256.Sqrt(squares) + Vector256.Create(1e-3f));
        }

        /// <summary>Where the rows of a sentence stand, the first of other words, and their sum.</summary>
        private readonly record struct Seen(int Start, int Own, int End, Vector256<float> Sum);
    }
}
