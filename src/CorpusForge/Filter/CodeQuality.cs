using System.Buffers;

namespace CorpusForge.Filter;

/// <summary>The rules of The Stack and StarCoder2 for source files: tells code from data, minified bundles and markup.</summary>
/// <remarks>
/// Kocetkov et al. 2022, arXiv:2211.15533 (line lengths, alphanumeric share); Li et al. 2023, arXiv:2305.06161 (XML header, HTML, JSON
/// and YAML); Lozhkov et al. 2024, arXiv:2402.19173 (encoded data, number of lines, languages with long lines); lengths in characters
/// as in Dolma 3. Whether a file is generated or vendored is for the source to say. A rule that is not for the
/// document's language measures a value that keeps it.
/// </remarks>
public sealed record CodeQuality : IFilter
{
    public Kinds For => Kinds.Code;

    // 2: where a rule is about another language, its value is beyond every limit.
    public int Version => 2;

    public int MinChars { get; init; } = 32;
    public int MaxChars { get; init; } = 262_144;
    public int MaxLines { get; init; } = 100_000;

    /// <summary>In characters.</summary>
    public int MaxLineLength { get; init; } = 1000;

    /// <summary>In characters.</summary>
    public double MaxMeanLineLength { get; init; } = 100;

    /// <summary>Languages that the rules on the length of lines are not for.</summary>
    public IReadOnlyList<string> LongLineLanguages { get; init; } = s_longLines;

    /// <summary>Of characters that are letters or digits.</summary>
    public double MinAlphanumericShare { get; init; } = 0.25;

    /// <summary>Of characters that are letters.</summary>
    public double MinAlphabeticShare { get; init; } = 0.25;

    /// <summary>Characters of the longest run of base64, hexadecimal or `\u` escapes.</summary>
    public int MaxEncodedRun { get; init; } = 1024;

    /// <summary>Of characters in such runs.</summary>
    public double MaxEncodedShare { get; init; } = 0.5;

    /// <summary>Languages in which an XML declaration among the first 100 characters is no mistake.</summary>
    public IReadOnlyList<string> XmlLanguages { get; init; } = s_xml;

    /// <summary>For HTML: of characters that a reader would see.</summary>
    public double MinVisibleShare { get; init; } = 0.2;

    /// <summary>For HTML: characters that a reader would see.</summary>
    public int MinVisibleChars { get; init; } = 100;

    /// <summary>For JSON and YAML.</summary>
    public int MinDataChars { get; init; } = 100;

    /// <summary>For JSON and YAML.</summary>
    public int MaxDataChars { get; init; } = 5000;

    private static readonly IReadOnlyList<string> s_longLines =
        ["html", "json", "markdown", "roff", "roff manpage", "smt", "tex", "text", "xml"];

    private static readonly IReadOnlyList<string> s_xml = ["xml", "xslt", "svg", "html"];

    public string? Problem(IReadOnlyList<PipelineSource> sources) =>
        LongLineLanguages.Concat(XmlLanguages).FirstOrDefault(l => !Read.CodeLanguage.All.Contains(l) && !s_longLines.Contains(l) && !s_xml.Contains(l)) is { } unknown
            ? $"no source file is found to be in '{unknown}'{Settings.SettingsBinder.Nearest(unknown, Read.CodeLanguage.All.Order(StringComparer.Ordinal))}"
            : null;

    public Verdict Judge(TextView text)
    {
        var language = text.Document.Language ?? "";
        var longLines = LongLineLanguages.Contains(language);
        var html = language == "html" ? VisibleText.Count(text.Text) : (int?)null;
        var data = language is "json" or "yaml";
        var (run, encoded) = EncodedRuns.Measure(text.Text);
        return text.Verdict
            .AtLeast("too-short", text.Text.Length, MinChars)
            .AtMost("too-long", text.Text.Length, MaxChars)
            .AtMost("too-many-lines", text.Lines.Length, MaxLines)
            .AtMost("long-line", longLines ? 0 : text.MaxLineLength, MaxLineLength)
            .AtMost("long-lines", longLines ? 0 : text.MeanLineLength, MaxMeanLineLength)
            .AtLeast("too-few-alphanumerics", text.AlphanumericCharShare, MinAlphanumericShare)
            .AtLeast("too-few-letters", text.LetterCharShare, MinAlphabeticShare)
            .AtMost("encoded-run", run, MaxEncodedRun)
            .AtMost("mostly-encoded", (double)encoded / text.Text.Length, MaxEncodedShare)
            .Never("xml-header", !XmlLanguages.Contains(language) && HasXmlHeader(text.Text))
            .AtLeast("html-mostly-markup", html is { } visible ? (double)visible / text.Text.Length : 1, MinVisibleShare)
            .AtLeast("html-too-little-text", html ?? int.MaxValue, MinVisibleChars)
            .AtLeast("data-too-short", data ? text.Text.Length : int.MaxValue, MinDataChars)
            .AtMost("data-too-long", data ? text.Text.Length : 0, MaxDataChars);
    }

    private static bool HasXmlHeader(ReadOnlySpan<char> text) =>
        text[..Math.Min(text.Length, 100)].Contains("<?xml version=", StringComparison.Ordinal);
}

/// <summary>Counts the characters of HTML that a reader would see: outside of tags, comments, scripts and styles; white space counts once.</summary>
internal static class VisibleText
{
    private static readonly SearchValues<char> s_letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/!?");

    public static int Count(ReadOnlySpan<char> html)
    {
        var visible = 0;
        var space = true;
        while (!html.IsEmpty)
        {
            if (html[0] == '<' && html.Length > 1 && s_letters.Contains(html[1]))
            {
                html = html[TagLength(html)..];
                continue;
            }
            var isSpace = char.IsWhiteSpace(html[0]);
            if (!isSpace || !space)
                visible++;
            space = isSpace;
            html = html[1..];
        }
        return visible;
    }

    private static int TagLength(ReadOnlySpan<char> html)
    {
        if (html.StartsWith("<!--"))
            return Through(html, "-->");
        if (html.StartsWith("<script", StringComparison.OrdinalIgnoreCase))
            return Through(html, "</script>");
        if (html.StartsWith("<style", StringComparison.OrdinalIgnoreCase))
            return Through(html, "</style>");
        return Through(html, ">");
    }

    // What is never closed hides all the rest, as in a browser.
    private static int Through(ReadOnlySpan<char> html, string end)
    {
        var at = html.IndexOf(end, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? html.Length : at + end.Length;
    }
}
