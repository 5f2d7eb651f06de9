using System.Collections.Frozen;

namespace CorpusForge.Filter.Parity;

/// <summary>Puts together again what the rules cut of the table's entries where they are part of something longer: the `a.m.` of `7-a.m.`, the face of `(see above):`.</summary>
/// <remarks>
/// The longest of those that overlap wins, of equal ones the first. As in spaCy one with single spaces between its pieces is not put together, but keeps its tokens from others.
/// </remarks>
internal sealed class Rejoiner
{
    private readonly FrozenDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cut;
    private readonly FrozenSet<(char First, char Second)> _begin;
    private readonly int _most;

    /// <summary>What one worker needs while it joins.</summary>
    public sealed class Scratch
    {
        public List<(int First, int Count, bool Touching)> Found { get; } = [];
        public HashSet<int> Taken { get; } = [];
        public Dictionary<int, int> Joined { get; } = [];
        public List<Span> Tokens { get; } = [];
    }

    /// <param name="cut">Cuts an entry by the rules alone.</param>
    public Rejoiner(Action<string, List<Span>> cut)
    {
        var entries = new Dictionary<string, int[]>(StringComparer.Ordinal);
        var pieces = new List<Span>();
        foreach (var entry in Contractions.Table.Keys)
        {
            pieces.Clear();
            cut(entry, pieces);
            if (pieces.Count > 1)
                entries[entry] = [.. pieces.Select(p => p.Length)];
        }
        _cut = entries.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _begin = entries.Select(e => (e.Key[0], e.Key[e.Value[0]])).ToFrozenSet();
        _most = entries.Values.Max(v => v.Length);
    }

    /// <summary>Tokens before <paramref name="from"/> stay.</summary>
    public void Join(ReadOnlySpan<char> text, List<Span> tokens, int from, Scratch scratch)
    {
        var (found, taken, joined) = (scratch.Found, scratch.Taken, scratch.Joined);
        found.Clear();
        for (var i = from; i + 1 < tokens.Count; i++)
            if (_begin.Contains((text[tokens[i].Start], text[tokens[i + 1].Start])))
                Find(text, tokens, i, found);
        if (found.Count == 0)
            return;
        found.Sort((a, b) => a.Count == b.Count ? a.First.CompareTo(b.First) : b.Count.CompareTo(a.Count));
        taken.Clear();
        joined.Clear();
        foreach (var (first, count, touching) in found)
        {
            if (touching && !taken.Contains(first) && !taken.Contains(first + count - 1))
                joined[first] = count;
            for (var i = first; i < first + count; i++)
                taken.Add(i);
        }
        if (joined.Count > 0)
            Replace(text, tokens, from, scratch);
    }

    private void Find(ReadOnlySpan<char> text, List<Span> tokens, int first, List<(int First, int Count, bool Touching)> found)
    {
        Span<char> entry = stackalloc char[Contractions.Longest];
        var (length, touching) = (0, true);
        for (var i = first; i < tokens.Count && i < first + _most; i++)
        {
            var (token, end) = (tokens[i], i == first ? tokens[i].Start : tokens[i - 1].End);
            if (length + token.Length > entry.Length || text[end..token.Start] is not ([] or [' ']))
                return;
            touching &= end == token.Start;
            text.Slice(token.Start, token.Length).CopyTo(entry[length..]);
            length += token.Length;
            if (i > first && _cut.TryGetValue(entry[..length], out var lengths) && AreOf(tokens, first, i + 1, lengths))
                found.Add((first, i + 1 - first, touching));
        }
    }

    private static bool AreOf(List<Span> tokens, int first, int end, int[] lengths)
    {
        if (lengths.Length != end - first)
            return false;
        for (var i = first; i < end; i++)
            if (tokens[i].Length != lengths[i - first])
                return false;
        return true;
    }

    private static void Replace(ReadOnlySpan<char> text, List<Span> tokens, int from, Scratch scratch)
    {
        var all = scratch.Tokens;
        all.Clear();
        for (var i = from; i < tokens.Count;)
        {
            if (!scratch.Joined.TryGetValue(i, out var count))
            {
                all.Add(tokens[i++]);
                continue;
            }
            var start = tokens[i].Start;
            i += count;
            foreach (var length in Contractions.Lookup[text[start..tokens[i - 1].End]])
            {
                all.Add(new Span(start, length));
                start += length;
            }
        }
        tokens.RemoveRange(from, tokens.Count - from);
        tokens.AddRange(all);
    }
}
