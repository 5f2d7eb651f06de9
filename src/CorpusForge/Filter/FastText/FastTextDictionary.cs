using System.Text;

namespace CorpusForge.Filter.FastText;

/// <summary>The words and labels of a model, and the rows of a text: of its words, their character n-grams and its word n-grams.</summary>
/// <remarks>
/// Hashes are fastText's: FNV-1a over bytes taken as signed. A text is one line: any of its white space separates words, and the word &lt;/s&gt; ends it.
/// </remarks>
internal sealed class FastTextDictionary
{
    public const string EndOfLine = "</s>";

    // Room for a word that is too long for the stack.
    [ThreadStatic]
    private static byte[]? t_framed;

    private readonly FastTextSettings _settings;
    private readonly byte[][] _words;
    private readonly int[] _slots;
    private readonly int[][] _rows;
    private readonly Dictionary<int, int>? _kept;

    /// <param name="settings">The lengths of n-grams and the number of buckets.</param>
    /// <param name="words">In order of id, UTF-8.</param>
    /// <param name="wordCounts">How often each was seen.</param>
    /// <param name="labels">In order of id, with their prefix.</param>
    /// <param name="labelCounts">How often each was seen; shapes the tree of a hierarchical loss.</param>
    /// <param name="kept">In a pruned model: which buckets remain, and as which.</param>
    public FastTextDictionary(FastTextSettings settings, byte[][] words, long[] wordCounts, string[] labels, long[] labelCounts, Dictionary<int, int>? kept)
    {
        (_settings, _words, WordCounts, Labels, LabelCounts, _kept) = (settings, words, wordCounts, labels, labelCounts, kept);
        _slots = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(2 * words.Length) + 2)];
        Array.Fill(_slots, -1);
        for (var id = 0; id < words.Length; id++)
        {
            var slot = (int)Hash(words[id]) & (_slots.Length - 1);
            while (_slots[slot] >= 0)
                slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = id;
        }
        _rows = new int[words.Length][];
        var rows = new FeatureList();
        for (var id = 0; id < words.Length; id++)
        {
            rows.Clear();
            rows.Add(id);
            if (settings.MaxCharacters > 0 && !words[id].AsSpan().SequenceEqual("</s>"u8))
                AddCharacterNgrams(words[id], rows);
            _rows[id] = rows.Span.ToArray();
        }
    }

    public IReadOnlyList<byte[]> Words => _words;
    public long[] WordCounts { get; }
    public string[] Labels { get; }
    public long[] LabelCounts { get; }
    public IReadOnlyDictionary<int, int>? Kept => _kept;

    /// <summary>The rows of a text, as many as it has features, repeated where they repeat.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="rows">Filled.</param>
    /// <param name="hashes">Room for the hashes of the words.</param>
    public void Features(ReadOnlySpan<byte> text, FeatureList rows, FeatureList hashes)
    {
        rows.Clear();
        hashes.Clear();
        while (NextToken(ref text) is { IsEmpty: false } token)
        {
            if (!token.StartsWith("__label__"u8))
                Add(token, rows, hashes);
        }
        Add("</s>"u8, rows, hashes);
        AddWordNgrams(hashes.Span, rows);
    }

    /// <summary>Adds the rows of one word.</summary>
    public void Add(ReadOnlySpan<byte> word, FeatureList rows, FeatureList hashes)
    {
        var hash = Hash(word);
        hashes.Add((int)hash);
        var id = Find(word, hash);
        if (id >= 0)
            rows.Add(_rows[id]);
        else if (_settings.MaxCharacters > 0 && !word.SequenceEqual("</s>"u8))
            AddCharacterNgrams(word, rows);
    }

    public void AddWordNgrams(ReadOnlySpan<int> hashes, FeatureList rows)
    {
        if (_settings.WordNgrams < 2)
            return;
        for (var i = 0; i < hashes.Length; i++)
        {
            // The first hash is extended with its sign, as in fastText.
            var hash = (ulong)hashes[i];
            for (var j = i + 1; j < hashes.Length && j < i + _settings.WordNgrams; j++)
            {
                hash = unchecked((hash * 116_049_371) + (ulong)hashes[j]);
                AddBucket((int)(hash % (ulong)_settings.Buckets), rows);
            }
        }
    }

    public int Find(ReadOnlySpan<byte> word, uint hash)
    {
        for (var slot = (int)hash & (_slots.Length - 1); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var id = _slots[slot];
            if (id < 0 || _words[id].AsSpan().SequenceEqual(word))
                return id;
        }
    }

    public static uint Hash(ReadOnlySpan<byte> word)
    {
        var hash = 2_166_136_261u;
        foreach (var b in word)
            hash = unchecked((hash ^ (uint)(sbyte)b) * 16_777_619);
        return hash;
    }

    /// <summary>Cuts the next word off; empty at the end.</summary>
    public static ReadOnlySpan<byte> NextToken(ref ReadOnlySpan<byte> text)
    {
        var start = 0;
        while (start < text.Length && IsSpace(text[start]))
            start++;
        var end = start;
        while (end < text.Length && !IsSpace(text[end]))
            end++;
        var token = text[start..end];
        text = text[end..];
        return token;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (>= 9 and <= 13) or 0;

    private void AddCharacterNgrams(ReadOnlySpan<byte> word, FeatureList rows)
    {
        var longest = word.Length + 2;
        Span<byte> framed = longest <= 256 ? stackalloc byte[256] : Long(longest);
        framed = framed[..longest];
        framed[0] = (byte)'<';
        word.CopyTo(framed[1..]);
        framed[^1] = (byte)'>';
        for (var start = 0; start < framed.Length; start++)
        {
            if ((framed[start] & 0xC0) == 0x80)
                continue;
            var (hash, end) = (2_166_136_261u, start);
            for (var length = 1; end < framed.Length && length <= _settings.MaxCharacters; length++)
            {
                do
                    hash = unchecked((hash ^ (uint)(sbyte)framed[end++]) * 16_777_619);
                while (end < framed.Length && (framed[end] & 0xC0) == 0x80);
                if (length >= _settings.MinCharacters && !(length == 1 && (start == 0 || end == framed.Length)))
                    AddBucket((int)(hash % (uint)_settings.Buckets), rows);
            }
        }
    }

    private static byte[] Long(int length)
    {
        if (t_framed is null || t_framed.Length < length)
            t_framed = new byte[(int)Math.Min(Array.MaxLength, 2L * length)];
        return t_framed;
    }

    private void AddBucket(int bucket, FeatureList rows)
    {
        if (_kept is null)
            rows.Add(_words.Length + bucket);
        else if (_kept.TryGetValue(bucket, out var row))
            rows.Add(_words.Length + row);
    }

    public static byte[] Bytes(string word) => Encoding.UTF8.GetBytes(word);
}

/// <summary>A list of rows that is filled again and again without allocating.</summary>
internal sealed class FeatureList
{
    private int[] _items = new int[256];
    private int _count;

    public ReadOnlySpan<int> Span => _items.AsSpan(0, _count);

    public void Clear() => _count = 0;

    public void Add(int item)
    {
        if (_count == _items.Length)
            Array.Resize(ref _items, 2 * _count);
        _items[_count++] = item;
    }

    public void Add(ReadOnlySpan<int> items)
    {
        foreach (var item in items)
            Add(item);
    }
}
