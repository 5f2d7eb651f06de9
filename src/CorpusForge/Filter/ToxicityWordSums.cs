using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CorpusForge.Filter;

/// <summary>The sums of the own features of words that a thread has met lately, so that a common word is hashed once and not every time.</summary>
/// <remarks>An entry is found by the hash of a word and holds its letters, so that a word never gets the sum of another.</remarks>
internal sealed class ToxicityWordSums
{
    private const int Bits = 12;

    private readonly Entry[] _entries = new Entry[1 << Bits];

    public ref Entry EntryOf(ulong hash) => ref _entries[(int)((hash * 0x9E3779B97F4A7C15) >> (64 - Bits))];

    internal struct Entry
    {
        private ulong _hash;
        private int _length;
        private Buffer _letters;

        public int Count { get; private set; }
        public Vector256<int> Sum { get; private set; }

        public readonly bool Is(ulong hash, ReadOnlySpan<char> letters) =>
            _hash == hash && Count > 0 && letters.SequenceEqual(((ReadOnlySpan<char>)_letters)[.._length]);

        public void Set(ulong hash, ReadOnlySpan<char> letters, int count, Vector256<int> sum)
        {
            letters.CopyTo(_letters);
            (_hash, _length, Count, Sum) = (hash, letters.Length, count, sum);
        }
    }

    [InlineArray(ToxicityWords.MaxLetters)]
    private struct Buffer
    {
        private char _first;
    }
}
