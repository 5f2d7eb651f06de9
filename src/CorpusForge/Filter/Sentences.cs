using System.Buffers;
using System.Globalization;

namespace CorpusForge.Filter;

/// <summary>Counts sentences by their final punctuation.</summary>
/// <remarks>
/// A sentence ends at a run of final punctuation with the quotes, brackets and numbered citations that close it, if white
/// space or the end follows; at CJK final punctuation also without; and at a line break. A full stop after a single capital
/// (an initial) or a common English abbreviation ends nothing. What is left without final punctuation is a sentence, too.
/// </remarks>
internal static class Sentences
{
    private static readonly SearchValues<char> s_final = SearchValues.Create(".!?…。！？｡।؟۔\n");
    private static readonly SearchValues<char> s_wide = SearchValues.Create("。！？｡");
    private static readonly SearchValues<char> s_closing = SearchValues.Create("\"'”’»)]」』）");

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_abbreviations = new HashSet<string>(
        ["Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Jr", "Sr", "Gen", "Col", "Rev", "Hon", "vs", "etc", "No", "Inc", "Ltd", "Co",
         "Corp", "e.g", "i.e", "cf", "Fig", "fig", "al", "U.S", "a.m", "p.m"], StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The number of sentences, counted no further than <paramref name="enough"/>.</summary>
    public static int Count(ReadOnlySpan<char> text, int enough = int.MaxValue)
    {
        var count = 0;
        var open = 0; // where the sentence that is being read starts
        var at = 0;
        while (count < enough)
        {
            var found = text[at..].IndexOfAny(s_final);
            if (found < 0)
                break;
            var mark = at + found;
            at = AfterMarks(text, mark);
            if (!Ends(text, mark, at))
                continue;
            if (HasWord(text[open..mark]))
                count++;
            open = at;
        }
        return count < enough && HasWord(text[open..]) ? count + 1 : count;
    }

    private static bool Ends(ReadOnlySpan<char> text, int mark, int after)
    {
        if (text[mark] == '\n' || s_wide.Contains(text[mark]) || after == text.Length)
            return true;
        if (!char.IsWhiteSpace(text[after]))
            return false;
        return text[mark] != '.' || after > mark + 1 || !IsAbbreviated(text[..mark]);
    }

    private static bool IsAbbreviated(ReadOnlySpan<char> before)
    {
        var start = before.Length;
        while (start > 0 && (char.IsLetter(before[start - 1]) || before[start - 1] == '.') && before.Length - start < 8)
            start--;
        var word = before[start..];
        return (word.Length == 1 && char.IsUpper(word[0])) || s_abbreviations.Contains(word);
    }

    private static int AfterMarks(ReadOnlySpan<char> text, int at)
    {
        if (text[at] == '\n')
            return at + 1;
        while (at < text.Length && text[at] != '\n' && (s_final.Contains(text[at]) || s_closing.Contains(text[at])))
            at++;
        while (at < text.Length && text[at] == '[')
        {
            var digits = text[(at + 1)..].IndexOfAnyExceptInRange('0', '9');
            if (digits < 0 || text[at + 1 + digits] != ']')
                break;
            at += digits + 2;
        }
        return at;
    }

    private static bool HasWord(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (char.IsLetterOrDigit(c) || CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.Surrogate)
                return true;
        return false;
    }
}
