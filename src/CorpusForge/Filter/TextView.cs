using System.Runtime.InteropServices;

namespace CorpusForge.Filter;

/// <summary>The one analysis of a document that all filters and taggers share, computed lazily once.</summary>
/// <remarks>
/// <para>Owned by one worker, which calls <see cref="Reset"/> for each document; the buffers are kept.</para>
/// <para>Lengths are UTF-16 units. A share of nothing is NaN, which breaks every rule. Lines end at `\n` (a `\r` before it
/// belongs to the break); empty lines divide paragraphs.</para>
/// </remarks>
public sealed class TextView
{
    private readonly SignalRecorder? _recorder;
    private readonly IcuWords? _dictionary;
    private readonly List<int> _ends = [];
    private readonly List<Token> _tokens = [];
    private readonly LineCounts _lines = new();
    private readonly NGrams _grams = new();
    private readonly Duplicates _duplicateLines = new();
    private readonly Duplicates _duplicateParagraphs = new();
    private readonly Duplicates _repeatedWords = new();
    private Parity.ParityText? _parity;
    private (IReadOnlyList<string> Words, ulong[] Hashes) _wanted = ([], []);
    private Part _done;
    private int _words, _wordChars, _alphabetic, _letters, _digits;

    [Flags]
    private enum Part
    {
        Nothing = 0,
        Tokens = 1,
        Lines = 2,
        Grams = 4,
        DuplicateLines = 8,
        DuplicateParagraphs = 16,
        RepeatedWords = 32,
        Characters = 64,
        Parity = 128,
    }

    /// <param name="recorder">Set when the stage says `signals: all`.</param>
    /// <param name="words">What a word is in scripts without spaces.</param>
    public TextView(SignalRecorder? recorder = null, Segmentation words = Segmentation.Characters)
    {
        _recorder = recorder;
        _dictionary = words == Segmentation.Dictionary ? new IcuWords() : null;
    }

    public Document Document { get; private set; } = null!;
    public ReadOnlySpan<char> Text => Document.Text;

    /// <summary>Where a filter's table of rules starts.</summary>
    public Verdict Verdict => _recorder is null ? Verdict.Keep : Verdict.Recording(_recorder);

    /// <summary>Whether every value is kept, so that a filter must not stop counting when its verdict is clear.</summary>
    public bool Records => _recorder is not null;

    public void Reset(Document document)
    {
        Document = document;
        _done = Part.Nothing;
    }

    /// <summary>Takes over fields that a tagger set; the text, and so the analysis, is the same.</summary>
    public void Tagged(Document document) => Document = document;

    /// <summary>Words, numbers and symbols in order; see <see cref="Token"/>.</summary>
    public ReadOnlySpan<Token> Tokens
    {
        get
        {
            Cut();
            return CollectionsMarshal.AsSpan(_tokens);
        }
    }

    /// <summary>All lines, empty ones too; a text without characters has none.</summary>
    public ReadOnlySpan<Line> Lines => CutLines().Lines;

    public ReadOnlySpan<char> TextOf(Token token) => Text.Slice(token.Start, token.Length);

    public ReadOnlySpan<char> TextOf(Line line) => Text[line.Start..line.End];

    public int TokenCount => Tokens.Length;

    /// <summary>Tokens that have a letter or a digit.</summary>
    public int WordCount => Cut()._words;

    public double MeanWordLength => Share(Cut()._wordChars, _words);

    /// <summary>Of all tokens, those with a letter.</summary>
    public double AlphabeticShare => Share(Cut()._alphabetic, TokenCount);

    /// <summary>`#` per token.</summary>
    public double HashesPerToken => Share(Text.Count('#'), TokenCount);

    /// <summary>`...` and `…` per token.</summary>
    public double EllipsesPerToken => Share(Text.Count("...") + Text.Count('…'), TokenCount);

    /// <summary>Line breaks per token.</summary>
    public double NewlinesPerToken => Share(CutLines().Newlines, TokenCount);

    /// <summary>Lines with more than white space.</summary>
    public int FilledLineCount => CutLines().Filled;

    /// <summary>Of all lines, those that start with `•` or `-`.</summary>
    public double BulletShare => Share(CutLines().Bullets, Lines.Length);

    /// <summary>Of all lines, those that end with `...` or `…`.</summary>
    public double EllipsisShare => Share(CutLines().Ellipses, Lines.Length);

    /// <summary>Of the filled lines, those whose last character is final punctuation.</summary>
    public double TerminalShare => Share(CutLines().Terminals, FilledLineCount);

    /// <summary>Of the filled lines, those of at most <paramref name="chars"/> characters.</summary>
    public double ShortLineShare(int chars)
    {
        var count = 0;
        foreach (var line in Lines)
            if (line.IsFilled && line.Length <= chars)
                count++;
        return Share(count, FilledLineCount);
    }

    public int MaxLineLength
    {
        get
        {
            var max = 0;
            foreach (var line in Lines)
                max = Math.Max(max, line.Length);
            return max;
        }
    }

    /// <summary>Characters per line, line breaks left out.</summary>
    public double MeanLineLength => Share(Text.Length - CutLines().Newlines, Lines.Length);

    /// <summary>Of the lines that are not empty, those that came before.</summary>
    public double DuplicateLineShare => Share(DuplicateLines.Repeated, DuplicateLines.Pieces);

    /// <summary>Of all characters, those in lines that came before.</summary>
    public double DuplicateLineCharShare => Share(DuplicateLines.RepeatedChars, Text.Length);

    /// <summary>Of all characters but line breaks, those in filled lines that came before.</summary>
    public double DuplicateFilledLineCharShare => Share(DuplicateLines.RepeatedFilledChars, Text.Length - CutLines().Newlines);

    public double DuplicateParagraphShare => Share(DuplicateParagraphs.Repeated, DuplicateParagraphs.Pieces);

    /// <summary>Of all characters, those in paragraphs that came before.</summary>
    public double DuplicateParagraphCharShare => Share(DuplicateParagraphs.RepeatedChars, Text.Length);

    /// <summary>Of all characters, those of the most frequent n-gram of tokens, once per occurrence; n from 2 to 10.</summary>
    public double TopGramShare(int n) => Share(Grams.TopChars(n), Text.Length);

    /// <summary>Of all characters, those of n-grams of tokens that came before; n from 2 to 10.</summary>
    public double DuplicateGramShare(int n) => Share(Grams.DuplicateChars(n), Text.Length);

    /// <summary>Of the words, those that came before in the same case.</summary>
    public double RepeatedWordShare
    {
        get
        {
            if (First(Part.RepeatedWords))
                _repeatedWords.CountWords(Tokens);
            return Share(_repeatedWords.Repeated, _repeatedWords.Pieces);
        }
    }

    /// <summary>Of all characters, letters.</summary>
    public double LetterCharShare => Share(CountCharacters()._letters, Text.Length);

    /// <summary>Of all characters, letters and digits.</summary>
    public double AlphanumericCharShare => Share(CountCharacters()._letters + _digits, Text.Length);

    public int SentenceCount => Sentences.Count(Text);

    /// <summary>How many different ones of <paramref name="words"/> are among the tokens, in the same case.</summary>
    public int DistinctWords(IReadOnlyList<string> words)
    {
        if (!ReferenceEquals(_wanted.Words, words))
            _wanted = (words, [.. words.Distinct(StringComparer.Ordinal).Select(w => Token.HashOf(w))]);
        // The hashes still to be found stand in front.
        var missing = _wanted.Hashes.AsSpan();
        foreach (var token in Tokens)
        {
            var at = missing.IndexOf(token.Hash);
            if (at < 0)
                continue;
            (missing[at], missing[^1]) = (missing[^1], missing[at]);
            missing = missing[..^1];
            if (missing.IsEmpty)
                break;
        }
        return _wanted.Hashes.Length - missing.Length;
    }

    /// <summary>The same text by datatrove's definitions.</summary>
    internal Parity.ParityText Parity
    {
        get
        {
            _parity ??= new Parity.ParityText();
            if (First(Part.Parity))
                _parity.Reset(Document.Text);
            return _parity;
        }
    }

    private TextView Cut()
    {
        if (!First(Part.Tokens))
            return this;
        _tokens.Clear();
        WordBreak.Cut(Text, _tokens, _dictionary, _ends);
        _words = _wordChars = _alphabetic = 0;
        foreach (var token in CollectionsMarshal.AsSpan(_tokens))
        {
            _words += token.IsWord ? 1 : 0;
            _wordChars += token.IsWord ? token.Length : 0;
            _alphabetic += token.IsAlphabetic ? 1 : 0;
        }
        return this;
    }

    private TextView CountCharacters()
    {
        if (!First(Part.Characters))
            return this;
        (_letters, _digits) = (0, 0);
        foreach (var c in Text)
            if (char.IsLetter(c))
                _letters++;
            else if (char.IsDigit(c))
                _digits++;
        return this;
    }

    private LineCounts CutLines()
    {
        if (First(Part.Lines))
            _lines.Cut(Text);
        return _lines;
    }

    private NGrams Grams
    {
        get
        {
            if (First(Part.Grams))
                _grams.Count(Tokens);
            return _grams;
        }
    }

    private Duplicates DuplicateLines
    {
        get
        {
            if (First(Part.DuplicateLines))
                _duplicateLines.CountLines(Text, Lines);
            return _duplicateLines;
        }
    }

    private Duplicates DuplicateParagraphs
    {
        get
        {
            if (First(Part.DuplicateParagraphs))
                _duplicateParagraphs.CountParagraphs(Text, Lines);
            return _duplicateParagraphs;
        }
    }

    private bool First(Part part)
    {
        var first = (_done & part) == 0;
        _done |= part;
        return first;
    }

    private static double Share(int part, int whole) => (double)part / whole;
}
