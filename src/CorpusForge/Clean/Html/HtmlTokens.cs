using System.Runtime.CompilerServices;
using System.Text;

namespace CorpusForge.Clean.Html;

internal enum Token : byte
{
    End,
    Text,
    StartTag,
    EndTag,
    Doctype,
}

/// <summary>Cuts a page into tags and text, by section 13.2.5 of the HTML standard.</summary>
/// <remarks>
/// Comments are passed over. Text between two tags is one token. Names and values are slices of the page; nothing is copied but text with character
/// references. The tree construction asks for the content of elements such as `script`, whose text is not markup, right after their start tag.
/// Every character is looked at a fixed number of times at most.
/// </remarks>
internal sealed class HtmlTokens(PageSource source)
{
    /// <summary>More attributes of one element than these are passed over.</summary>
    public const int MaxAttributes = 128;

    private int _at;

    /// <summary>Of the last token: its text, or its tag's name.</summary>
    public TextSlice Slice { get; private set; }

    public Tag Tag { get; private set; }

    public bool SelfClosing { get; private set; }

    public AttributeRange Attributes { get; private set; }

    /// <summary>Whether the last doctype asks for the rules of old browsers.</summary>
    public bool Quirks { get; private set; }

    public void Restart() => _at = 0;

    /// <param name="foreign">Whether the open element is of SVG or MathML, where CDATA sections are text.</param>
    public Token Next(bool foreign)
    {
        var page = source.Page;
        while (_at < page.Length)
        {
            var start = _at;
            if (TextEnd(page) is var end && end > start)
            {
                _at = end;
                Slice = source.Decode(new TextSlice(start, end - start));
                return Token.Text;
            }
            var next = page[start + 1];
            if (char.IsAsciiLetter(next))
            {
                _at = start + 1;
                return ReadTag(page, keep: true) ? Token.StartTag : Token.End;
            }
            if (next == '/')
            {
                _at = start + 2;
                if (char.IsAsciiLetter(page[_at]))
                    return ReadTag(page, keep: false) ? Token.EndTag : Token.End;
                BogusComment(page);
                continue;
            }
            _at = start + 2;
            var rest = page[_at..];
            if (next == '!' && rest.StartsWith("--"))
                Comment(page);
            else if (next == '!' && rest.StartsWith("doctype", StringComparison.OrdinalIgnoreCase))
            {
                Doctype(page);
                return Token.Doctype;
            }
            else if (next == '!' && foreign && rest.StartsWith("[CDATA["))
            {
                start = _at + "[CDATA[".Length;
                var length = page[start..].IndexOf("]]>");
                _at = length < 0 ? page.Length : start + length + 3;
                Slice = new TextSlice(start, length < 0 ? page.Length - start : length);
                if (Slice.Length > 0)
                    return Token.Text;
            }
            else
                BogusComment(page);
        }
        return Token.End;
    }

    /// <summary>Where the next markup begins: a `&lt;` that something of a tag, a comment or an instruction follows.</summary>
    private int TextEnd(ReadOnlySpan<char> page)
    {
        for (var at = _at; ; at++)
        {
            var open = page[at..].IndexOf('<');
            if (open < 0)
                return page.Length;
            at += open;
            if (at + 1 >= page.Length)
                return page.Length;
            var next = page[at + 1];
            if (char.IsAsciiLetter(next) || next is '!' or '?' || next == '/' && at + 2 < page.Length)
                return at;
        }
    }

    private void BogusComment(ReadOnlySpan<char> page)
    {
        var end = page[_at..].IndexOf('>');
        _at = end < 0 ? page.Length : _at + end + 1;
    }

    private void Comment(ReadOnlySpan<char> page)
    {
        // `<!-->` and `<!--->` are whole.
        var at = _at + 2;
        if (page[at..].StartsWith(">") || page[at..].StartsWith("->"))
        {
            _at = page[at] == '>' ? at + 1 : at + 2;
            return;
        }
        while (page[at..].IndexOf("--") is var dashes and >= 0)
        {
            at += dashes;
            var rest = page[(at + 2)..];
            if (rest.StartsWith(">") || rest.StartsWith("!>"))
            {
                _at = at + (rest[0] == '>' ? 3 : 4);
                return;
            }
            at++;
        }
        _at = page.Length;
    }

    private void Doctype(ReadOnlySpan<char> page)
    {
        var start = _at + "doctype".Length;
        BogusComment(page);
        Quirks = DoctypeQuirks.Of(page[start.._at].TrimEnd('>'));
    }

    /// <summary>Reads name and attributes up to behind the `&gt;`; false when the page ends before.</summary>
    private bool ReadTag(ReadOnlySpan<char> page, bool keep)
    {
        var start = _at;
        while (_at < page.Length && !EndsName(page[_at]))
            _at++;
        Slice = new TextSlice(start, _at - start);
        Tag = Tags.Of(page[start.._at]);
        SelfClosing = false;
        var first = source.Attributes;
        while (true)
        {
            while (_at < page.Length && IsSpace(page[_at]))
                _at++;
            if (_at >= page.Length)
                return false;
            if (page[_at] == '>')
                break;
            if (page[_at] == '/')
            {
                SelfClosing = ++_at < page.Length && page[_at] == '>';
                continue;
            }
            if (!ReadAttribute(page, keep && source.Attributes - first < MaxAttributes))
                return false;
        }
        _at++;
        Attributes = new AttributeRange(first, source.Attributes - first);
        return true;
    }

    private bool ReadAttribute(ReadOnlySpan<char> page, bool keep)
    {
        var start = _at++;
        while (_at < page.Length && page[_at] is var c && c != '=' && !EndsName(c))
            _at++;
        var (length, value, valueLength) = (_at - start, _at, 0);
        while (_at < page.Length && IsSpace(page[_at]))
            _at++;
        if (_at < page.Length && page[_at] == '=')
        {
            _at++;
            while (_at < page.Length && IsSpace(page[_at]))
                _at++;
            if (_at >= page.Length)
                return false;
            value = _at;
            var quote = page[_at];
            if (quote is '"' or '\'')
            {
                value++;
                valueLength = page[value..].IndexOf(quote);
                if (valueLength < 0)
                {
                    _at = page.Length;
                    return false;
                }
                _at = value + valueLength + 1;
            }
            else
            {
                while (_at < page.Length && page[_at] is var c && c != '>' && !IsSpace(c))
                    _at++;
                valueLength = _at - value;
            }
        }
        if (keep)
            source.Add(new PageAttribute(start, length, value, valueLength));
        return true;
    }

    /// <summary>The text up to the end tag of an element without markup inside; the end tag is passed over.</summary>
    public TextSlice RawText(TextSlice name, bool references, bool script)
    {
        var page = source.Page;
        var start = _at;
        var end = RawTextEnd(page, source[name], script);
        var text = new TextSlice(start, end - start);
        _at = end;
        if (end < page.Length)
        {
            _at = end + 2;
            ReadTag(page, keep: false);
        }
        return source.WithoutNull(references ? source.Decode(text) : text, replace: true);
    }

    private int RawTextEnd(ReadOnlySpan<char> page, ReadOnlySpan<char> name, bool script)
    {
        // A script may hold a comment that holds a script.
        var (comment, inner) = (false, false);
        for (var at = _at; ; at++)
        {
            var next = comment ? page[at..].IndexOfAny('<', '-') : page[at..].IndexOf('<');
            if (next < 0)
                return page.Length;
            at += next;
            var rest = page[at..];
            if (rest[0] == '-')
            {
                if (rest.StartsWith("-->"))
                    (comment, inner) = (false, false);
                continue;
            }
            if (rest.Length > 2 && rest[1] == '/' && IsTag(rest[2..], name))
            {
                if (!inner)
                    return at;
                inner = false;
            }
            else if (script && !comment && rest.StartsWith("<!--"))
            {
                comment = true;
                at++;
            }
            else if (comment && IsTag(rest[1..], name))
                inner = true;
        }
    }

    /// <summary>The rest of the page, which `plaintext` begins.</summary>
    public TextSlice Rest()
    {
        var rest = new TextSlice(_at, source.Length - _at);
        _at = source.Length;
        return source.WithoutNull(rest, replace: true);
    }

    /// <summary>A line feed right after the start tag of `pre` does not count.</summary>
    public void SkipLineFeed()
    {
        if (_at < source.Length && source.Page[_at] == '\n')
            _at++;
    }

    private static bool IsTag(ReadOnlySpan<char> text, ReadOnlySpan<char> name) =>
        text.Length > name.Length && EndsName(text[name.Length]) && Ascii.EqualsIgnoreCase(text[..name.Length], name);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool EndsName(char c) => c <= '>' && (c is '>' or '/' || IsSpace(c));

    /// <summary>Space, tab, line feed, form feed, carriage return.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsSpace(char c) => c <= ' ' && (0x1_0000_3600L >> c & 1) != 0;
}
