namespace CorpusForge.Clean.Html;

/// <summary>Whether a doctype asks for the rules of old browsers, under which a table may stand inside a paragraph.</summary>
internal static class DoctypeQuirks
{
    private static readonly string[] s_prefixes =
    [
        "+//silmaril//", "-//as//", "-//advasoft", "-//ietf//", "-//metrius//", "-//microsoft//", "-//netscape", "-//o'reilly", "-//softquad", "-//spyglass//", "-//sq//", "-//sun micro",
        "-//w3c//dtd html 3", "-//w3c//dtd html 4.0 frameset//", "-//w3c//dtd html 4.0 transitional//", "-//w3c//dtd html experimental", "-//w3c//dtd w3 html", "-//w3o//", "-//webtechs//",
    ];

    /// <param name="text">What stands between `doctype` and the end of the tag.</param>
    public static bool Of(ReadOnlySpan<char> text)
    {
        text = text.Trim(" \t\n\f");
        if (!text.StartsWith("html", StringComparison.OrdinalIgnoreCase))
            return true;
        text = text[4..];
        if (text.IsEmpty)
            return false;
        if (!HtmlTokens.IsSpace(text[0]))
            return true;
        text = text.TrimStart(" \t\n\f");
        var isPublic = text.StartsWith("public", StringComparison.OrdinalIgnoreCase);
        if (!isPublic && !text.StartsWith("system", StringComparison.OrdinalIgnoreCase))
            return true;
        text = text[6..];
        if (Quoted(ref text) is not { } id)
            return true;
        if (!isPublic)
            return id.Equals("http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd", StringComparison.OrdinalIgnoreCase);
        var rest = text.TrimStart(" \t\n\f");
        var hasSystem = !rest.IsEmpty;
        if (hasSystem && Quoted(ref rest) is null)
            return true;
        if (id is "-/W3C/DTD HTML 4.0 Transitional/EN" or "HTML")
            return true;
        return s_prefixes.Any(p => id.StartsWith(p, StringComparison.OrdinalIgnoreCase))
            || !hasSystem && (id.StartsWith("-//w3c//dtd html 4.01 frameset//", StringComparison.OrdinalIgnoreCase) || id.StartsWith("-//w3c//dtd html 4.01 transitional//", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The next quoted text, which is cut off; null when there is none.</summary>
    private static string? Quoted(ref ReadOnlySpan<char> text)
    {
        text = text.TrimStart(" \t\n\f");
        if (text.IsEmpty || text[0] is not ('"' or '\''))
            return null;
        var end = text[1..].IndexOf(text[0]);
        if (end < 0)
            return null;
        var quoted = text[1..(end + 1)].ToString();
        text = text[(end + 2)..];
        return quoted;
    }
}
