namespace CorpusForge.Audit;

/// <summary>Finds whole words and phrases of a fixed list in a text, all in one pass and without regard to case.</summary>
/// <remarks>
/// Words are runs of letters and digits; a phrase's words may be apart by any run of spaces and hyphens. A word is hashed while it
/// is read, the hash finds the candidates, and the candidates are compared: no false finds. At most one find a position, the longest.
/// </remarks>
public sealed class TermMatcher
{
    private readonly Dictionary<ulong, List<(int Term, string[] Words)>> _byFirst = [];
    private readonly int _longest;

    /// <param name="forms">For each term the forms in which it occurs.</param>
    public TermMatcher(IReadOnlyList<IReadOnlyList<string>> forms)
    {
        for (var term = 0; term < forms.Count; term++)
        {
            foreach (var form in forms[term])
            {
                string[] words = [.. Words(form)];
                if (words.Length == 0)
                    continue;
                var hash = words[0].Aggregate(Seed, Mix);
                if (!_byFirst.TryGetValue(hash, out var list))
                    _byFirst[hash] = list = [];
                list.Add((term, words));
                _longest = Math.Max(_longest, words[0].Length);
            }
        }
        foreach (var list in _byFirst.Values)
            list.Sort((a, b) => b.Words.Length.CompareTo(a.Words.Length));
        Terms = forms.Count;
    }

    public int Terms { get; }

    /// <summary>Adds the finds in <paramref name="text"/> to <paramref name="counts"/>, by term.</summary>
    public void Count(ReadOnlySpan<char> text, Span<int> counts)
    {
        for (var at = 0; Next(text, ref at, out _) is >= 0 and var term;)
            counts[term]++;
    }

    /// <summary>The term that is found next from <paramref name="at"/> on, which becomes its end; -1 when there is none.</summary>
    public int Next(ReadOnlySpan<char> text, ref int at, out int start)
    {
        for (start = 0; at < text.Length;)
        {
            if (!IsWord(text[at]))
            {
                at++;
                continue;
            }
            start = at;
            var hash = Seed;
            for (; at < text.Length && IsWord(text[at]); at++)
                hash = Mix(hash, Fold(text[at]));
            if (at - start > _longest || !_byFirst.TryGetValue(hash, out var candidates))
                continue;
            foreach (var (term, words) in candidates)
            {
                var end = EndOf(text, start, words);
                if (end < 0)
                    continue;
                at = end;
                return term;
            }
        }
        return -1;
    }

    private const ulong Seed = 14695981039346656037;

    // FNV-1a over UTF-16 units.
    private static ulong Mix(ulong hash, char c) => (hash ^ c) * 1099511628211;

    private static char Fold(char c) => char.IsAscii(c) ? (char)(c is >= 'A' and <= 'Z' ? c | 0x20 : c) : char.ToLowerInvariant(c);

    private static bool IsWord(char c) => char.IsAscii(c) ? char.IsAsciiLetterOrDigit(c) : char.IsLetterOrDigit(c) || IsMark(c);

    private static bool IsMark(char c) => char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;

    private static int EndOf(ReadOnlySpan<char> text, int at, string[] words)
    {
        for (var w = 0; w < words.Length; w++)
        {
            if (w > 0)
            {
                while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] is '-' or '‐' or '‑'))
                    at++;
            }
            var word = words[w];
            if (text.Length - at < word.Length)
                return -1;
            for (var i = 0; i < word.Length; i++)
            {
                if (Fold(text[at + i]) != word[i])
                    return -1;
            }
            at += word.Length;
            if (at < text.Length && IsWord(text[at]))
                return -1;
        }
        return at;
    }

    private static IEnumerable<string> Words(string form)
    {
        for (var i = 0; i < form.Length; i++)
        {
            if (!IsWord(form[i]))
                continue;
            var start = i;
            while (i < form.Length && IsWord(form[i]))
                i++;
            yield return string.Concat(form[start..i].Select(Fold));
        }
    }
}
