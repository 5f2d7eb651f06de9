namespace CorpusForge.Clean.Content;

/// <summary>A run of text of a page that no block element interrupts: what is kept or left as a whole.</summary>
internal struct PageBlock
{
    /// <summary>In characters outside links: from here on a block reads like running text.</summary>
    private const int MinProse = 60;

    /// <summary>The block element that the run stands in, its first text node, and one past its last.</summary>
    public int Node, First, End;

    public int Chars, LinkChars, Words, Capitals, Digits, Stops, Prices;

    public char LastChar;

    /// <summary>Of a short block: the smallest score of its words, looked up as if they were names of classes.</summary>
    public float MinScore;

    /// <summary>The words that stand in the title, and in the description, of the page.</summary>
    public int TitleWords, DescriptionWords;

    /// <summary>Of the words' scores as words of text: their sum, and the ends of their range.</summary>
    public float Terms, MinTerm, MaxTerm;

    /// <summary>The triples of words that stand on the page before.</summary>
    public int Seen;

    /// <summary>Of the letters and digits: equal for texts that differ in nothing else.</summary>
    public uint Hash;

    public readonly int Free => Chars - LinkChars;

    public readonly bool IsProse => Free >= MinProse && LinkChars <= Chars / 2;
}
