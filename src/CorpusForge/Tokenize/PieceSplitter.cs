using System.Globalization;

namespace CorpusForge.Tokenize;

/// <summary>Cuts text into the pieces that a BPE never merges across; for one worker at a time.</summary>
internal interface IPieceSplitter
{
    /// <summary>Called with each text before its pieces are asked for.</summary>
    void Begin(string text);

    /// <summary>The end of the piece that starts at <paramref name="start"/>.</summary>
    int End(ReadOnlySpan<char> text, int start);
}

/// <summary>What the patterns of tiktoken tell apart, by code point; a lone surrogate is a symbol, as its replacement is.</summary>
internal static class CharClass
{
    public const byte Letter = 1;
    public const byte Number = 2;
    public const byte White = 4;
    public const byte NewLine = 8;

    /// <summary>Lu, Lt, Lm, Lo, M.</summary>
    public const byte Upper = 16;

    /// <summary>Ll, Lm, Lo, M.</summary>
    public const byte Lower = 32;
    public const byte Surrogate = 64;

    private static readonly byte[] s_classes = [.. Enumerable.Range(0, 0x10000).Select(c => char.IsSurrogate((char)c) ? Surrogate : Of(c))];

    /// <summary>The class of the code point at <paramref name="at"/> and its length in UTF-16.</summary>
    public static int At(ReadOnlySpan<char> text, int at, out int length)
    {
        length = 1;
        var found = s_classes[text[at]];
        return found == Surrogate ? Supplementary(text, at, ref length) : found;
    }

    public static bool IsSymbol(int found) => (found & (Letter | Number | White)) == 0;

    /// <summary>The end of the run of code points from <paramref name="at"/> on that have one of <paramref name="classes"/>.</summary>
    public static int Run(ReadOnlySpan<char> text, int at, int classes)
    {
        while (at < text.Length && (At(text, at, out var length) & classes) != 0)
            at += length;
        return at;
    }

    public static int SymbolRun(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && IsSymbol(At(text, at, out var length)))
            at += length;
        return at;
    }

    private static int Supplementary(ReadOnlySpan<char> text, int at, ref int length)
    {
        if (!char.IsHighSurrogate(text[at]) || at + 1 >= text.Length || !char.IsLowSurrogate(text[at + 1]))
            return 0;
        length = 2;
        return Of(char.ConvertToUtf32(text[at], text[at + 1]));
    }

    private static byte Of(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Letter | Upper,
        UnicodeCategory.LowercaseLetter => Letter | Lower,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Letter | Upper | Lower,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => Upper | Lower,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
        _ when codePoint is '\r' or '\n' => White | NewLine,
        _ => codePoint < 0x10000 && char.IsWhiteSpace((char)codePoint) ? White : (byte)0,
    };
}

/// <summary>The parts that the patterns share.</summary>
internal static class Pieces
{
    /// <summary>The length of 's, 't, 're, 've, 'm, 'll or 'd at <paramref name="at"/>, or 0.</summary>
    /// <remarks>Where case does not count, U+017F (long s) is an s, by Unicode's simple case folding.</remarks>
    public static int Contraction(ReadOnlySpan<char> text, int at, bool anyCase)
    {
        if (at + 1 >= text.Length || text[at] != '\'')
            return 0;
        var first = Fold(text[at + 1], anyCase);
        if (first is 's' or 't' or 'm' or 'd')
            return 2;
        if (at + 2 >= text.Length)
            return 0;
        return (first, Fold(text[at + 2], anyCase)) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    /// <summary>Up to <paramref name="most"/> numbers.</summary>
    public static int Numbers(ReadOnlySpan<char> text, int at, int most)
    {
        for (var i = 0; i < most && at < text.Length && (CharClass.At(text, at, out var length) & CharClass.Number) != 0; i++)
            at += length;
        return at;
    }

    /// <summary>The piece of a run of white space: with line ends, up to the last of them; else all but the last, which belongs to what follows.</summary>
    public static int White(ReadOnlySpan<char> text, int start, bool lines)
    {
        var (end, line) = (start, 0);
        while (end < text.Length && CharClass.At(text, end, out _) is var found && (found & CharClass.White) != 0)
        {
            end++;
            if ((found & CharClass.NewLine) != 0)
                line = end;
        }
        if (lines && line > 0)
            return line;
        return end == text.Length || end - start == 1 ? end : end - 1;
    }

    private static char Fold(char c, bool anyCase) => !anyCase ? c : c == 'ſ' ? 's' : (char)(c | 0x20) is var lower && char.IsAsciiLetterLower(lower) ? lower : c;
}

/// <summary>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</summary>
/// <param name="Digits">The most numbers of a piece: three for cl100k and Llama 3, one for Qwen.</param>
internal readonly record struct Cl100kSplitter(int Digits) : IPieceSplitter
{
    public void Begin(string text)
    {
    }

    public int End(ReadOnlySpan<char> text, int start)
    {
        var found = CharClass.At(text, start, out var length);
        var next = start + length;
        if ((found & CharClass.Letter) != 0)
            return CharClass.Run(text, next, CharClass.Letter);
        if ((found & CharClass.Number) != 0)
            return Pieces.Numbers(text, start, Digits);
        if (text[start] == '\'' && Pieces.Contraction(text, start, anyCase: true) is var contraction and > 0)
            return start + contraction;
        if ((found & CharClass.NewLine) == 0 && next < text.Length && (CharClass.At(text, next, out _) & CharClass.Letter) != 0)
            return CharClass.Run(text, next, CharClass.Letter);
        if (CharClass.IsSymbol(found))
            return CharClass.Run(text, CharClass.SymbolRun(text, next), CharClass.NewLine);
        if (text[start] == ' ' && next < text.Length && CharClass.IsSymbol(CharClass.At(text, next, out _)))
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
    public void Begin(string text)
    {
    }

    public int End(ReadOnlySpan<char> text, int start)
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
        if (CharClass.IsSymbol(found))
            return Lines(text, CharClass.SymbolRun(text, next));
        if (text[start] == ' ' && next < text.Length && CharClass.IsSymbol(CharClass.At(text, next, out _)))
            return Lines(text, CharClass.SymbolRun(text, next));
        return Pieces.White(text, start, lines: true);
    }

    // [U]*[L]+ as a backtracking matcher finds it: after the longest run of U comes a lower-case letter, or the run is cut after its last L.
    private static int Word(ReadOnlySpan<char> text, int start)
    {
        var (at, lastLower) = (start, -1);
        while (at < text.Length && CharClass.At(text, at, out var length) is var found && (found & CharClass.Upper) != 0)
        {
            at += length;
            if ((found & CharClass.Lower) != 0)
                lastLower = at;
        }
        var end = CharClass.Run(text, at, CharClass.Lower);
        return end > at ? end : lastLower;
    }

    private static int Capitals(ReadOnlySpan<char> text, int start) =>
        CharClass.Run(text, start, CharClass.Upper) is var end && end > start ? end : -1;

    private static int Lines(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is '\r' or '\n' or '/')
            at++;
        return at;
    }
}

/// <summary>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</summary>
internal readonly record struct Gpt2Splitter : IPieceSplitter
{
    public void Begin(string text)
    {
    }

    public int End(ReadOnlySpan<char> text, int start)
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
        return CharClass.IsSymbol(found) ? CharClass.SymbolRun(text, at) : CharClass.Run(text, at, found & (CharClass.Letter | CharClass.Number));
    }
}

/// <summary>Spaces and what follows up to the next space: where no token goes on behind a letter with a space, nothing merges across.</summary>
/// <param name="Single">A piece has one space at most.</param>
internal readonly record struct SpaceSplitter(bool Single) : IPieceSplitter
{
    public void Begin(string text)
    {
    }

    public int End(ReadOnlySpan<char> text, int start)
    {
        var at = start;
        while (at < text.Length && text[at] == ' ' && (at == start || !Single))
            at++;
        return text[at..].IndexOf(' ') is var rest and >= 0 ? at + rest : text.Length;
    }
}

/// <summary>One piece: the whole text.</summary>
internal readonly record struct NoSplitter : IPieceSplitter
{
    public void Begin(string text)
    {
    }

    public int End(ReadOnlySpan<char> text, int start) => text.Length;
}
