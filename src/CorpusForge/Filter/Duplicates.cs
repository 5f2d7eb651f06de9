using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace CorpusForge.Filter;

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

    public void CountWords(ReadOnlySpan<Token> tokens)
    {
        Clear(tokens.Length);
        foreach (var token in tokens)
            if (token.IsWord)
                Add(token.Hash, token.Length, filled: true);
    }

    private void Clear(int expected)
    {
        _seen.Clear(expected);
        Pieces = Repeated = RepeatedChars = RepeatedFilledChars = 0;
    }

    private void Add(ReadOnlySpan<char> piece, bool filled) =>
        Add(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(piece)), piece.Length, filled);

    private void Add(ulong hash, int length, bool filled)
    {
        Pieces++;
        var known = _seen.Count;
        if (_seen.Number(hash) == known)
            return;
        Repeated++;
        RepeatedChars += length;
        if (filled)
            RepeatedFilledChars += length;
    }
}
