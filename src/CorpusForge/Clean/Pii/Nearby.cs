namespace CorpusForge.Clean.Pii;

/// <summary>The text around a candidate, asked for the words that say what it is.</summary>
internal readonly ref struct Nearby(ReadOnlySpan<char> text, int start, int end)
{
    private const int Before = 56;
    private const int After = 32;

    private readonly ReadOnlySpan<char> _before = text[Math.Max(0, start - Before)..start];
    private readonly ReadOnlySpan<char> _after = text[end..Math.Min(text.Length, end + After)];

    public bool Has(ReadOnlySpan<string> words) => Has(_before, words) || Has(_after, words);

    /// <summary>Whether one of the words stands before it on its line, or on the line above where it begins one.</summary>
    public bool HasLabel(ReadOnlySpan<string> words, int reach = 40)
    {
        var line = _before[Math.Max(0, _before.Length - reach)..];
        var last = line.TrimEnd(" \t\n([:").LastIndexOf('\n');
        return Has(line[(last + 1)..], words);
    }

    public bool HasLabel(WordList words, int reach = 40) => HasLabel(words.In(_before), reach);

    private static bool Has(ReadOnlySpan<char> window, ReadOnlySpan<string> words)
    {
        foreach (var word in words)
            if (Has(window, word))
                return true;
        return false;
    }

    // A word begins where it begins; one of up to four letters ends there too.
    private static bool Has(ReadOnlySpan<char> window, string word)
    {
        for (var from = 0; window[from..].IndexOf(word, StringComparison.OrdinalIgnoreCase) is >= 0 and var at;)
        {
            var start = from + at;
            var end = start + word.Length;
            if (!Joined(window, start, word[0]) && (word.Length > 4 || !Joined(window, end + 1, word[^1])))
                return true;
            from = start + 1;
        }
        return false;
    }

    private static bool Joined(ReadOnlySpan<char> window, int at, char letter) =>
        letter < 0x2E80 && at > 0 && at <= window.Length && char.IsLetter(window[at - 1]) && window[at - 1] < 0x2E80
        && !(char.IsAsciiLetterLower(window[at - 1]) && char.IsAsciiLetterUpper(letter));
}
