namespace CorpusForge.Deduplicate;

/// <summary>A hash of 64 bits over the last words of a text, rolled on word by word.</summary>
/// <remarks>A polynomial in the hashes of the words, of which the one that leaves is subtracted.</remarks>
internal sealed class WordWindow(int length)
{
    public const ulong Multiplier = 0x9FB21C651E98DF25;

    private readonly ulong[] _last = new ulong[length];
    private readonly ulong _leaving = Power(Multiplier, length);
    private ulong _sum;
    private int _oldest;
    private int _words;

    public ulong Hash => SplitMix64.Mix(_sum);

    /// <summary>Takes the next word; whether the window is full.</summary>
    public bool Push(ulong word)
    {
        _sum = (_sum * Multiplier) + word - (_last[_oldest] * _leaving);
        _last[_oldest] = word;
        _oldest = _oldest + 1 == length ? 0 : _oldest + 1;
        return ++_words >= length;
    }

    public static ulong Power(ulong x, int exponent)
    {
        var power = 1UL;
        for (var i = 0; i < exponent; i++)
            power *= x;
        return power;
    }
}
