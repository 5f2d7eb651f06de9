using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Filter.Perplexity;

/// <summary>A back-off n-gram language model: the probability of each word given the words before it.</summary>
/// <remarks>
/// <para>Reads ARPA files (`\data\`, logarithms to base 10) and its own format, which holds the same: little-endian "CFNG", i32 format 1, i32 order, i32 words, the words as i32 length and UTF-8, then for each order an i64 count and by n-gram
/// u64 key, f32 log10 probability and f32 log10 back-off, keys ascending; the SHA-256 of all of it. An n-gram is told apart by a 64-bit hash of its words' numbers.</para>
/// <para>Shared read-only by all workers.</para>
/// </remarks>
public sealed class NGramModel
{
    public const string Unknown = "<unk>", Begin = "<s>", End = "</s>";
    internal const int Format = 1;
    private const int DigestBytes = 32, MaxOrder = 10;
    internal static ReadOnlySpan<byte> Magic => "CFNG"u8;

    private readonly HashedValues<int> _words;
    private readonly HashedValues<NGramLogarithms>[] _grams;
    private readonly int _unknown;

    /// <summary>Whether of every n-gram the words but the last are one, too: so it is of all models but some from elsewhere.</summary>
    private readonly bool _closed;

    private NGramModel(HashedValues<int> words, HashedValues<NGramLogarithms>[] grams, string digest, bool closed)
    {
        (_words, _grams, Digest, _closed) = (words, grams, digest, closed);
        _unknown = words.TryFind(HashOf(Unknown), out var number) ? number : -1;
    }

    /// <summary>The SHA-256 of the file that it was read from.</summary>
    public string Digest { get; }

    public int Order => _grams.Length;
    public int WordCount => _words.Count;

    /// <summary>How many n-grams of an order there are.</summary>
    public int Count(int order) => _grams[order - 1].Count;

    /// <summary>The number of a word, that of the unknown word if it is not known, or -1 where the model has none.</summary>
    public int NumberOf(ReadOnlySpan<char> word) =>
        _words.TryFind(HashOf(word), out var number) ? number : _unknown;

    /// <summary>The logarithm to base 10 of the probability of the last of some words given those before it.</summary>
    public double LogProbability(ReadOnlySpan<int> words)
    {
        if (words.Length > Order)
            words = words[^Order..];
        var backOff = 0.0;
        while (true)
        {
            if (_grams[words.Length - 1].TryFind(KeyOf(words), out var entry))
                return backOff + entry.Probability;
            if (words.Length == 1)
                return backOff - 100;
            if (_grams[words.Length - 2].TryFind(KeyOf(words[..^1]), out var history))
                backOff += history.BackOff;
            words = words[1..];
        }
    }

    /// <summary>An n-gram that was looked for.</summary>
    internal struct Asked
    {
        public bool Found;
        public NGramLogarithms Logarithms;
    }

    /// <summary>Adds the same for each of some words to a sum; one order after the other, so that what is asked for has arrived from memory by then.</summary>
    /// <param name="sum">What the words before have.</param>
    /// <param name="words">The first of them counts for nothing itself.</param>
    /// <param name="from">The words before it were in an earlier call; 0, or no less than the order.</param>
    /// <param name="keys">Room for an order of keys for each word.</param>
    /// <param name="asked">The n-grams that end with each word, by the order; those of the word before <paramref name="from"/> are filled.</param>
    internal double Sum(double sum, ReadOnlySpan<int> words, int from, Span<ulong> keys, Span<Asked> asked)
    {
        for (var first = Math.Max(0, from + 1 - Order); first < words.Length; first++)
        {
            var key = 0UL;
            for (var last = first; last < Math.Min(first + Order, words.Length); last++)
                keys[(last * Order) + last - first] = key = SplitMix64.Mix(key + (uint)words[last] + 1);
            _grams[0].Fetch(keys[first * Order]);
        }
        asked[(from * Order)..].Clear();
        for (var n = 1; n <= Order; n++)
        {
            for (var last = Math.Max(from, n - 1); last < words.Length; last++)
            {
                var at = (last * Order) + n - 1;
                if (n > 1 && _closed && !asked[at - Order - 1].Found)
                    continue;
                ref var gram = ref asked[at];
                gram.Found = _grams[n - 1].TryFind(keys[at], out gram.Logarithms);
                if (n < Order && last + 1 < words.Length && (gram.Found || !_closed))
                    _grams[n].Fetch(keys[at + Order + 1]);
            }
        }
        for (var last = Math.Max(1, from); last < words.Length; last++)
            sum += LogProbability(Math.Min(Order, last + 1), asked.Slice((last - 1) * Order, Order), asked.Slice(last * Order, Order));
        return sum;
    }

    // By what was found of the word before it and of its own, up to the longest.
    private static double LogProbability(int longest, ReadOnlySpan<Asked> before, ReadOnlySpan<Asked> own)
    {
        var backOff = 0.0;
        for (var n = longest; n > 0; n--)
        {
            if (own[n - 1].Found)
                return backOff + own[n - 1].Logarithms.Probability;
            if (n > 1 && before[n - 2].Found)
                backOff += before[n - 2].Logarithms.BackOff;
        }
        return backOff - 100;
    }

    /// <summary>The logarithm to base 10 of the probability of a sentence with its end, and how many words that is.</summary>
    public (double LogProbability, int Words) Score(IEnumerable<string> sentence)
    {
        var context = new List<int> { NumberOf(Begin) };
        var (sum, words) = (0.0, 0);
        foreach (var word in sentence.Append(End))
        {
            context.Add(NumberOf(word));
            if (context.Count > Order)
                context.RemoveAt(0);
            sum += LogProbability(CollectionsMarshal.AsSpan(context));
            words++;
        }
        return (sum, words);
    }

    internal static ulong HashOf(ReadOnlySpan<char> word) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(word));

    /// <summary>The key of an n-gram of words by their numbers.</summary>
    internal static ulong KeyOf(ReadOnlySpan<int> words)
    {
        var key = 0UL;
        foreach (var word in words)
            key = SplitMix64.Mix(key + (uint)word + 1);
        return key;
    }

    /// <exception cref="InputException">It is neither an ARPA file nor one of our own, or is damaged.</exception>
    public static NGramModel Open(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        Span<byte> magic = stackalloc byte[Magic.Length];
        var own = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual(Magic);
        stream.Position = 0;
        return own ? Read(path, stream) : ReadArpa(path, stream);
    }

    private static NGramModel Read(string path, FileStream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Take<byte>(Magic.Length);
        if (Number() is var format && format != Format)
            throw new InputException(path, Magic.Length, $"this is format {format} of n-gram models; this program reads {Format}");
        var (order, count) = (Number(), Number());
        if (order is < 1 or > MaxOrder || count < 0)
            throw Damaged();
        var words = new ulong[Room(count, sizeof(int))];
        for (var i = 0; i < words.Length; i++)
            words[i] = HashOf(Encoding.UTF8.GetString(Take<byte>(Number())));
        if (ByHash(words) is not { } numbers)
            throw Damaged();
        var grams = new HashedValues<NGramLogarithms>[order];
        foreach (ref var table in grams.AsSpan())
        {
            var left = Room(Take<long>(1)[0], Unsafe.SizeOf<NGramEntry>());
            table = new HashedValues<NGramLogarithms>(left);
            for (ulong? last = null; left > 0;)
            {
                var some = Take<NGramEntry>(Math.Min(left, 1 << 14));
                left -= some.Length;
                foreach (var entry in some)
                {
                    if (entry.Key <= last)
                        throw Damaged();
                    last = entry.Key;
                    table.Add(entry.Key, entry.Logarithms);
                }
            }
        }
        var body = hash.GetCurrentHash();
        if (!Take<byte>(DigestBytes).AsSpan().SequenceEqual(body) || stream.Position != stream.Length)
            throw Damaged();
        return new NGramModel(numbers, grams, Convert.ToHexStringLower(hash.GetHashAndReset()), closed: true);

        int Number() => Take<int>(1)[0];

        // So many of so many bytes, if the file has them.
        int Room(long values, int bytes) =>
            values >= 0 && values <= (stream.Length - stream.Position) / bytes && values <= HashedValues<int>.MaxCount ? (int)values : throw Damaged();

        T[] Take<T>(int values) where T : unmanaged
        {
            var taken = new T[Room(values, Unsafe.SizeOf<T>())];
            var bytes = MemoryMarshal.AsBytes(taken.AsSpan());
            stream.ReadExactly(bytes);
            hash.AppendData(bytes);
            return taken;
        }

        InputException Damaged() => new(path, stream.Position, "the n-gram model is cut off or damaged");
    }

    private static NGramModel ReadArpa(string path, FileStream stream)
    {
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        var grams = new List<Dictionary<ulong, NGramEntry>>();
        var (order, ended, closed, lineNumber) = (-1, false, true, 0);
        var promised = new List<long>();
        var numbers = new int[MaxOrder];
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            lineNumber++;
            if (line.Length == 0)
                continue;
            if (order == 0 && line.StartsWith("ngram ", StringComparison.Ordinal))
            {
                var parts = line["ngram ".Length..].Split('=');
                if (parts.Length != 2 || parts[0].Trim() != $"{promised.Count + 1}" || !long.TryParse(parts[1], CultureInfo.InvariantCulture, out var count) || count < 0)
                    throw Wrong($"expected `ngram {promised.Count + 1}=` and a number");
                promised.Add(count);
                continue;
            }
            if (line[0] == '\\')
            {
                if (order > 0 && promised.Count > 0 && grams[^1].Count != promised.ElementAtOrDefault(order - 1))
                    throw Wrong($"there are {grams[^1].Count:N0} {order}-grams before it, and `\\data\\` says {promised.ElementAtOrDefault(order - 1):N0}");
                order = line == "\\data\\" ? 0 : order;
                ended |= line == "\\end\\";
                if (order < 0)
                    continue;
                if (!line.EndsWith("-grams:", StringComparison.Ordinal))
                    continue;
                if (!int.TryParse(line.AsSpan(1, line.IndexOf('-', StringComparison.Ordinal) - 1), CultureInfo.InvariantCulture, out order) || order != grams.Count + 1 || order > MaxOrder)
                    throw Wrong("the sections of an ARPA file go from 1-grams up, behind `\\data\\`");
                grams.Add([]);
                continue;
            }
            if (order < 1)
            {
                if (order < 0 && lineNumber > 100)
                    throw Wrong("this is no n-gram model: no `\\data\\` in the first hundred lines");
                continue;
            }
            var fields = line.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length is var f && (f < order + 1 || f > order + 2) || !float.TryParse(fields[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var probability))
                throw Wrong($"a line of {order}-grams has a logarithm, {order} words and perhaps a back-off");
            var backOff = 0f;
            if (fields.Length == order + 2 && !float.TryParse(fields[^1], NumberStyles.Float, CultureInfo.InvariantCulture, out backOff))
                throw Wrong("a back-off is a number");
            if (!(probability <= 0) || !float.IsFinite(backOff))
                throw Wrong("the logarithm of a probability is 0 or less, and a back-off is finite");
            for (var i = 0; i < order; i++)
            {
                if (order == 1)
                    words.TryAdd(fields[1], words.Count);
                if (!words.TryGetValue(fields[i + 1], out numbers[i]))
                    throw Wrong($"'{fields[i + 1]}' is not among the 1-grams");
            }
            closed &= order == 1 || grams[^2].ContainsKey(KeyOf(numbers.AsSpan(0, order - 1)));
            var key = KeyOf(numbers.AsSpan(0, order));
            if (!grams[^1].TryAdd(key, new NGramEntry(key, new(probability, backOff))))
                throw Wrong($"'{string.Join(' ', fields[1..(order + 1)])}' stands there for the second time");
        }
        if (order < 0)
            throw Wrong("this is no n-gram model: it has no `\\data\\`");
        if (!ended || grams.Count == 0)
            throw Wrong("the ARPA file has no `\\end\\`: it is cut off");
        if (promised.Count > 0 && grams.Count != promised.Count)
            throw Wrong($"it has n-grams up to {grams.Count} words, and `\\data\\` says {promised.Count}");
        stream.Position = 0;
        var places = ByHash([.. words.OrderBy(w => w.Value).Select(w => HashOf(w.Key))]) ?? throw Wrong("two words have the same hash");
        return new NGramModel(places, [.. grams.Select(Table)], Convert.ToHexStringLower(SHA256.HashData(stream)), closed);

        static HashedValues<NGramLogarithms> Table(Dictionary<ulong, NGramEntry> grams)
        {
            var table = new HashedValues<NGramLogarithms>(grams.Count);
            foreach (var (key, logarithms) in grams.Values.Order())
                table.Add(key, logarithms);
            return table;
        }

        InputException Wrong(string problem) => new(path, stream.Position, $"before it, in line {lineNumber}: {problem}");
    }
    // The numbers of words; none where two have the same hash.
    private static HashedValues<int>? ByHash(ulong[] hashes)
    {
        var numbers = Enumerable.Range(0, hashes.Length).ToArray();
        Array.Sort(hashes, numbers);
        var table = new HashedValues<int>(hashes.Length);
        for (var i = 0; i < hashes.Length; i++)
        {
            if (i > 0 && hashes[i] == hashes[i - 1])
                return null;
            table.Add(hashes[i], numbers[i]);
        }
        return table;
    }
}
