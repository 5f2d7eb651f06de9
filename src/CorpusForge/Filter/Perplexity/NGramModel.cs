using System.Globalization;
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

    private readonly Dictionary<string, int> _words;
    private readonly NGramTable[] _grams;

    /// <summary>Whether of every n-gram the words but the last are one, too: so it is of all models but some from elsewhere.</summary>
    private readonly bool _closed;

    private NGramModel(Dictionary<string, int> words, NGramTable[] grams, string digest, bool closed)
    {
        (_words, _grams, Digest, _closed) = (words, grams, digest, closed);
        Lookup = _words.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The SHA-256 of the file that it was read from.</summary>
    public string Digest { get; }

    public int Order => _grams.Length;
    public int WordCount => _words.Count;

    /// <summary>How many n-grams of an order there are.</summary>
    public int Count(int order) => _grams[order - 1].Count;

    private Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> Lookup { get; }

    /// <summary>The number of a word, that of the unknown word if it is not known, or -1 where the model has none.</summary>
    public int NumberOf(ReadOnlySpan<char> word) =>
        Lookup.TryGetValue(word, out var number) ? number : _words.GetValueOrDefault(Unknown, -1);

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

    /// <summary>What was found of the words that end at a place, by how many they are.</summary>
    internal struct Seen
    {
        public bool Asked, Found;
        public float BackOff;
    }

    /// <summary>The same, word after word of a text: what was found of the words before it is not looked up again.</summary>
    /// <param name="words">As many as the order at most.</param>
    /// <param name="before">Of the words before the last, the one of n words at n - 1; what was not asked yet is asked when it is needed.</param>
    /// <param name="own">Filled with the same of all the words.</param>
    internal double LogProbability(ReadOnlySpan<int> words, Span<Seen> before, Span<Seen> own)
    {
        own.Clear();
        var backOff = 0.0;
        for (var n = words.Length; n > 0; n--)
        {
            var gram = words[^n..];
            ref var mine = ref own[n - 1];
            mine.Asked = true;
            if (n > 1 && _closed && before[n - 2] is { Asked: true, Found: false })
                continue;
            if (_grams[n - 1].TryFind(KeyOf(gram), out var entry))
            {
                (mine.Found, mine.BackOff) = (true, entry.BackOff);
                return backOff + entry.Probability;
            }
            if (n == 1)
                break;
            ref var history = ref before[n - 2];
            if (!history.Asked)
            {
                history.Asked = true;
                history.Found = _grams[n - 2].TryFind(KeyOf(gram[..^1]), out entry);
                history.BackOff = entry.BackOff;
            }
            if (history.Found)
                backOff += history.BackOff;
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
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        while (words.Count < count)
        {
            if (!words.TryAdd(Encoding.UTF8.GetString(Take<byte>(Number())), words.Count))
                throw Damaged();
        }
        var grams = new NGramTable[order];
        foreach (ref var table in grams.AsSpan())
        {
            var entries = Take<NGramEntry>(Take<long>(1)[0]);
            for (var i = 1; i < entries.Length; i++)
            {
                if (entries[i - 1].Key >= entries[i].Key)
                    throw Damaged();
            }
            table = new NGramTable(entries);
        }
        var body = hash.GetCurrentHash();
        if (!Take<byte>(DigestBytes).AsSpan().SequenceEqual(body) || stream.Position != stream.Length)
            throw Damaged();
        return new NGramModel(words, grams, Convert.ToHexStringLower(hash.GetHashAndReset()), closed: true);

        int Number() => Take<int>(1)[0];

        T[] Take<T>(long values) where T : unmanaged
        {
            if (values < 0 || values > (stream.Length - stream.Position) / Unsafe.SizeOf<T>() || values > Array.MaxLength)
                throw Damaged();
            var taken = new T[values];
            // A span of bytes holds two gigabytes at most.
            for (var rest = taken.AsSpan(); rest.Length > 0; rest = rest[Math.Min(1 << 24, rest.Length)..])
            {
                var bytes = MemoryMarshal.AsBytes(rest[..Math.Min(1 << 24, rest.Length)]);
                stream.ReadExactly(bytes);
                hash.AppendData(bytes);
            }
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
            if (!grams[^1].TryAdd(key, new NGramEntry(key, probability, backOff)))
                throw Wrong($"'{string.Join(' ', fields[1..(order + 1)])}' stands there for the second time");
        }
        if (order < 0)
            throw Wrong("this is no n-gram model: it has no `\\data\\`");
        if (!ended || grams.Count == 0)
            throw Wrong("the ARPA file has no `\\end\\`: it is cut off");
        if (promised.Count > 0 && grams.Count != promised.Count)
            throw Wrong($"it has n-grams up to {grams.Count} words, and `\\data\\` says {promised.Count}");
        stream.Position = 0;
        return new NGramModel(words, [.. grams.Select(g => new NGramTable([.. g.Values.Order()]))], Convert.ToHexStringLower(SHA256.HashData(stream)), closed);

        InputException Wrong(string problem) => new(path, stream.Position, $"before it, in line {lineNumber}: {problem}");
    }
}
