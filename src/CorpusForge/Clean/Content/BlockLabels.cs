using System.Runtime.InteropServices;

namespace CorpusForge.Clean.Content;

/// <summary>How much of each block of a page stands in the text that is wanted of it.</summary>
/// <remarks>By the longest common subsequence of their words, bit by bit (Hyyrö 2004, Bit-parallel LCS-length computation revisited), and
/// for blocks that the wanted text has elsewhere by their triples of words.</remarks>
internal sealed class BlockLabels
{
    private const float Clear = 0.6f, Chance = 0.4f, Moved = 0.7f;
    private const int MinMoved = 4;

    private readonly IReadOnlyList<IReadOnlyList<string>> _blocks;
    private readonly IReadOnlyList<string> _wanted;
    private readonly float[] _labels;

    /// <summary>By word of the wanted text: the block that it was found in, -1 for none.</summary>
    private readonly int[] _foundIn;

    private BlockLabels(IReadOnlyList<IReadOnlyList<string>> blocks, IReadOnlyList<string> wanted)
    {
        (_blocks, _wanted, _labels, _foundIn) = (blocks, wanted, new float[blocks.Count], new int[wanted.Count]);
        Array.Fill(_foundIn, -1);
    }

    /// <summary>The share of each block's words, from 0 to 1.</summary>
    public static float[] Of(IReadOnlyList<IReadOnlyList<string>> blocks, IReadOnlyList<string> wanted)
    {
        var labels = new BlockLabels(blocks, wanted);
        labels.FindInOrder();
        labels.FindMoved();
        return labels._labels;
    }

    private void FindInOrder()
    {
        var places = new Dictionary<string, ulong[]>(StringComparer.Ordinal);
        var width = (_wanted.Count + 63) / 64;
        for (var i = 0; i < _wanted.Count; i++)
        {
            ref var mask = ref CollectionsMarshal.GetValueRefOrAddDefault(places, _wanted[i], out _);
            mask ??= new ulong[width];
            mask[i / 64] |= 1UL << (i % 64);
        }
        var words = new List<(string Word, int Block)>();
        for (var block = 0; block < _blocks.Count; block++)
            foreach (var word in _blocks[block])
                if (places.ContainsKey(word))
                    words.Add((word, block));

        // Row by row: a bit is 0 where one more word of the wanted text is matched.
        var rows = new List<ulong[]>(words.Count + 1) { new ulong[width] };
        rows[0].AsSpan().Fill(ulong.MaxValue);
        foreach (var (word, _) in words)
            rows.Add(Next(rows[^1], places[word]));

        var matched = new int[_blocks.Count];
        for (int row = words.Count, i = _wanted.Count; row > 0 && i > 0;)
            if (words[row - 1].Word == _wanted[i - 1])
            {
                _foundIn[--i] = words[--row].Block;
                matched[words[row].Block]++;
            }
            else if ((rows[row][(i - 1) / 64] >> ((i - 1) % 64) & 1) == 1)
                i--;
            else
                row--;
        for (var block = 0; block < _blocks.Count; block++)
            _labels[block] = _blocks[block].Count == 0 ? 0 : (float)matched[block] / _blocks[block].Count;
    }

    private static ulong[] Next(ulong[] row, ulong[] places)
    {
        var next = new ulong[row.Length];
        ulong carry = 0;
        for (var i = 0; i < row.Length; i++)
        {
            var sum = (UInt128)row[i] + (row[i] & places[i]) + carry;
            carry = (ulong)(sum >> 64);
            next[i] = (ulong)sum | (row[i] & ~places[i]);
        }
        return next;
    }

    private void FindMoved()
    {
        var left = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < _wanted.Count; i++)
            if (_foundIn[i] < 0 || _labels[_foundIn[i]] < Clear)
                left[_wanted[i]] = left.GetValueOrDefault(_wanted[i]) + 1;
        var triples = new HashSet<(string, string, string)>();
        for (var i = 2; i < _wanted.Count; i++)
            triples.Add((_wanted[i - 2], _wanted[i - 1], _wanted[i]));
        for (var block = 0; block < _blocks.Count; block++)
        {
            if (_labels[block] >= Clear)
                continue;
            var words = _blocks[block];
            var taken = new Dictionary<string, int>(StringComparer.Ordinal);
            var here = 0;
            foreach (var word in words)
                if (left.GetValueOrDefault(word) > taken.GetValueOrDefault(word))
                {
                    taken[word] = taken.GetValueOrDefault(word) + 1;
                    here++;
                }
            var known = 0;
            for (var i = 2; i < words.Count; i++)
                known += triples.Contains((words[i - 2], words[i - 1], words[i])) ? 1 : 0;
            if (words.Count >= MinMoved && known >= Moved * (words.Count - 2) && here >= Moved * words.Count)
            {
                _labels[block] = (float)here / words.Count;
                foreach (var (word, count) in taken)
                    left[word] -= count;
            }
            else if (_labels[block] < (words.Count < MinMoved ? 0.5f : Chance))
                _labels[block] = 0;
        }
    }
}
