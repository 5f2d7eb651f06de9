using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;

namespace CorpusForge.Clean;

/// <summary>Stops the parsing of a page that was made to be slow, by counting and never by the clock.</summary>
/// <remarks>
/// The HTML standard makes two things quadratic: deep nesting, because every end tag searches the open elements, and
/// formatting elements left open, because every block that follows gets a copy of each of them. The budget follows the tokens
/// with a rough stack of its own and estimates both from above; ordinary pages are far below (depth 60, no copies).
/// </remarks>
internal sealed class ParseBudget(int maxElements, int maxDepth)
{
    /// <summary>Open formatting elements that ordinary nesting reaches, and whose copies are not counted.</summary>
    private const int OrdinaryFormatting = 8;

    private readonly List<string> _open = [];
    private readonly List<(string Name, ulong Attributes)> _formatting = [];
    private int _tags, _copies;

    /// <exception cref="PageBudgetException">The page takes more elements or depth than allowed.</exception>
    public void Count(HtmlToken token)
    {
        if (token.Type is not (HtmlTokenType.StartTag or HtmlTokenType.EndTag))
            return;
        var name = token.Name;
        if (token.Type == HtmlTokenType.StartTag)
            Start(name, token.AsTag());
        else
            End(name);
        _copies += _formatting.Count > OrdinaryFormatting ? _formatting.Count : 0;
        if (++_tags / 2 + _copies > maxElements)
            throw new PageBudgetException("too-many-elements", _tags / 2 + _copies, maxElements);
        if (_open.Count > maxDepth)
            throw new PageBudgetException("too-deep", _open.Count, maxDepth);
    }

    private void Start(string name, HtmlTagToken tag)
    {
        if (IsVoid(name) || tag.IsSelfClosing && _open.FindLastIndex(n => n is "svg" or "math") >= 0)
        {
            _tags++;
            return;
        }
        if (EndsOf(name) is { } implied)
            for (var i = _open.Count - 1; i >= Math.Max(0, _open.Count - 32) && !IsBoundary(_open[i], name); i--)
                if (_open[i] == name || _open[i] == implied)
                {
                    _open.RemoveRange(i, _open.Count - i);
                    break;
                }
        _open.Add(name);
        if (name is "td" or "th" or "caption")
            _formatting.Add(("", 0));
        else if (IsFormatting(name))
            Format(name, tag);
    }

    private void Format(string name, HtmlTagToken tag)
    {
        if (name is "a" or "nobr")
            Unformat(name);
        // FNV-1a tells equal attributes.
        var hash = 14695981039346656037;
        foreach (var attribute in tag.Attributes)
        {
            foreach (var c in attribute.Name)
                hash = (hash ^ c) * 1099511628211;
            foreach (var c in attribute.Value)
                hash = (hash ^ c) * 1099511628211;
        }
        var entry = (name, hash);
        if (_formatting.Count(f => f == entry) < 3)
            _formatting.Add(entry);
    }

    private void End(string name)
    {
        if (name is "td" or "th" or "tr" or "table" or "caption" && _formatting.FindLastIndex(f => f.Name.Length == 0) is var marker and >= 0)
            _formatting.RemoveRange(marker, _formatting.Count - marker);
        else if (IsFormatting(name))
            Unformat(name);
        var open = _open.LastIndexOf(name);
        if (open >= 0)
            _open.RemoveRange(open, _open.Count - open);
    }

    private void Unformat(string name)
    {
        var last = _formatting.FindLastIndex(f => f.Name == name || f.Name.Length == 0);
        if (last >= 0 && _formatting[last].Name == name)
            _formatting.RemoveAt(last);
    }

    private static bool IsVoid(string name) =>
        name is "br" or "img" or "input" or "hr" or "meta" or "link" or "wbr" or "area" or "base" or "col" or "embed" or "param" or "source" or "track";

    private static bool IsFormatting(string name) =>
        name is "a" or "b" or "big" or "code" or "em" or "font" or "i" or "nobr" or "s" or "small" or "strike" or "strong" or "tt" or "u";

    /// <summary>The other element that a start tag closes without an end tag, beside one of its own name; null for none.</summary>
    private static string? EndsOf(string name) => name switch
    {
        "p" or "li" or "tr" or "option" => name,
        "dt" => "dd",
        "dd" => "dt",
        "td" => "th",
        "th" => "td",
        "tbody" or "tfoot" => "thead",
        _ => null,
    };

    private static bool IsBoundary(string open, string name) =>
        open is "table" or "ul" or "ol" or "dl" or "select" or "template" || name == "p" && open is "div" or "td" or "th" or "li" or "section" or "article";
}

/// <summary>A page was stopped by its <see cref="ParseBudget"/>.</summary>
internal sealed class PageBudgetException(string rule, double measured, double limit) : Exception
{
    public Extraction Drop() => Extraction.Drop(rule, measured, limit);
}
