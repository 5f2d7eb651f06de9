using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace CorpusForge.Filter;

/// <summary>Where a line stands in the text, its break left out, and whether it has more than white space.</summary>
public readonly record struct Line(int Start, int End, bool IsFilled)
{
    public int Length => End - Start;
}

/// <summary>The lines of a text and what is counted of them while they are cut.</summary>
internal sealed class LineCounts
{
    /// <summary>Final punctuation of the scripts that have it; quotes and brackets are none.</summary>
    private static readonly SearchValues<char> s_terminal = SearchValues.Create(".!?…。！？｡．।॥؟۔։");

    private readonly List<Line> _lines = [];

    public ReadOnlySpan<Line> Lines => CollectionsMarshal.AsSpan(_lines);
    public int Filled { get; private set; }
    public int Bullets { get; private set; }
    public int Ellipses { get; private set; }
    public int Terminals { get; private set; }
    public int Newlines { get; private set; }

    public void Cut(ReadOnlySpan<char> text)
    {
        _lines.Clear();
        Filled = Bullets = Ellipses = Terminals = Newlines = 0;
        for (var start = 0; start < text.Length;)
        {
            var length = text[start..].IndexOf('\n');
            var end = length < 0 ? text.Length : start + length;
            var next = end + 1;
            if (length >= 0)
                Newlines++;
            if (length > 0 && text[end - 1] == '\r')
                end--;
            Add(text[start..end], start, end);
            start = next;
        }
    }

    private void Add(ReadOnlySpan<char> line, int start, int end)
    {
        var content = line.Trim();
        _lines.Add(new Line(start, end, !content.IsEmpty));
        if (content.IsEmpty)
            return;
        Filled++;
        if (content[0] is '•' or '-')
            Bullets++;
        if (content[^1] == '…' || content.EndsWith("..."))
            Ellipses++;
        if (s_terminal.Contains(line[^1]))
            Terminals++;
    }
}

/// <summary>Counts the pieces of a text that came before in it, by 64-bit hashes.</summary>
internal sealed class Duplicates
{
    private readonly GramTable _seen = new();

    public int Pieces { get; private set; }
    public int Repeated { get; private set; }
    public int RepeatedChars { get; private set; }

    /// <summary>Of <see cref="RepeatedChars"/>, those of pieces with more than white space.</summary>
    public int RepeatedFilledChars { get; private set; }

    /// <summary>Lines that are not empty.</summary>
    public void CountLines(ReadOnlySpan<char> text, ReadOnlySpan<Line> lines)
    {
        Clear(lines.Length);
        foreach (var line in lines)
            if (line.Length > 0)
                Add(text[line.Start..line.End], line.IsFilled);
    }

    /// <summary>Paragraphs: what stands between empty lines, white space at both ends of the text left out.</summary>
    public void CountParagraphs(ReadOnlySpan<char> text, ReadOnlySpan<Line> lines)
    {
        Clear(lines.Length);
        while (!lines.IsEmpty && !lines[0].IsFilled)
            lines = lines[1..];
        while (!lines.IsEmpty && !lines[^1].IsFilled)
            lines = lines[..^1];
        for (var first = 0; first < lines.Length;)
        {
            var after = first;
            while (after < lines.Length && lines[after].Length > 0)
                after++;
            if (after > first)
                Add(text[lines[first].Start..lines[after - 1].End], filled: true);
            first = after + 1;
        }
    }

    private void Clear(int expected)
    {
        _seen.Clear(expected);
        Pieces = Repeated = RepeatedChars = RepeatedFilledChars = 0;
    }

    private void Add(ReadOnlySpan<char> piece, bool filled)
    {
        Pieces++;
        var known = _seen.Count;
        if (_seen.Number(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(piece))) == known)
            return;
        Repeated++;
        RepeatedChars += piece.Length;
        if (filled)
            RepeatedFilledChars += piece.Length;
    }
}
