namespace CorpusForge.Tokenize;

/// <summary>Cuts text in UTF-8 into the pieces that a BPE never merges across; for one worker at a time.</summary>
internal interface IPieceSplitter
{
    /// <summary>Called with each text before its pieces are asked for.</summary>
    void Begin(ReadOnlySpan<byte> text);

    /// <summary>The end of the piece that starts at <paramref name="start"/>.</summary>
    int End(ReadOnlySpan<byte> text, int start);
}

/// <summary>The parts that the patterns share.</summary>
internal static class Pieces
{
    /// <summary>The length of 's, 't, 're, 've, 'm, 'll or 'd at <paramref name="at"/>, or 0.</summary>
    /// <remarks>Where case does not count, U+017F (long s) is an s, by Unicode's simple case folding.</remarks>
    public static int Contraction(ReadOnlySpan<byte> text, int at, bool anyCase)
    {
        if (at + 1 >= text.Length || text[at] != '\'')
            return 0;
        var first = Fold(text[at + 1], anyCase);
        if (first is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d')
            return 2;
        if (at + 2 >= text.Length)
            return 0;
        if (anyCase && first == 0xC5 && text[at + 2] == 0xBF)
            return 3;
        return (first, Fold(text[at + 2], anyCase)) is ((byte)'r', (byte)'e') or ((byte)'v', (byte)'e') or ((byte)'l', (byte)'l') ? 3 : 0;
    }

    /// <summary>Up to <paramref name="most"/> numbers.</summary>
    public static int Numbers(ReadOnlySpan<byte> text, int at, int most)
    {
        for (var i = 0; i < most && at < text.Length && (CharClass.At(text, at, out var length) & CharClass.Number) != 0; i++)
            at += length;
        return at;
    }

    /// <summary>The piece of a run of white space: with line ends, up to the last of them; else all but the last, which belongs to what follows.</summary>
    public static int White(ReadOnlySpan<byte> text, int start, bool lines)
    {
        var (end, last, line) = (start, start, 0);
        while (end < text.Length && CharClass.At(text, end, out var length) is var found && (found & CharClass.White) != 0)
        {
            last = end;
            end += length;
            if ((found & CharClass.NewLine) != 0)
                line = end;
        }
        if (lines && line > 0)
            return line;
        return end == text.Length || last == start ? end : last;
    }

    private static byte Fold(byte b, bool anyCase) => anyCase && b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
}

/// <summary>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</summary>
/// <param name="Digits">The most numbers of a piece: three for cl100k and Llama 3, one for Qwen.</param>
internal readonly record struct Cl100kSplitter(int Digits) : IPieceSplitter
{
    public void Begin(ReadOnlySpan<byte> text)
    {
    }

    public int End(ReadOnlySpan<byte> text, int start)
    {
        var found = CharClass.At(text, start, out var length);
        var next = start + length;
        if ((found & CharClass.Letter) != 0)
            return CharClass.Letters(text, next);
        if ((found & CharClass.Number) != 0)
            return Pieces.Numbers(text, start, Digits);
        if (text[start] == '\'' && Pieces.Contraction(text, start, anyCase: true) is var contraction and > 0)
            return start + contraction;
        var follows = next < text.Length ? CharClass.At(text, next, out length) : CharClass.White;
        if ((found & CharClass.NewLine) == 0 && (follows & CharClass.Letter) != 0)
            return CharClass.Letters(text, next + length);
        if (CharClass.IsSymbol(found) || (text[start] == ' ' && CharClass.IsSymbol(follows)))
            return CharClass.Run(text, CharClass.SymbolRun(text, next), CharClass.NewLine);
        return Pieces.White(text, start, lines: true);
    }
}

/// <summary>As cl100k, but words end where upper case follows lower case, marks belong to words, and contractions to the word before.</summary>
/// <remarks>
/// [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
/// |[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
/// |\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
/// </remarks>
/// <param name="Digits">The most numbers of a piece: three for o200k, one for Tekken.</param>
/// <param name="Contractions">False leaves 's and its like to themselves, as Tekken does.</param>
internal readonly record struct O200kSplitter(int Digits, bool Contractions) : IPieceSplitter
{
    public void Begin(ReadOnlySpan<byte> text)
    {
    }

    public int End(ReadOnlySpan<byte> text, int start)
    {
        var found = CharClass.At(text, start, out var length);
        var next = start + length;
        if ((found & CharClass.Number) != 0)
            return Pieces.Numbers(text, start, Digits);
        var prefixed = (found & (CharClass.Letter | CharClass.NewLine)) == 0;
        var word = prefixed ? Word(text, next) : -1;
        if (word < 0 && (found & (CharClass.Upper | CharClass.Lower)) != 0)
            word = Word(text, start);
        if (word < 0 && prefixed)
            word = Capitals(text, next);
        if (word < 0)
            word = Capitals(text, start);
        if (word >= 0)
            return word + (Contractions ? Pieces.Contraction(text, word, anyCase: true) : 0);
        if (CharClass.IsSymbol(found) || (text[start] == ' ' && next < text.Length && CharClass.IsSymbol(CharClass.At(text, next, out _))))
            return Lines(text, CharClass.SymbolRun(text, next));
        return Pieces.White(text, start, lines: true);
    }

    // [U]*[L]+ as a backtracking matcher finds it: after the longest run of U comes a lower-case letter, or the run is cut after its last L.
    private static int Word(ReadOnlySpan<byte> text, int start)
    {
        var (at, lastLower) = (start, -1);
        while (at < text.Length && CharClass.At(text, at, out var length) is var found && (found & CharClass.Upper) != 0)
        {
            at += length;
            if ((found & CharClass.Lower) != 0)
                lastLower = at;
        }
        var end = CharClass.LowerCase(text, at);
        return end > at ? end : lastLower;
    }

    private static int Capitals(ReadOnlySpan<byte> text, int start) =>
        CharClass.Run(text, start, CharClass.Upper) is var end && end > start ? end : -1;

    private static int Lines(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)'\r' or (byte)'\n' or (byte)'/')
            at++;
        return at;
    }
}

/// <summary>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</summary>
internal readonly record struct Gpt2Splitter : IPieceSplitter
{
    public void Begin(ReadOnlySpan<byte> text)
    {
    }

    public int End(ReadOnlySpan<byte> text, int start)
    {
        if (text[start] == '\'' && Pieces.Contraction(text, start, anyCase: false) is var contraction and > 0)
            return start + contraction;
        var found = CharClass.At(text, start, out var length);
        var at = start;
        if (text[start] == ' ' && start + 1 < text.Length)
            found = CharClass.At(text, ++at, out length);
        if ((found & CharClass.White) != 0)
            return Pieces.White(text, start, lines: false);
        at += length;
        return CharClass.IsSymbol(found) ? CharClass.SymbolRun(text, at)
            : (found & CharClass.Letter) != 0 ? CharClass.Letters(text, at) : CharClass.Run(text, at, CharClass.Number);
    }
}

/// <summary>Spaces and what follows up to the next space: where no token goes on behind a letter with a space, nothing merges across.</summary>
/// <param name="Single">A piece has one space at most.</param>
internal readonly record struct SpaceSplitter(bool Single) : IPieceSplitter
{
    public void Begin(ReadOnlySpan<byte> text)
    {
    }

    public int End(ReadOnlySpan<byte> text, int start)
    {
        var at = start;
        while (at < text.Length && text[at] == ' ' && (at == start || !Single))
            at++;
        return text[at..].IndexOf((byte)' ') is var rest and >= 0 ? at + rest : text.Length;
    }
}

/// <summary>One piece: the whole text.</summary>
internal readonly record struct NoSplitter : IPieceSplitter
{
    public void Begin(ReadOnlySpan<byte> text)
    {
    }

    public int End(ReadOnlySpan<byte> text, int start) => text.Length;
}
