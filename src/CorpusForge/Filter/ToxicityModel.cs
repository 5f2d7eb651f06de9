using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Filter;

/// <summary>Words that moved the score of a sentence: where they stand, and by how much they moved the logit.</summary>
/// <param name="Start">UTF-16 units from the start of the text.</param>
/// <param name="End">The first unit behind them.</param>
/// <param name="Weight">The weights of a sentence and the bias of the head add up to its logit before calibration.</param>
public readonly record struct ToxicReason(int Start, int End, double Weight);

/// <summary>A sentence with its score by head and the words that carried the first of them.</summary>
/// <param name="Start">UTF-16 units from the start of the text.</param>
/// <param name="End">The first unit behind its last word.</param>
/// <param name="Scores">Calibrated, in the order of <see cref="ToxicityModel.Heads"/>.</param>
/// <param name="Reasons">In the order of the text, one a word.</param>
public sealed record ToxicSentence(int Start, int End, IReadOnlyList<double> Scores, IReadOnlyList<ToxicReason> Reasons);

/// <summary>A logistic model with one head a kind of toxicity over <see cref="ToxicityFeatures"/>, calibrated by isotonic regression.</summary>
/// <remarks>
/// <para>A sentence's logit is the bias of the head plus the sum of the weights of the features, divided by the root of their number. It is
/// additive, so that the weights of a word's features are the reason that the word is. Sums are sums of integers and thus exact
/// for any width of a register; probabilities are rounded to 1e-6. Of the logit of several sentences three tenths are that of all their
/// features and seven that of the harshest sentence, where it is higher.</para>
/// <para>A text is cut into windows of 40 words, the last of 20 to 59; its score by head is the mean of the highest twentieth
/// of the windows, rounded up to a whole one, with its odds divided by the cube root of how many windows there are for each of those.</para>
/// <para>File, little-endian: "CFTX", u16 format 1, u8 bits, u8 heads; the SHA-256 of the terms, which tells the language; a head as u8 length and UTF-8
/// name, f32 scale, f32 bias, u16 knots and as many pairs of f32 logit and f32 probability; i8 rows [2^bits][8]; the SHA-256 of
/// all of it.</para>
/// </remarks>
public sealed class ToxicityModel
{
    internal const int Stride = 8, WindowWords = 40, MaxBits = 22, Format = 1;

    /// <summary>How much of what a text says is what its harshest sentence does, so that a vile one counts among friendly ones.</summary>
    internal const float HarshestShare = 0.7f;

    // So many units show the language of a text; the language model, which costs more than a short text, is asked only where a piece of German stands in them.
    private const int Beginning = 300;

    private static readonly SearchValues<char> s_marked = SearchValues.Create("äöüßÄÖÜ");

    private static readonly SearchValues<string> s_pieces = SearchValues.Create(
        [
            "sch", "cht", "lich", "tzt", "iert", "welch", " und ", " ist ", " sind", " ich", " du ", " der ", " das ", " den ", " dem ", " mit ", " auf ", " sie ", " wir ", " ihr", " ein", " kein",
            " zu ", " von ", " sich", " dich", " mich", " wie ", " hat ", "eine", "wird", "werd", "muss", "haben", "immer", "auch",
        ], StringComparison.OrdinalIgnoreCase);

    private static readonly Lazy<ToxicityModel> s_english = new(() => Embedded("toxicity.cftx")), s_german = new(() => Embedded("toxicity-de.cftx"));

    [ThreadStatic]
    private static Scratch? t_last, t_other;

    private readonly ToxicityTerms _terms;
    private readonly ToxicityHead[] _heads;
    private readonly sbyte[] _rows;

    internal ToxicityModel(ToxicityTerms terms, int bits, ToxicityHead[] heads, sbyte[] rows, string digest = "") => (_terms, Bits, _heads, _rows, Digest) = (terms, bits, heads, rows, digest);

    /// <summary>The model of English that is part of the library.</summary>
    public static ToxicityModel English => s_english.Value;

    /// <summary>The model of German that is part of the library.</summary>
    public static ToxicityModel German => s_german.Value;

    /// <summary>Names of the heads; the first is the whole.</summary>
    public IReadOnlyList<string> Heads => [.. _heads.Select(h => h.Name)];

    /// <summary>There are two to the power of this many rows.</summary>
    public int Bits { get; }

    /// <summary>SHA-256 of the file that the model was read from, lower-case hexadecimal.</summary>
    public string Digest { get; }

    /// <summary>The model for a text of a language; where that is not known, German if the text begins like it, and else English. Null when there is none.</summary>
    public static ToxicityModel? For(string? language, ReadOnlySpan<char> text) => language switch
    {
        "en" => English,
        "de" => German,
        null => IsGerman(text[..Math.Min(text.Length, Beginning)]) ? German : English,
        _ => null,
    };

    /// <summary>Sets the score of a text by head; false when it has no word.</summary>
    public bool TryScore(ReadOnlySpan<char> text, Span<double> scores)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scores.Length, _heads.Length);
        var scratch = ScratchOfThread();
        var (words, windows) = (scratch.Words, scratch.Windows);
        foreach (var list in windows)
            list.Clear();
        words.Clear();
        // A window waits until the one after it is known to be at least half full.
        for (var at = 0; ;)
        {
            at = words.Read(text, at, WindowWords * 3 / 2);
            var last = at >= text.Length;
            var window = last ? words.Words : words.Words[..Math.Min(WindowWords, words.Words.Length)];
            if (!window.IsEmpty)
                AddWindow(scratch, window);
            if (last)
                break;
            words.Forget(window.Length);
        }
        if (windows[0].Count == 0)
            return false;
        for (var head = 0; head < _heads.Length; head++)
            scores[head] = Math.Round(Highest(windows[head]), 6, MidpointRounding.AwayFromZero);
        return true;
    }

    /// <summary>The sentences of a text in order, with their scores and reasons.</summary>
    public IReadOnlyList<ToxicSentence> Explain(string text)
    {
        var source = new ToxicityWords(_terms);
        source.Clear();
        source.Read(text, 0, int.MaxValue);
        var words = source.Words;
        var sink = new Reasons(this, new int[words.Length * _heads.Length], new double[words.Length], new int[words.Length], words);
        ToxicityFeatures.Read(source, words, ref sink);
        var sentences = new List<ToxicSentence>();
        for (var start = 0; start < words.Length;)
        {
            var end = start + 1;
            while (end < words.Length && words[end].Sentence == words[start].Sentence)
                end++;
            var factor = 1 / MathF.Sqrt(sink.Counts[start]);
            var scores = new double[_heads.Length];
            for (var head = 0; head < scores.Length; head++)
                scores[head] = _heads[head].Probability(sink.Sums[(start * _heads.Length) + head] * factor);
            var reasons = new ToxicReason[end - start];
            for (var i = start; i < end; i++)
                reasons[i - start] = new ToxicReason(words[i].Start, words[i].End, Math.Round(sink.Weights[i] * _heads[0].Scale * factor, 6, MidpointRounding.AwayFromZero));
            sentences.Add(new ToxicSentence(words[start].Start, words[end - 1].End, scores, reasons));
            start = end;
        }
        return sentences;
    }

    /// <summary>The logits of a text as one window.</summary>
    internal bool TryLogits(ReadOnlySpan<char> text, Span<double> logits)
    {
        var scratch = ScratchOfThread();
        var words = scratch.Words;
        words.Clear();
        words.Read(text, 0, int.MaxValue);
        if (words.Words.IsEmpty)
            return false;
        var sum = new Sum(_rows, Bits, scratch.Sums);
        var evidence = sum.Evidence(ToxicityFeatures.Read(words, words.Words, ref sum));
        for (var head = 0; head < _heads.Length; head++)
            logits[head] = _heads[head].Logit(evidence[head]);
        return true;
    }

    private static bool IsGerman(ReadOnlySpan<char> text) => (text.ContainsAny(s_pieces) || text.ContainsAny(s_marked)) && Filter.Language.Of(text) is ("de", > 0.5);

    // Those of the last two models that a thread has asked, so that languages may come in turns.
    private Scratch ScratchOfThread()
    {
        if (t_last?.Of == this)
            return t_last;
        (t_last, t_other) = (t_other?.Of == this ? t_other : new Scratch(this), t_last);
        return t_last;
    }

    private void AddWindow(Scratch scratch, ReadOnlySpan<ToxicityWord> window)
    {
        var sum = new Sum(_rows, Bits, scratch.Sums);
        var evidence = sum.Evidence(ToxicityFeatures.Read(scratch.Words, window, ref sum));
        for (var head = 0; head < _heads.Length; head++)
            scratch.Windows[head].Add(_heads[head].Probability(evidence[head]));
    }

    private static double Highest(List<double> scores)
    {
        scores.Sort();
        var sum = 0.0;
        var highest = CollectionsMarshal.AsSpan(scores)[^((scores.Count + 19) / 20)..];
        foreach (var score in highest)
            sum += score;
        // Of many windows one is high by chance.
        var (mean, windows) = (sum / highest.Length, (double)scores.Count / highest.Length);
        return mean / (mean + ((1 - mean) * Math.Cbrt(windows)));
    }

    /// <summary>Reads a model strictly.</summary>
    /// <exception cref="InputException">The bytes are not a whole model of this format, or were trained with other terms.</exception>
    public static ToxicityModel Read(ReadOnlySpan<byte> file, string name)
    {
        var at = 0;
        Expect(Take(file, 4).SequenceEqual("CFTX"u8), "not a toxicity model: no CFTX at its start");
        Expect(BinaryPrimitives.ReadUInt16LittleEndian(Take(file, 2)) == Format, $"this program reads format {Format}");
        int bits = Take(file, 1)[0], count = Take(file, 1)[0];
        Expect(bits is >= 1 and <= MaxBits && count is >= 1 and <= Stride, "a header outside the limits of the format");
        var digest = Take(file, 32);
        var terms = digest.SequenceEqual(ToxicityTerms.English.Digest) ? ToxicityTerms.English : ToxicityTerms.German;
        Expect(digest.SequenceEqual(terms.Digest), "trained with other terms than those of this program");
        var heads = new ToxicityHead[count];
        foreach (ref var head in heads.AsSpan())
        {
            var label = Encoding.UTF8.GetString(Take(file, Take(file, 1)[0]));
            var (scale, bias) = (Float(file), Float(file));
            var knots = new (float, float)[BinaryPrimitives.ReadUInt16LittleEndian(Take(file, 2))];
            Expect(knots.Length > 0 && float.IsFinite(scale) && float.IsFinite(bias), "a head without calibration or with a value that is no number");
            for (var i = 0; i < knots.Length; i++)
                knots[i] = (Float(file), Float(file));
            head = new ToxicityHead(label, scale, bias, new Isotonic(knots));
        }
        var rows = MemoryMarshal.Cast<byte, sbyte>(Take(file, Stride << bits)).ToArray();
        var body = file[..at];
        Expect(SHA256.HashData(body).AsSpan().SequenceEqual(Take(file, 32)), "the digest does not match");
        Expect(at == file.Length, "bytes after the end of the model");
        return new ToxicityModel(terms, bits, heads, rows, Convert.ToHexStringLower(SHA256.HashData(file)));

        ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes, int length)
        {
            Expect(length <= bytes.Length - at, "the file ends too early");
            at += length;
            return bytes.Slice(at - length, length);
        }

        float Float(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadSingleLittleEndian(Take(bytes, 4));

        void Expect(bool condition, string problem)
        {
            if (!condition)
                throw new InputException(name, at, problem);
        }
    }

    internal byte[] Write()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("CFTX"u8);
        writer.Write((ushort)Format);
        writer.Write((byte)Bits);
        writer.Write((byte)_heads.Length);
        writer.Write(_terms.Digest);
        foreach (var head in _heads)
        {
            var label = Encoding.UTF8.GetBytes(head.Name);
            writer.Write((byte)label.Length);
            writer.Write(label);
            writer.Write(head.Scale);
            writer.Write(head.Bias);
            writer.Write((ushort)head.Calibration.Knots.Count);
            foreach (var (logit, probability) in head.Calibration.Knots)
            {
                writer.Write(logit);
                writer.Write(probability);
            }
        }
        writer.Write(MemoryMarshal.AsBytes(_rows.AsSpan()));
        writer.Write(SHA256.HashData(stream.ToArray()));
        return stream.ToArray();
    }

    private static ToxicityModel Embedded(string file)
    {
        var name = "CorpusForge.Filter.Models." + file;
        using var stream = typeof(ToxicityModel).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The library was built without {name}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Read(bytes, name);
    }

    private sealed class Scratch(ToxicityModel of)
    {
        public ToxicityModel Of { get; } = of;
        public ToxicityWords Words { get; } = new(of._terms);
        public List<double>[] Windows { get; } = [.. of._heads.Select(_ => new List<double>())];
        public ToxicityWordSums Sums { get; } = new();
    }

    // A window has far fewer features than would overflow the sums.
    private ref struct Sum(sbyte[] rows, int bits, ToxicityWordSums known) : IToxicitySink
    {
        private Vector256<int> _sum, _whole;
        private Vector256<float> _harshest = Vector256.Create(float.NegativeInfinity);

        /// <summary>What a text says by head: all of it and its harshest sentence, where that is harsher.</summary>
        public readonly Vector256<float> Evidence(int count)
        {
            var whole = Vector256.ConvertToSingle(_whole) * (1 / MathF.Sqrt(count));
            return whole + (Vector256.Max(Vector256<float>.Zero, _harshest - whole) * HarshestShare);
        }

        public void EndSentence(int count)
        {
            _harshest = Vector256.Max(_harshest, Vector256.ConvertToSingle(_sum) * (1 / MathF.Sqrt(count)));
            _whole += _sum;
            _sum = Vector256<int>.Zero;
        }

        public void Add(ulong feature, int first, int last)
        {
            var row = Vector128.CreateScalarUnsafe(MemoryMarshal.Read<long>(MemoryMarshal.AsBytes(rows.AsSpan(LinearModel.RowOf(feature, bits) * Stride, Stride)))).AsSByte();
            var wide = Vector128.WidenLower(row);
            _sum += Vector256.Create(Vector128.WidenLower(wide), Vector128.WidenUpper(wide));
        }

        public int AddWord(ulong hash, ReadOnlySpan<char> letters, int at)
        {
            ref var entry = ref known.EntryOf(hash);
            if (!entry.Is(hash, letters))
            {
                var own = new Sum(rows, bits, known);
                entry.Set(hash, letters, ToxicityFeatures.Word(hash, letters, at, ref own), own._sum);
            }
            _sum += entry.Sum;
            return entry.Count;
        }

        public void AddRole(ulong feature, int at) => Add(feature, at, at);
    }

    private ref struct Reasons(ToxicityModel model, int[] sums, double[] weights, int[] counts, ReadOnlySpan<ToxicityWord> words) : IToxicitySink
    {
        private readonly ReadOnlySpan<ToxicityWord> _words = words;

        public readonly int[] Sums => sums;
        public readonly double[] Weights => weights;

        /// <summary>Features and sums stand at the first word of the sentence.</summary>
        public readonly int[] Counts => counts;

        public readonly void Add(ulong feature, int first, int last)
        {
            var sentence = first;
            while (sentence > 0 && _words[sentence - 1].Sentence == _words[first].Sentence)
                sentence--;
            var row = model._rows.AsSpan(LinearModel.RowOf(feature, model.Bits) * Stride, Stride);
            for (var head = 0; head < model._heads.Length; head++)
                sums[(sentence * model._heads.Length) + head] += row[head];
            counts[sentence]++;
            for (var i = first; i <= last; i++)
                weights[i] += (double)row[0] / (last - first + 1);
        }

        public int AddWord(ulong hash, ReadOnlySpan<char> letters, int at) => ToxicityFeatures.Word(hash, letters, at, ref this);

        public readonly void AddRole(ulong feature, int at) => Add(feature, at, at);

        public readonly void EndSentence(int count)
        {
        }
    }
}

/// <summary>One kind of toxicity: how its column of the rows becomes a probability.</summary>
internal sealed record ToxicityHead(string Name, float Scale, float Bias, Isotonic Calibration)
{
    public double Logit(double evidence) => Bias + (Scale * evidence);

    public double Probability(double evidence) => Math.Round(Calibration.Of(Logit(evidence)), 6, MidpointRounding.AwayFromZero);
}
