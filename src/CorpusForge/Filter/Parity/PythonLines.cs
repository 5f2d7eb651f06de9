using System.Buffers;
using static CorpusForge.Filter.Parity.Characters;

namespace CorpusForge.Filter.Parity;

/// <summary>The lines of a text as Python's `splitlines` gives them: nine breaks besides the line feed, and no empty line after the last break.</summary>
internal ref struct PythonLines(ReadOnlySpan<char> text)
{
    private static readonly SearchValues<char> s_breaks = SearchValues.Create("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029");

    private ReadOnlySpan<char> _rest = text;

    public ReadOnlySpan<char> Current { get; private set; }

    public readonly PythonLines GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.IsEmpty)
            return false;
        var end = _rest.IndexOfAny(s_breaks);
        if (end < 0)
        {
            Current = _rest;
            _rest = [];
            return true;
        }
        Current = _rest[..end];
        _rest = _rest[(end + (_rest[end..].StartsWith("\r\n") ? 2 : 1))..];
        return true;
    }

    /// <summary>Without Python's white space at both ends.</summary>
    public static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty && Is(text[0], Flags.Space))
            text = text[1..];
        while (!text.IsEmpty && Is(text[^1], Flags.Space))
            text = text[..^1];
        return text;
    }
}
