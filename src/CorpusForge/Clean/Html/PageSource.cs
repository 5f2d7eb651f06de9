using System.Buffers;
using System.Text;

namespace CorpusForge.Clean.Html;

/// <summary>A part of a page's characters, or, where <see cref="Start"/> is negative, of those that were decoded.</summary>
internal readonly record struct TextSlice(int Start, int Length);

/// <summary>One attribute as it stands in the page.</summary>
internal readonly record struct PageAttribute(int Name, int NameLength, int Value, int ValueLength);

/// <summary>The attributes of one element.</summary>
internal readonly record struct AttributeRange(int Start, int Count);

/// <summary>The characters of a page, what was decoded of them, and its attributes, in buffers that are used again for the next page.</summary>
internal sealed class PageSource
{
    /// <summary>In characters: buffers beyond it are given back after a page.</summary>
    private const int MaxKept = 4 << 20;

    private char[] _page = [], _decoded = [];
    private PageAttribute[] _attributes = new PageAttribute[64];
    private int _decodedLength;

    public int Length { get; private set; }

    /// <summary>Whether a U+0000 stands in the page.</summary>
    public bool HasNull { get; private set; }

    public int Attributes { get; private set; }

    public ReadOnlySpan<char> Page => _page.AsSpan(0, Length);

    public int DecodedLength => _decodedLength;

    public ReadOnlySpan<char> this[TextSlice slice] => slice.Start >= 0 ? _page.AsSpan(slice.Start, slice.Length) : _decoded.AsSpan(~slice.Start, slice.Length);

    /// <summary>Takes a page, with its line ends made line feeds.</summary>
    public void Read(ReadOnlySpan<char> text)
    {
        text.CopyTo(Restart(text.Length));
        Normalize(text.Length);
    }

    /// <summary>Takes the bytes of a page, decoded without a copy between.</summary>
    public void Read(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        // No byte of UTF-8 makes more than one character.
        var most = encoding.CodePage == Encoding.UTF8.CodePage ? bytes.Length + 1 : encoding.GetCharCount(bytes);
        Normalize(encoding.GetChars(bytes, Restart(most)));
        if (encoding.CodePage != Encoding.UTF8.CodePage)
            Charset.MakeWellFormed(_page.AsSpan(0, Length));
    }

    private Span<char> Restart(int length)
    {
        if (_page.Length < length || _page.Length > MaxKept && length <= MaxKept)
            _page = new char[Math.Max(length, 1 << 16)];
        if (_decoded.Length > MaxKept)
            _decoded = [];
        if (_attributes.Length > MaxKept / 16)
            _attributes = new PageAttribute[64];
        (_decodedLength, Attributes) = (0, 0);
        return _page;
    }

    private void Normalize(int length)
    {
        Length = length;
        if (Page.IndexOf('\r') is var first and >= 0)
            Length = first + NormalizeLines(_page.AsSpan(first, length - first));
        HasNull = Page.Contains('\0');
    }

    /// <summary>Makes `\r\n` and `\r` line feeds, in place; returns the length.</summary>
    private static int NormalizeLines(Span<char> text)
    {
        var (from, to) = (0, 0);
        while (from < text.Length)
        {
            var line = text[from..];
            var end = line.IndexOf('\r');
            if (end < 0)
                end = line.Length;
            line[..end].CopyTo(text[to..]);
            (from, to) = (from + end, to + end);
            if (from == text.Length)
                break;
            text[to++] = '\n';
            from += from + 1 < text.Length && text[from + 1] == '\n' ? 2 : 1;
        }
        return to;
    }

    /// <summary>Character references resolved; the slice itself when there are none.</summary>
    public TextSlice Decode(TextSlice slice, bool attribute = false)
    {
        if (!this[slice].Contains('&'))
            return slice;
        var target = Reserve(slice.Length);
        return Commit(Entities.Decode(this[slice], target, attribute));
    }

    /// <summary>U+0000 left out or replaced by U+FFFD; the slice itself when there is none.</summary>
    public TextSlice WithoutNull(TextSlice slice, bool replace)
    {
        if (!HasNull || !this[slice].Contains('\0'))
            return slice;
        var target = Reserve(slice.Length);
        var length = 0;
        foreach (var c in this[slice])
            if (c != '\0' || replace)
                target[length++] = c == '\0' ? '\uFFFD' : c;
        return Commit(length);
    }

    /// <summary>One text after the other. Copies, unless the first is the last that was decoded.</summary>
    public TextSlice Join(TextSlice first, TextSlice second)
    {
        var target = Reserve(first.Length + second.Length);
        if (first.Start < 0 && ~first.Start + first.Length == _decodedLength)
        {
            this[second].CopyTo(target);
            _decodedLength += second.Length;
            return first with { Length = first.Length + second.Length };
        }
        this[first].CopyTo(target);
        this[second].CopyTo(target[first.Length..]);
        return Commit(first.Length + second.Length);
    }

    public bool IsLastDecoded(TextSlice slice) => slice.Start < 0 && ~slice.Start + slice.Length == _decodedLength;

    private Span<char> Reserve(int length)
    {
        if (_decoded.Length - _decodedLength < length)
            Array.Resize(ref _decoded, Math.Max(_decodedLength + length, Math.Max(_decoded.Length * 2, 1 << 12)));
        return _decoded.AsSpan(_decodedLength);
    }

    private TextSlice Commit(int length)
    {
        _decodedLength += length;
        return new TextSlice(~(_decodedLength - length), length);
    }

    public void Add(PageAttribute attribute)
    {
        if (Attributes == _attributes.Length)
            Array.Resize(ref _attributes, Attributes * 2);
        _attributes[Attributes++] = attribute;
    }

    public ReadOnlySpan<PageAttribute> this[AttributeRange range] => _attributes.AsSpan(range.Start, range.Count);

    public ReadOnlySpan<char> NameOf(in PageAttribute attribute) => _page.AsSpan(attribute.Name, attribute.NameLength);

    /// <summary>The value as it stands in the page.</summary>
    public ReadOnlySpan<char> RawValueOf(in PageAttribute attribute) => _page.AsSpan(attribute.Value, attribute.ValueLength);

    public string ValueOf(in PageAttribute attribute)
    {
        var raw = RawValueOf(attribute);
        var (reference, zero) = (raw.Contains('&'), HasNull && raw.Contains('\0'));
        if (!reference && !zero)
            return raw.ToString();
        var buffer = ArrayPool<char>.Shared.Rent(raw.Length);
        var length = raw.Length;
        if (reference)
            length = Entities.Decode(raw, buffer, attribute: true);
        else
            raw.CopyTo(buffer);
        if (zero)
            buffer.AsSpan(0, length).Replace('\0', '\uFFFD');
        var value = buffer.AsSpan(0, length).ToString();
        ArrayPool<char>.Shared.Return(buffer);
        return value;
    }
}
