using System.Text;

namespace CorpusForge.Clean;

/// <summary>Lines of Markdown that grow word by word, each behind the indentation of the lists and quotes that are open.</summary>
internal sealed class MarkdownLines
{
    private readonly StringBuilder _text = new();
    private readonly List<string> _indents = [];

    /// <summary>What stands before the next word: marks that open there, such as of a heading, a link or an emphasis.</summary>
    private readonly StringBuilder _marks = new();

    /// <summary>The marker of an item that has no text yet, and how many indents it stands behind.</summary>
    private string? _item;

    /// <summary>The indents that were open all the time since the last text: those of the blank lines between.</summary>
    private int _common;

    private int _breaks;
    private bool _space;

    public override string ToString() => _text.ToString();

    public void Break(int lines)
    {
        // The first block of an item stays on the line of its marker.
        if (_item is null)
            _breaks = Math.Max(_breaks, lines);
        _space = false;
    }

    public void Space() => _space = true;

    public void Indent(string indent)
    {
        FlushItem();
        _indents.Add(indent);
    }

    public void Outdent()
    {
        RemoveIndent();
        Break(2);
    }

    public void Item(string marker)
    {
        FlushItem();
        _item = marker;
    }

    /// <summary>An item without text leaves nothing.</summary>
    public void EndItem()
    {
        if (_item is not null)
            _item = null;
        else
            RemoveIndent();
        Break(1);
    }

    private void RemoveIndent()
    {
        _indents.RemoveAt(_indents.Count - 1);
        _common = Math.Min(_common, _indents.Count);
    }

    public void Mark(string mark) => _marks.Append(mark);

    /// <summary>Closes a mark, or takes it back when no text came between.</summary>
    public void EndMark(string open, string close)
    {
        if (_marks.Length >= open.Length && _marks.ToString().EndsWith(open, StringComparison.Ordinal))
            _marks.Length -= open.Length;
        else
            _text.Append(close);
    }

    public void Inline(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var length = 0;
            while (length < text.Length && IsSpace(text[length]))
                length++;
            if (length > 0)
            {
                _space = true;
                text = text[length..];
                continue;
            }
            while (length < text.Length && !IsSpace(text[length]))
                length++;
            Word(text[..length]);
            text = text[length..];
        }
    }

    public void Verbatim(string line)
    {
        Break(1);
        NewLine();
        _text.Append(line);
        _breaks = 1;
    }

    private void Word(ReadOnlySpan<char> word)
    {
        var first = _breaks > 0 || _text.Length == 0 || _item is not null;
        NewLine();
        if (_space && !first)
            _text.Append(' ');
        _space = false;
        _text.Append(_marks);
        if (first && _marks.Length == 0 && LooksLikeNumber(word))
        {
            _text.Append(word[..^1]).Append('\\');
            word = word[^1..];
        }
        else if (first && _marks.Length == 0 && LooksLikeMarkup(word))
            _text.Append('\\');
        _marks.Clear();
        for (var i = 0; i < word.Length; i++)
        {
            if (word[i] == '<' && i + 1 < word.Length && (char.IsAsciiLetter(word[i + 1]) || word[i + 1] is '/' or '!' or '?'))
                _text.Append('\\');
            _text.Append(word[i]);
        }
    }

    private void NewLine()
    {
        if (_breaks > 0 && _text.Length > 0)
        {
            for (var line = 1; line < _breaks; line++)
                _text.Append('\n').Append(string.Concat(_indents.Take(_common)).TrimEnd());
            _text.Append('\n').AppendJoin("", _indents);
        }
        else if (_text.Length == 0)
            _text.AppendJoin("", _indents);
        _breaks = 0;
        FlushMarker();
        _common = _indents.Count;
    }

    private void FlushItem()
    {
        if (_item is not null)
            NewLine();
    }

    private void FlushMarker()
    {
        if (_item is null)
            return;
        _text.Append(_item);
        _indents.Add(new string(' ', _item.Length));
        _item = null;
        _space = false;
    }

    private static bool LooksLikeMarkup(ReadOnlySpan<char> word) =>
        word is "-" or "+" or "*" or ">" || word[0] == '#' && word.TrimStart('#').IsEmpty || word.StartsWith("```") || word.StartsWith("~~~");

    private static bool LooksLikeNumber(ReadOnlySpan<char> word) =>
        word.Length is > 1 and < 10 && word[^1] is '.' or ')' && !word[..^1].ContainsAnyExceptInRange('0', '9');

    private static bool IsSpace(char c) => c is ' ' or '\n' or '\t' or '\r' or '\f';
}
