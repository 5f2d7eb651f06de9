using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using static CorpusForge.Filter.Parity.Characters;

namespace CorpusForge.Filter.Parity;

/// <summary>What datatrove measures of a text, by its definitions: tokens by spaCy's English rules, lengths in code points, lines as Python splits them.</summary>
/// <remarks>datatrove 0.10 with English settings. Owned by one worker like <see cref="TextView"/>, which makes it when a filter says `mode: parity`.</remarks>
internal sealed class ParityText
{
    private readonly EnglishTokenizer _tokenizer = new();
    private readonly List<Span> _tokens = [];
    private readonly List<Span> _ofLine = [];
    private readonly List<(int Start, int Length)> _pieces = [];
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _seen = new HashSet<string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    private readonly RollingGrams _grams = new();
    private string _text = "";
    private bool _cut, _counted;

    public void Reset(string text)
    {
        _text = text;
        _tokens.Clear();
        Length = Points(text);
        (_cut, _counted) = (false, false);
    }

    /// <summary>Of the text, in code points.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<Span> Tokens
    {
        get
        {
            if (!_cut)
                _tokenizer.Cut(_text, _tokens);
            _cut = true;
            return CollectionsMarshal.AsSpan(_tokens);
        }
    }

    /// <summary>Tokens with a character that is no punctuation: how many, and their code points.</summary>
    public (int Count, long Chars) Words()
    {
        var (count, chars) = (0, 0L);
        foreach (var token in Tokens)
        {
            var word = false;
            foreach (var rune in TextOf(token).EnumerateRunes())
                word |= !Is(rune, Flags.NoWord);
            if (!word)
                continue;
            count++;
            chars += Points(TextOf(token));
        }
        return (count, chars);
    }

    /// <summary>Tokens with a letter.</summary>
    public int AlphabeticCount()
    {
        var count = 0;
        foreach (var token in Tokens)
            count += HasLetter(TextOf(token)) ? 1 : 0;
        return count;
    }

    /// <summary>How many of <paramref name="words"/> are tokens.</summary>
    public int Distinct(IReadOnlyList<string> words)
    {
        _seen.Set.Clear();
        foreach (var token in Tokens)
            foreach (var word in words)
                if (TextOf(token).SequenceEqual(word))
                    _seen.Set.Add(word);
        return _seen.Set.Count;
    }

    /// <summary>Shares of the lines, as Python splits them, that begin with a bullet and that end with an ellipsis.</summary>
    public (double Bullets, double Ellipses) LineEnds()
    {
        var (lines, bullets, ellipses) = (0, 0, 0);
        foreach (var line in new PythonLines(_text))
        {
            lines++;
            var content = PythonLines.Trim(line);
            bullets += content is ['•' or '-', ..] ? 1 : 0;
            ellipses += content.EndsWith("...") || content is [.., '…'] ? 1 : 0;
        }
        return ((double)bullets / lines, (double)ellipses / lines);
    }

    /// <summary>What stands between runs of at least <paramref name="feeds"/> line feeds: the shares of pieces and of characters that came before.</summary>
    public (double Pieces, double Chars) Duplicates(int feeds)
    {
        ReadOnlySpan<char> text = feeds > 1 ? PythonLines.Trim(_text) : _text;
        _pieces.Clear();
        var start = 0;
        for (var at = 0; at < text.Length;)
        {
            var run = 0;
            while (at + run < text.Length && text[at + run] == '\n')
                run++;
            if (run >= feeds)
            {
                _pieces.Add((start, at - start));
                start = at + run;
            }
            at += Math.Max(1, run);
        }
        _pieces.Add((start, text.Length - start));
        var (repeated, chars) = Repeated(text, CollectionsMarshal.AsSpan(_pieces));
        return ((double)repeated / _pieces.Count, (double)chars / Length);
    }

    /// <summary>FineWeb's measures of the lines with more than white space: how many, and the shares that end with final punctuation, that are short, and of characters that came before.</summary>
    public (int Count, double Terminal, double Short, double Duplicate) FilledLines(int shortLength)
    {
        _pieces.Clear();
        var (terminal, small, feeds, start) = (0, 0, 0, 0);
        while (start <= _text.Length)
        {
            var next = _text.AsSpan(start).IndexOf('\n');
            var length = next < 0 ? _text.Length - start : next;
            var line = _text.AsSpan(start, length);
            if (!PythonLines.Trim(line).IsEmpty)
            {
                _pieces.Add((start, length));
                Rune.DecodeLastFromUtf16(line, out var last, out _);
                terminal += Is(last, Flags.Final) ? 1 : 0;
                small += Points(line) <= shortLength ? 1 : 0;
            }
            feeds += next < 0 ? 0 : 1;
            start += length + 1;
        }
        var (_, chars) = Repeated(_text, CollectionsMarshal.AsSpan(_pieces));
        return (_pieces.Count, (double)terminal / _pieces.Count, (double)small / _pieces.Count, (double)chars / (Length - feeds));
    }

    public double TopGramShare(int n) => (double)Grams.Top(n) / Length;

    public double DuplicateGramShare(int n) => (double)Grams.Duplicate(n) / Length;

    /// <summary>The sentences of a line by spaCy's rule: one begins after final punctuation, at the next token that is no punctuation.</summary>
    /// <remarks>White space is such a token there, also at the end, but for one space after another token. A line without tokens is one sentence.</remarks>
    public int CountSentences(ReadOnlySpan<char> line)
    {
        var tokens = _ofLine;
        tokens.Clear();
        _tokenizer.Cut(line, tokens);
        var (sentences, ended, end) = (1, false, 0);
        foreach (var token in tokens)
        {
            var text = line.Slice(token.Start, token.Length);
            var final = Rune.DecodeFromUtf16(text, out var first, out var length) == OperationStatus.Done && length == text.Length && Is(first, Flags.EndsSentence);
            if (ended && (IsToken(line[end..token.Start]) || (!final && !IsPunctuation(text))))
                (sentences, ended) = (sentences + 1, false);
            ended |= final;
            end = token.End;
        }
        return sentences + (ended && IsToken(line[end..]) ? 1 : 0);
    }

    private static bool IsToken(ReadOnlySpan<char> space) => space is not ([] or [' ']);

    public static int Points(ReadOnlySpan<char> text)
    {
        var pairs = 0;
        for (var i = 0; i + 1 < text.Length; i++)
            pairs += char.IsHighSurrogate(text[i]) && char.IsLowSurrogate(text[i + 1]) ? 1 : 0;
        return text.Length - pairs;
    }

    private RollingGrams Grams
    {
        get
        {
            if (!_counted)
                _grams.Count(_text, Tokens);
            _counted = true;
            return _grams;
        }
    }

    private ReadOnlySpan<char> TextOf(Span token) => _text.AsSpan(token.Start, token.Length);

    private (int Pieces, int Chars) Repeated(ReadOnlySpan<char> text, ReadOnlySpan<(int Start, int Length)> pieces)
    {
        _seen.Set.Clear();
        var (count, chars) = (0, 0);
        foreach (var (start, length) in pieces)
        {
            var piece = text.Slice(start, length);
            if (_seen.Add(piece))
                continue;
            count++;
            chars += Points(piece);
        }
        return (count, chars);
    }

    private static bool HasLetter(ReadOnlySpan<char> token)
    {
        foreach (var rune in token.EnumerateRunes())
            if (Is(rune, Flags.Letter))
                return true;
        return false;
    }

    private static bool IsPunctuation(ReadOnlySpan<char> token)
    {
        foreach (var rune in token.EnumerateRunes())
            if (!Is(rune, Flags.Punctuation))
                return false;
        return true;
    }
}
