namespace CorpusForge.Filter;

/// <summary>One word, number, symbol or run of one symbol: where it stands in the text, and the hash of its characters.</summary>
/// <remarks>Lengths are UTF-16 units. <see cref="Hash"/> is <see cref="HashOf"/>, the same on every machine.</remarks>
public readonly struct Token
{
    private const int WordBit = 1 << 30;
    private const int AlphabeticBit = 1 << 31;

    private readonly int _lengthAndBits;

    internal Token(int start, int length, bool word, bool alphabetic, ulong hash)
    {
        Start = start;
        Hash = hash;
        _lengthAndBits = length | (word ? WordBit : 0) | (alphabetic ? AlphabeticBit : 0);
    }

    public ulong Hash { get; }
    public int Start { get; }
    public int Length => _lengthAndBits & ~(WordBit | AlphabeticBit);

    /// <summary>Has a letter or a digit; a token of punctuation and symbols is no word.</summary>
    public bool IsWord => (_lengthAndBits & WordBit) != 0;

    /// <summary>Has a letter.</summary>
    public bool IsAlphabetic => (_lengthAndBits & AlphabeticBit) != 0;

    /// <summary>The hash that a token of these characters has.</summary>
    public static ulong HashOf(ReadOnlySpan<char> characters)
    {
        var hash = HashSeed;
        foreach (var c in characters)
            hash = HashStep(hash, c);
        return SplitMix64.Mix(hash);
    }

    internal const ulong HashSeed = 0xCBF29CE484222325;

    /// <summary>FNV-1a over UTF-16 units; <see cref="SplitMix64.Mix"/> finishes it.</summary>
    internal static ulong HashStep(ulong hash, char c) => (hash ^ c) * 0x100000001B3;
}
