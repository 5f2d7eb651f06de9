namespace CorpusForge.Tokenize;

/// <summary>Which characters beyond ASCII merging may begin with instead of their bytes: those whose bytes become one token whatever stands beside them.</summary>
/// <remarks>
/// A character's bytes merge at ranks up to some r when it stands alone. Beside others they do so too, before anything else can touch them, if every
/// merge of a part of it with what is outside, and every merge of it as a whole, has a rank above r: the lowest rank merges first.
/// </remarks>
internal static class CharacterTokens
{
    private const int First = 0x80;

    /// <summary>The token of each such character of the basic plane, -1 for others.</summary>
    public static int[] Of(BytePairVocabulary vocabulary, ReadOnlySpan<(int Left, int Right, int Rank)> pairs)
    {
        var found = new int[0x10000];
        Array.Fill(found, -1);
        var (outside, whole) = (new Dictionary<int, int>(), new Dictionary<int, int>());
        foreach (var (left, right, rank) in pairs)
        {
            Lower(whole, left, rank);
            Lower(whole, right, rank);
            var token = vocabulary[vocabulary.Product(rank)];
            if (Head(token) is var head && !head.IsEmpty)
                Lower(outside, Key(head), rank);
            if (Tail(token) is var tail && !tail.IsEmpty)
                Lower(outside, Key(tail), rank);
        }
        Span<byte> utf8 = stackalloc byte[3];
        for (var c = First; c < found.Length; c++)
        {
            if (char.IsSurrogate((char)c))
                continue;
            var bytes = utf8[..new System.Text.Rune(c).EncodeToUtf8(utf8)];
            if (vocabulary.Find(bytes) is not (>= 0 and var id) || Highest(vocabulary, bytes, id) is not { } highest)
                continue;
            var lowest = whole.GetValueOrDefault(id, int.MaxValue);
            for (var cut = 1; cut < bytes.Length; cut++)
            {
                lowest = Math.Min(lowest, outside.GetValueOrDefault(Key(bytes[..cut]), int.MaxValue));
                lowest = Math.Min(lowest, outside.GetValueOrDefault(Key(bytes[cut..]), int.MaxValue));
            }
            if (highest < lowest)
                found[c] = id;
        }
        return found;
    }

    private static void Lower(Dictionary<int, int> of, int key, int rank) =>
        of[key] = of.TryGetValue(key, out var lowest) ? Math.Min(lowest, rank) : rank;

    // Where a token begins within a character that others end: that part; else nothing.
    private static ReadOnlySpan<byte> Head(ReadOnlySpan<byte> token)
    {
        var head = token.IndexOfAnyExceptInRange((byte)0x80, (byte)0xBF);
        return head is 1 or 2 ? token[..head] : default;
    }

    // Where a token ends within a character, and has more than that.
    private static ReadOnlySpan<byte> Tail(ReadOnlySpan<byte> token)
    {
        var tail = token.LastIndexOfAnyExceptInRange((byte)0x80, (byte)0xBF);
        if (tail <= 0)
            return default;
        var length = token[tail] < 0xC0 ? 1 : token[tail] < 0xE0 ? 2 : 3;
        return token.Length - tail < length ? token[tail..] : default;
    }

    private static int Key(ReadOnlySpan<byte> part) => part.Length == 1 ? part[0] : (part[0] << 8) | part[1] | (1 << 16);

    // The highest rank at which bytes merge to this token alone; null where they do not.
    private static int? Highest(BytePairVocabulary vocabulary, ReadOnlySpan<byte> bytes, int id)
    {
        Span<int> parts = stackalloc int[3];
        for (var i = 0; i < bytes.Length; i++)
            parts[i] = vocabulary.ByteIds[bytes[i]];
        parts = parts[..bytes.Length];
        if (parts.Contains(-1))
            return null;
        for (var highest = -1; ;)
        {
            var first = parts.Length > 1 ? vocabulary.Merge(parts[0], parts[1]) : int.MaxValue;
            var second = parts.Length > 2 ? vocabulary.Merge(parts[1], parts[2]) : int.MaxValue;
            var rank = Math.Min(first, second);
            if (rank == int.MaxValue)
                return parts is [var last] && last == id ? highest : null;
            var at = rank == first ? 0 : 1;
            parts[at] = vocabulary.Product(rank);
            if (at == 0 && parts.Length > 2)
                parts[1] = parts[2];
            parts = parts[..^1];
            highest = Math.Max(highest, rank);
        }
    }
}
