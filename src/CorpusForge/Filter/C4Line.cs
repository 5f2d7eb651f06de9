using System.Buffers;

namespace CorpusForge.Filter;

/// <summary>What C4 does with a line: keeps it, removes it by a rule, or lets it decide over the document.</summary>
internal enum C4Fate
{
    Keep,
    LongWord,
    NoTerminalPunctuation,
    FewWords,
    LoremIpsum,
    Javascript,
    CurlyBracket,
    Policy,
}

/// <summary>C4's judgement of one line, which <see cref="C4Quality"/> and <see cref="C4Lines"/> share so that they cannot disagree.</summary>
/// <remarks>Raffel et al. 2020, section 2.2, and the rules that only its code has: long words and cookie notices.</remarks>
internal readonly record struct C4Line(bool TerminalPunctuation, int MinWordsPerLine, int MaxWordLength, Mode Mode)
{
    private static readonly SearchValues<string> s_phrases = SearchValues.Create(
        ["lorem ipsum", "javascript", "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"],
        StringComparison.OrdinalIgnoreCase);

    /// <param name="whole">Without white space at its ends; its words are counted with the citations that are still in it.</param>
    /// <param name="line">The same without citations.</param>
    public C4Fate Judge(ReadOnlySpan<char> whole, ReadOnlySpan<char> line)
    {
        if (whole.Length > MaxWordLength && LongestWord(whole) > MaxWordLength)
            return C4Fate.LongWord;
        if (TerminalPunctuation && !IsTerminated(line))
            return C4Fate.NoTerminalPunctuation;
        if (!HasWords(whole, MinWordsPerLine))
            return C4Fate.FewWords;
        // Nearly all lines have none of the phrases; which one decides is looked at only in the others.
        var phrases = line.ContainsAny(s_phrases);
        if (phrases && Contains(line, "lorem ipsum"))
            return C4Fate.LoremIpsum;
        if (phrases && Contains(line, "javascript"))
            return C4Fate.Javascript;
        if (line.Contains('{'))
            return C4Fate.CurlyBracket;
        return phrases ? C4Fate.Policy : C4Fate.Keep;
    }

    /// <summary>The length of the citation (`[12]`, `[]`, `[edit]`, `[citation needed]`) that the text starts with, or 0.</summary>
    public static int CitationLength(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("[edit]"))
            return "[edit]".Length;
        if (text.StartsWith("[citation needed]"))
            return "[citation needed]".Length;
        var digits = 1;
        while (digits < text.Length && char.IsDigit(text[digits]))
            digits++;
        return digits < text.Length && text[digits] == ']' ? digits + 1 : 0;
    }

    /// <summary>Copies the line without its citations; returns the length of the copy and counts what it left out.</summary>
    public static int CopyWithoutCitations(ReadOnlySpan<char> line, Span<char> copy, ref int citations)
    {
        var length = 0;
        while (true)
        {
            var bracket = line.IndexOf('[');
            if (bracket < 0)
                break;
            var citation = CitationLength(line[bracket..]);
            var plain = citation > 0 ? bracket : bracket + 1;
            line[..plain].CopyTo(copy[length..]);
            length += plain;
            citations += citation > 0 ? 1 : 0;
            line = line[(plain + citation)..];
        }
        line.CopyTo(copy[length..]);
        return length + line.Length;
    }

    private static bool IsTerminated(ReadOnlySpan<char> line) => line is [.., '.' or '?' or '!' or '"' or '\''] && !line.EndsWith("...");

    private bool HasWords(ReadOnlySpan<char> line, int enough)
    {
        var inside = false;
        foreach (var c in line)
        {
            if (enough <= 0)
                break;
            var space = IsSpace(c);
            if (!space && !inside)
                enough--;
            inside = !space;
        }
        return enough <= 0;
    }

    private int LongestWord(ReadOnlySpan<char> line)
    {
        var (longest, length) = (0, 0);
        foreach (var c in line)
        {
            length = IsSpace(c) ? 0 : length + (char.IsLowSurrogate(c) ? 0 : 1);
            longest = Math.Max(longest, length);
        }
        return longest;
    }

    private bool IsSpace(char c) => Mode == Mode.Parity ? Parity.Characters.Is(c, Parity.Characters.Flags.Space) : char.IsWhiteSpace(c);

    private static bool Contains(ReadOnlySpan<char> line, string phrase) => line.Contains(phrase, StringComparison.OrdinalIgnoreCase);
}
