using System.Runtime.InteropServices;

namespace CorpusForge.Filter.FastText;

/// <summary>Trains a supervised fastText model from lines that begin with labels.</summary>
/// <remarks>
/// Stochastic gradient descent, one line at a time, with a rate that falls to zero in a straight line (Joulin et al. 2016). More than one thread share the
/// matrices without locks (Hogwild, Niu et al. 2011), so only one thread gives the same bytes every time. The lines are gone through twice, to count and to look up; what is held in memory is
/// the features of all lines, four bytes each, and never a text.
/// </remarks>
public sealed class FastTextTrainer
{
    private readonly FastTextSettings _settings;
    private readonly FastTextDictionary _dictionary;
    private readonly float[] _input;
    private readonly float[] _output;
    private readonly LabelTree? _tree;
    private readonly List<(int[] Rows, int[] Labels)> _lines = [];
    private readonly Dictionary<string, int> _labelIds;
    private long _seen;

    private FastTextTrainer(FastTextSettings settings, IEnumerable<(IReadOnlyList<string> Labels, string Text)> examples, ulong seed, Action<FastTextSize>? begun)
    {
        _settings = settings with { Buckets = settings.WordNgrams > 1 || settings.MaxCharacters > 0 ? settings.Buckets : 0 };
        _dictionary = Count(_settings, examples);
        if (_dictionary.Labels.Length == 0)
            throw new InvalidDataException("no line has a label");
        if (_dictionary.Labels.Length == 1)
            throw new InvalidDataException($"all lines have the label '{_dictionary.Labels[0][FastTextModel.LabelPrefix.Length..]}': a classifier needs two at least");
        _labelIds = _dictionary.Labels.Select((l, i) => (l, i)).ToDictionary(x => x.l, x => x.i, StringComparer.Ordinal);
        if (_settings.Loss == FastTextLoss.Hierarchical)
            _tree = new LabelTree(_dictionary.LabelCounts);
        var random = new SplitMix64(seed);
        var rows = checked(((long)_dictionary.Words.Count + _settings.Buckets) * _settings.Dimension);
        if (rows > Array.MaxLength)
            throw new InvalidDataException($"{rows:N0} numbers are more than a matrix can hold: fewer buckets or a smaller dimension");
        begun?.Invoke(new FastTextSize(_dictionary.Words.Count, _settings.Buckets, _dictionary.Labels.Length, _settings.Dimension));
        _input = LargeArray.Allocate<float>((int)rows);
        foreach (ref var value in _input.AsSpan())
            value = (float)(((2 * random.NextDouble()) - 1) / _settings.Dimension);
        _output = new float[_dictionary.Labels.Length * _settings.Dimension];
        Index(examples);
    }

    /// <param name="settings">Checked by the caller.</param>
    /// <param name="lines">The labels, without a prefix, and the text; gone through twice, the same both times.</param>
    /// <param name="threads">More than one share the work without locks.</param>
    /// <param name="seed">Of every random choice.</param>
    /// <param name="begun">Called once the size of the model is known, before it is made.</param>
    /// <param name="progress">Called now and then with the share done.</param>
    /// <param name="cancel">Looked at after every line.</param>
    /// <exception cref="InvalidDataException">There is nothing to learn from, or it learnt nothing.</exception>
    public static FastTextModel Train(
        FastTextSettings settings, IEnumerable<(IReadOnlyList<string> Labels, string Text)> lines, int threads, ulong seed, Action<FastTextSize>? begun = null, Action<double>? progress = null,
        CancellationToken cancel = default)
    {
        var trainer = new FastTextTrainer(settings, lines, seed, begun);
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel }, t => trainer.Work(t, threads, seed, progress, cancel));
        if (!trainer._output.All(float.IsFinite) || !trainer._input.All(float.IsFinite))
            throw new InvalidDataException("the numbers of the model grew beyond all bounds: take a smaller learning rate");
        return new FastTextModel(trainer._settings, trainer._dictionary, trainer._input, trainer._output, "");
    }

    /// <summary>A model with only the <paramref name="rows"/> rows of the largest norm, as quantising small models wants it.</summary>
    public static FastTextModel Prune(FastTextModel model, int rows)
    {
        var (dictionary, dimension) = (model.Dictionary, model.Settings.Dimension);
        var words = dictionary.Words.Count;
        if (dictionary.Kept is not null)
            throw new InvalidDataException("the model is pruned already");
        var end = dictionary.Find("</s>"u8, FastTextDictionary.Hash("</s>"u8));
        var chosen = Enumerable.Range(0, model.Input.Length / dimension)
            .OrderByDescending(r => r == end ? float.MaxValue : FastTextModel.Dot(FastTextModel.Row(model.Input, r, dimension), FastTextModel.Row(model.Input, r, dimension)))
            .ThenBy(r => r).Take(rows).Order().ToArray();
        var input = new float[chosen.Length * dimension];
        for (var i = 0; i < chosen.Length; i++)
            FastTextModel.Row(model.Input, chosen[i], dimension).CopyTo(FastTextModel.Row(input, i, dimension));
        int[] keptWords = [.. chosen.Where(r => r < words)];
        var kept = chosen.Where(r => r >= words).Select((r, i) => (r, i)).ToDictionary(x => x.r - words, x => x.i);
        var pruned = new FastTextDictionary(
            model.Settings, [.. keptWords.Select(w => dictionary.Words[w])], [.. keptWords.Select(w => dictionary.WordCounts[w])], dictionary.Labels, dictionary.LabelCounts, kept);
        return new FastTextModel(model.Settings, pruned, input, model.Output, "");
    }

    // Words by falling count, the first seen first among equals; so are the labels.
    private static FastTextDictionary Count(FastTextSettings settings, IEnumerable<(IReadOnlyList<string> Labels, string Text)> examples)
    {
        var words = new Dictionary<string, long>(StringComparer.Ordinal);
        var labels = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (own, text) in examples)
        {
            foreach (var label in own)
                CollectionsMarshal.GetValueRefOrAddDefault(labels, FastTextModel.LabelPrefix + label, out _)++;
            ReadOnlySpan<byte> rest = FastTextDictionary.Bytes(text);
            while (FastTextDictionary.NextToken(ref rest) is { IsEmpty: false } token)
                CollectionsMarshal.GetValueRefOrAddDefault(words, System.Text.Encoding.UTF8.GetString(token), out _)++;
            CollectionsMarshal.GetValueRefOrAddDefault(words, FastTextDictionary.EndOfLine, out _)++;
        }
        var keptWords = words.Where(w => w.Value >= settings.MinCount && !w.Key.StartsWith(FastTextModel.LabelPrefix, StringComparison.Ordinal)).OrderByDescending(w => w.Value).ToArray();
        var keptLabels = labels.OrderByDescending(l => l.Value).ToArray();
        return new FastTextDictionary(
            settings, [.. keptWords.Select(w => FastTextDictionary.Bytes(w.Key))], [.. keptWords.Select(w => w.Value)],
            [.. keptLabels.Select(l => l.Key)], [.. keptLabels.Select(l => l.Value)], null);
    }

    private void Index(IEnumerable<(IReadOnlyList<string> Labels, string Text)> examples)
    {
        var (rows, hashes) = (new FeatureList(), new FeatureList());
        foreach (var (labels, text) in examples)
        {
            _dictionary.Features(FastTextDictionary.Bytes(text), rows, hashes);
            if (labels.Count > 0 && !rows.Span.IsEmpty)
                _lines.Add((rows.Span.ToArray(), [.. labels.Select(IdOf)]));
        }
        if (_lines.Count == 0)
            throw new InvalidDataException("no line has both a label and a word");

        int IdOf(string label) => _labelIds.TryGetValue(FastTextModel.LabelPrefix + label, out var id) ? id : throw new InvalidDataException($"the label '{label}' was not there when the lines were counted: the input changes");
    }

    private void Work(int thread, int threads, ulong seed, Action<double>? progress, CancellationToken cancel)
    {
        var random = new SplitMix64(seed + 1 + (ulong)thread);
        var (hidden, gradient, scores) = (new float[_settings.Dimension], new float[_settings.Dimension], new float[_dictionary.Labels.Length]);
        var total = (long)_lines.Count * _settings.Epochs;
        var (from, until) = ((int)((long)_lines.Count * thread / threads), (int)((long)_lines.Count * (thread + 1) / threads));
        var order = Enumerable.Range(from, until - from).ToArray();
        for (var epoch = 0; epoch < _settings.Epochs; epoch++)
        {
            for (var i = order.Length - 1; i > 0; i--)
            {
                var other = (int)random.Next((ulong)i + 1);
                (order[i], order[other]) = (order[other], order[i]);
            }
            foreach (var line in order)
            {
                cancel.ThrowIfCancellationRequested();
                var seen = Interlocked.Increment(ref _seen);
                var rate = (float)(_settings.LearningRate * (1 - ((double)seen / total)));
                Learn(_lines[line], rate, ref random, hidden, gradient, scores);
                if (seen % 4096 == 0)
                    progress?.Invoke((double)seen / total);
            }
        }
    }

    private void Learn((int[] Rows, int[] Labels) line, float rate, ref SplitMix64 random, float[] hidden, float[] gradient, float[] scores)
    {
        FastTextModel.Mean(_input, line.Rows, hidden);
        Array.Clear(gradient);
        var target = line.Labels[(int)random.Next((ulong)line.Labels.Length)];
        switch (_settings.Loss)
        {
            case FastTextLoss.Hierarchical:
                foreach (var (row, right) in _tree!.Paths[target])
                    Step(row, right, rate, hidden, gradient);
                break;
            case FastTextLoss.OneVersusAll:
                for (var label = 0; label < scores.Length; label++)
                    Step(label, line.Labels.Contains(label), rate, hidden, gradient);
                break;
            default:
                Softmax(hidden, scores);
                for (var label = 0; label < scores.Length; label++)
                    Move(label, rate * ((label == target ? 1f : 0f) - scores[label]), hidden, gradient);
                break;
        }
        var share = 1f / line.Rows.Length;
        foreach (var row in line.Rows)
            FastTextModel.AddTo(FastTextModel.Row(_input, row, hidden.Length), gradient, share);
    }

    private void Step(int row, bool truth, float rate, float[] hidden, float[] gradient)
    {
        var score = 1f / (1f + FastTextModel.Exp(-FastTextModel.Dot(FastTextModel.Row(_output, row, hidden.Length), hidden)));
        Move(row, rate * ((truth ? 1f : 0f) - score), hidden, gradient);
    }

    private void Move(int row, float step, float[] hidden, float[] gradient)
    {
        var weights = FastTextModel.Row(_output, row, hidden.Length);
        FastTextModel.AddTo(gradient, weights, step);
        FastTextModel.AddTo(weights, hidden, step);
    }

    private void Softmax(float[] hidden, float[] scores)
    {
        var (most, sum) = (float.MinValue, 0f);
        for (var label = 0; label < scores.Length; label++)
        {
            scores[label] = FastTextModel.Dot(FastTextModel.Row(_output, label, hidden.Length), hidden);
            most = Math.Max(most, scores[label]);
        }
        foreach (ref var score in scores.AsSpan())
        {
            score = FastTextModel.Exp(score - most);
            sum += score;
        }
        foreach (ref var score in scores.AsSpan())
            score /= sum;
    }
}

/// <summary>What a fastText model will have, known once the lines are counted.</summary>
/// <param name="Words">Of the vocabulary.</param>
/// <param name="Buckets">Rows that n-grams are hashed to.</param>
/// <param name="Labels">Of the output.</param>
/// <param name="Dimension">Numbers in a row.</param>
public sealed record FastTextSize(int Words, int Buckets, int Labels, int Dimension)
{
    /// <summary>Of the numbers, four each, in memory and in a `.bin` file.</summary>
    public long Bytes => ((long)Words + Buckets + Labels) * Dimension * sizeof(float);
}
