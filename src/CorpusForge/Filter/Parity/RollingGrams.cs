using System.Runtime.InteropServices;

namespace CorpusForge.Filter.Parity;

/// <summary>datatrove's counts of n-grams: the most frequent one joined by spaces, and repeated ones joined by nothing.</summary>
/// <remarks>Joined by nothing, n-grams that are cut differently can be the same string: a hash that rolls over the characters, modulo 2^61 - 1, sees that.</remarks>
internal sealed class RollingGrams
{
    private const ulong Prime = (1UL << 61) - 1;
    private const ulong Base = 0x1B873593CC9E2D51 % Prime;

    private readonly List<ulong> _hashes = [];
    private readonly List<ulong> _powers = [1];
    private readonly List<int> _ends = [];
    private readonly List<int> _chars = [];
    private readonly List<ulong> _tokens = [];
    private readonly Dictionary<(ulong, int), (int Count, int First)> _counts = [];
    private readonly HashSet<(ulong, int)> _seen = [];

    public void Count(ReadOnlySpan<char> text, ReadOnlySpan<Span> tokens)
    {
        _hashes.Clear();
        _ends.Clear();
        _chars.Clear();
        _tokens.Clear();
        _hashes.Add(0);
        _ends.Add(0);
        _chars.Add(0);
        foreach (var token in tokens)
        {
            var own = 0UL;
            foreach (var c in text.Slice(token.Start, token.Length))
            {
                _hashes.Add(Mod(Times(_hashes[^1], Base) + c + 1));
                own = Mod(Times(own, Base) + c + 1);
            }
            _tokens.Add(own);
            _ends.Add(_hashes.Count - 1);
            _chars.Add(_chars[^1] + ParityText.Points(text.Slice(token.Start, token.Length)));
        }
        while (_powers.Count < _hashes.Count)
            _powers.Add(Times(_powers[^1], Base));
    }

    /// <summary>Occurrences of the most frequent n-gram, of several the first, times its characters with single spaces; 0 where there is none.</summary>
    public long Top(int n)
    {
        _counts.Clear();
        for (var i = 0; i + n <= _tokens.Count; i++)
        {
            var key = 0UL;
            for (var k = 0; k < n; k++)
                key = Mod(Times(key, 0x9E3779B97F4A7C15 % Prime) + _tokens[i + k] + 1);
            ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, (key, Width(i, n)), out var known);
            entry = (entry.Count + 1, known ? entry.First : i);
        }
        var best = (Count: 0, First: int.MaxValue);
        foreach (var entry in _counts.Values)
            if (entry.Count > best.Count || (entry.Count == best.Count && entry.First < best.First))
                best = entry;
        return best.Count == 0 ? 0 : (long)best.Count * (_chars[best.First + n] - _chars[best.First] + n - 1);
    }

    /// <summary>Characters of n-grams seen before; after one, the next is looked for behind it.</summary>
    public long Duplicate(int n)
    {
        _seen.Clear();
        var chars = 0L;
        for (var i = 0; i + n <= _tokens.Count;)
        {
            if (_seen.Add((Hash(_ends[i], _ends[i + n]), Width(i, n))))
            {
                i++;
                continue;
            }
            chars += _chars[i + n] - _chars[i];
            i += n;
        }
        return chars;
    }

    private int Width(int i, int n) => _ends[i + n] - _ends[i];

    private ulong Hash(int start, int end) => Mod(_hashes[end] + Prime - Times(_hashes[start], _powers[end - start]));

    private static ulong Times(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return Mod((low & Prime) + ((low >> 61) | (high << 3)));
    }

    private static ulong Mod(ulong x) => x >= Prime ? x - Prime : x;
}
