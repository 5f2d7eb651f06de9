using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using CorpusForge.Filter.Parity;

namespace CorpusForge.Filter.RedPajama;

/// <summary>What RedPajama-V2 counts of a text: its raw words (runs of word characters, and runs of others), and its normalised words and lines.</summary>
/// <remarks>Normalised is: without ASCII punctuation, lower case, decomposed (NFD), divided by white space. Owned by one worker.</remarks>
internal sealed class RedPajamaText
{
    [Flags]
    private enum Is : byte
    {
        None = 0,
        Space = 1,
        Word = 2,
        AsciiLetter = 4,
        Upper = 8,
        Lower = 16,
        Punctuation = 32,
        Number = 64,
        Stop = 128,
    }

    /// <summary>Roman numerals and letters in circles, and small letters above and below the line, which have case for Unicode and Python by a property of their own.</summary>
    private static readonly HashSet<char> s_otherUpper = [.. Range('\u2160', '\u216f'), .. Range('\u24b6', '\u24cf')];

    private static readonly HashSet<char> s_otherLower =
    [
        'ª', 'º', .. Range('\u02b0', '\u02b8'), '\u02c0', '\u02c1', .. Range('\u02e0', '\u02e4'), .. Range('\u1d2c', '\u1d6a'), '\u1d78',
        .. Range('\u1d9b', '\u1dbf'), '\u2071', '\u207f', .. Range('\u2090', '\u209c'), .. Range('\u2170', '\u217f'),
        .. Range('\u24d0', '\u24e9'), '\u2c7c', '\u2c7d',
    ];

    private static readonly Is[] s_classes = BuildClasses();
    private static readonly char[] s_lower = [.. Enumerable.Range(0, char.MaxValue + 1).Select(c => char.ToLowerInvariant((char)c))];

    private const string Bullets = "\u2022\u2023\u25B6\u25C0\u25E6\u25A0\u25A1\u25AA\u25AB\u2013";
    private static readonly ulong s_javascript = Token.HashOf("javascript");
    private static readonly ulong s_ipsum = Token.HashOf("ipsum");

    /// <summary>How many characters are looked at at once.</summary>
    private const int Block = 32;

    private readonly List<Token> _words = [];
    private readonly GramTable _table = new();
    private readonly List<int> _counts = [];
    private char[] _normal = [];

    public int RawWords { get; private set; }
    public int AlphabeticWords { get; private set; }
    public int UpperWords { get; private set; }
    public int StopWords { get; private set; }
    public int Sentences { get; private set; }

    /// <summary>Words of the normalised text; their hashes and lengths are those of the normalised characters.</summary>
    public ReadOnlySpan<Token> Words => CollectionsMarshal.AsSpan(_words);

    public int WordChars { get; private set; }
    public int UniqueWords { get; private set; }

    /// <summary>Of the distribution of the normalised words, in nats.</summary>
    public double Entropy { get; private set; }

    public int NormalChars { get; private set; }
    public int LoremIpsum { get; private set; }
    public int Lines { get; private set; }
    public int EllipsisLines { get; private set; }
    public int TerminalLines { get; private set; }
    public int BulletLines { get; private set; }
    public int JavascriptWords { get; private set; }

    /// <summary>Sums over the lines of the share of characters that are capitals, of the line feed, too, and that are numbers.</summary>
    public double UpperShares { get; private set; }
    public double NumberShares { get; private set; }

    public void Count(string text, HashTable stopWords)
    {
        CountRaw(text, stopWords);
        CountLines(text);
        CountWords();
    }

    private void CountRaw(ReadOnlySpan<char> text, HashTable stopWords)
    {
        var classes = s_classes;
        (RawWords, AlphabeticWords, UpperWords, StopWords, Sentences) = (0, 0, 0, 0, 0);
        var open = false; // whether a word character came since the last stop
        for (var at = 0; at < text.Length;)
        {
            at = CountRawAscii(text, at, stopWords, ref open);
            var first = classes[text[at]];
            if ((first & Is.Space) != 0)
            {
                at++;
                continue;
            }
            var (start, word, all) = (at, first & Is.Word, Is.None);
            while (at < text.Length && classes[text[at]] is var found && (found & Is.Space) == 0 && (found & Is.Word) == word)
            {
                all |= found;
                at++;
            }
            RawWords++;
            if (word == 0)
            {
                if ((all & Is.Stop) != 0)
                    (Sentences, open) = (Sentences + (open ? 1 : 0), false);
                continue;
            }
            open = true;
            AlphabeticWords += (all & Is.AsciiLetter) != 0 ? 1 : 0;
            UpperWords += (all & (Is.Upper | Is.Lower)) == Is.Upper ? 1 : 0;
            if (at - start < 16 && stopWords.Contains(Token.HashOf(text[start..at])))
                StopWords++;
        }
        Sentences += open ? 1 : 0;
    }

    /// <summary>The same for blocks of ASCII from here on, a bit a character; a run that reaches the end of its block waits for the next. Never reaches the end of the text.</summary>
    private int CountRawAscii(ReadOnlySpan<char> text, int at, HashTable stopWords, ref bool open)
    {
        // A word is hashed from eight characters at a time, also the last one of a block.
        while (at <= text.Length - Block - 8)
        {
            ref var start = ref Unsafe.As<char, ushort>(ref Unsafe.AsRef(in text[at]));
            var block = Vector512.LoadUnsafe(ref start);
            if (Vector512.GreaterThanAny(block, Vector512.Create((ushort)0x7F)))
                break;
            var upper = Mask(InRange(block, 'A', 'Z'));
            var lower = Mask(InRange(block, 'a', 'z'));
            var words = upper | lower | Mask(InRange(block, '0', '9') | Vector512.Equals(block, Vector512.Create((ushort)'_')));
            var spaces = Mask(InRange(block, '\t', '\r') | InRange(block, '\x1c', ' '));
            var others = ~(words | spaces);
            var done = Block - Math.Max(BitOperations.LeadingZeroCount(~words), BitOperations.LeadingZeroCount(~others));
            if (done == 0)
                break;
            var whole = uint.MaxValue >> (Block - done);
            (words, others) = (words & whole, others & whole);
            RawWords += BitOperations.PopCount(words & ~(words << 1)) + BitOperations.PopCount(others & ~(others << 1));
            var from = 0;
            for (var stops = others & Mask(Vector512.Equals(block, Vector512.Create((ushort)'.')) | Vector512.Equals(block, Vector512.Create((ushort)'!')) | Vector512.Equals(block, Vector512.Create((ushort)'?'))); stops != 0; stops &= stops - 1)
            {
                var stop = BitOperations.TrailingZeroCount(stops);
                Sentences += open || (words >> from << from << (Block - 1 - stop)) != 0 ? 1 : 0;
                (open, from) = (false, stop);
            }
            open |= words >> from != 0;
            while (words != 0)
            {
                var first = BitOperations.TrailingZeroCount(words);
                var length = BitOperations.TrailingZeroCount(~((ulong)words >> first));
                var word = uint.MaxValue >> (Block - length) << first;
                AlphabeticWords += ((upper | lower) & word) != 0 ? 1 : 0;
                UpperWords += (upper & word) != 0 && (lower & word) == 0 ? 1 : 0;
                if (length < 16 && stopWords.Contains(Token.HashOfAscii(ref Unsafe.Add(ref start, first), length)))
                    StopWords++;
                words &= ~word;
            }
            at += done;
        }
        return at;
    }

    private void CountLines(string text)
    {
        if (_normal.Length < (text.Length * 4) + 64)
            _normal = new char[(text.Length * 4) + 4096];
        _words.Clear();
        (Lines, EllipsisLines, TerminalLines, BulletLines, JavascriptWords, WordChars, NormalChars, LoremIpsum) = (0, 0, 0, 0, 0, 0, 0, 0);
        (UpperShares, NumberShares) = (0, 0);
        var length = 0;
        var decomposed = Decomposed(text);
        var raw = text.AsSpan();
        var normal = decomposed.AsSpan();
        while (!normal.IsEmpty)
        {
            Lines++;
            var left = raw.Length;
            LineEnds(Next(ref raw), left - raw.Length);
            length = Normalise(Next(ref normal), length);
        }
        NormalChars = Math.Max(0, length - 1);
    }

    private void LineEnds(ReadOnlySpan<char> line, int whole)
    {
        var content = PythonLines.Trim(line);
        if (!content.IsEmpty)
        {
            EllipsisLines += content[^1] == '…' || content.EndsWith("...") ? 1 : 0;
            TerminalLines += content[^1] is '.' or '!' or '?' or '”' ? 1 : 0;
            BulletLines += Bullets.Contains(content[0]) ? 1 : 0;
        }
        var (upper, at) = (0, 0);
        for (; at <= line.Length - Block; at += Block)
        {
            var block = Vector512.LoadUnsafe(ref Unsafe.As<char, ushort>(ref Unsafe.AsRef(in line[at])));
            if (Vector512.GreaterThanAny(block, Vector512.Create((ushort)0x7F)))
                break;
            upper += BitOperations.PopCount(Mask(InRange(block, 'A', 'Z')));
        }
        foreach (var c in line[at..])
            upper += (s_classes[c] & Is.Upper) != 0 ? 1 : 0;
        UpperShares += (double)upper / whole;
    }

    // Words of the line go behind one another into the buffer, each with a space after it.
    private int Normalise(ReadOnlySpan<char> line, int to)
    {
        var (classes, lower, normal) = (s_classes, s_lower, _normal);
        var (begin, numbers) = (to, 0);
        for (var at = 0; at < line.Length;)
        {
            (at, to) = NormaliseAscii(line, at, to);
            var start = to;
            while (at < line.Length && classes[line[at]] is var found && (found & Is.Space) == 0)
            {
                if ((found & Is.Punctuation) == 0)
                    normal[to++] = lower[line[at]];
                numbers += (found & Is.Number) != 0 ? 1 : 0;
                at++;
            }
            if (to > start)
            {
                Add(start, to - start, Token.HashOf(normal.AsSpan(start, to - start)));
                normal[to++] = ' ';
            }
            at++;
        }
        var length = to - begin - 1;
        NumberShares += length > 0 ? (double)numbers / length : 0;
        return to;
    }

    /// <summary>The same for words of ASCII letters that have punctuation behind them at most, block by block; it leaves the first other one, and the last of the line.</summary>
    private (int At, int To) NormaliseAscii(ReadOnlySpan<char> line, int at, int to)
    {
        // A word is copied eight characters at a time.
        while (at <= line.Length - Block - 8)
        {
            var block = Vector512.LoadUnsafe(ref Unsafe.As<char, ushort>(ref Unsafe.AsRef(in line[at])));
            var letters = Mask(InRange(block | Vector512.Create((ushort)0x20), 'a', 'z'));
            var spaces = Mask(InRange(block, '\t', '\r') | InRange(block, '\x1c', ' '));
            // Letters stay, what is punctuation is left out; the rest is for single characters.
            var others = ~(letters | spaces) & ~Mask(InRange(block, '!', '/') | InRange(block, ':', '@') | InRange(block, '[', '`') | InRange(block, '{', '~'));
            ref var normal = ref MemoryMarshal.GetArrayDataReference(_normal);
            var done = 0;
            while (spaces >> done != 0)
            {
                var end = done + BitOperations.TrailingZeroCount(spaces >> done);
                if (end > done)
                {
                    var word = letters >> done;
                    var length = BitOperations.TrailingZeroCount(~word);
                    var all = (uint)(1UL << (end - done)) - 1;
                    if (length == 0 || (others >> done & all) != 0 || (word & all) >> length != 0)
                        break;
                    for (var i = 0; i < length; i += 8)
                        (Vector128.LoadUnsafe(ref Unsafe.As<char, ushort>(ref Unsafe.AsRef(in line[at + done + i]))) | Vector128.Create((ushort)0x20)).StoreUnsafe(ref Unsafe.As<char, ushort>(ref Unsafe.Add(ref normal, to + i)));
                    Add(to, length, Token.HashOfAscii(ref Unsafe.As<char, ushort>(ref Unsafe.Add(ref normal, to)), length));
                    to += length;
                    Unsafe.Add(ref normal, to++) = ' ';
                }
                done = end + 1;
                if (done == Block)
                    break;
            }
            at += done;
            if (done < Block && spaces >> done != 0 || done == 0)
                break;
        }
        return (at, to);
    }

    private void Add(int start, int length, ulong hash)
    {
        _words.Add(new Token(start, length, word: true, alphabetic: true, hash));
        WordChars += length;
        JavascriptWords += hash == s_javascript ? 1 : 0;
        if (hash == s_ipsum && _words.Count > 1 && Text(_words[^2]) is "lorem")
            LoremIpsum++;
    }

    private static uint Mask(Vector512<ushort> set) => (uint)set.ExtractMostSignificantBits();

    private static Vector512<ushort> InRange(Vector512<ushort> block, char least, char most) =>
        Vector512.LessThanOrEqual(block - Vector512.Create((ushort)least), Vector512.Create((ushort)(most - least)));

    private void CountWords()
    {
        CollectionsMarshal.SetCount(_counts, _words.Count);
        var counts = CollectionsMarshal.AsSpan(_counts);
        _table.Clear(_words.Count / 2);
        foreach (var word in Words)
        {
            var known = _table.Count;
            var number = _table.Number(word.Hash);
            if (number == known)
                counts[number] = 0;
            counts[number]++;
        }
        UniqueWords = _table.Count;
        var sum = 0.0;
        foreach (var count in counts[..UniqueWords])
            if (count > 1)
                sum += count * Math.Log(count);
        Entropy = _words.Count == 0 ? double.NaN : Math.Log(_words.Count) - (sum / _words.Count);
    }

    public ReadOnlySpan<char> Text(Token word) => _normal.AsSpan(word.Start, word.Length);

    /// <summary>Normalised words from the first to the last, with single spaces between them.</summary>
    public ReadOnlySpan<char> Text(Token first, Token last) => _normal.AsSpan(first.Start, last.Start + last.Length - first.Start);

    private static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf('\n');
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return line;
    }

    // What is not well formed has no decomposition and is counted as it is.
    private static string Decomposed(string text)
    {
        if (Ascii.IsValid(text) || text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') >= 0 && !IsWellFormed(text))
            return text;
        return text.IsNormalized(NormalizationForm.FormD) ? text : text.Normalize(NormalizationForm.FormD);
    }

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
                return false;
        return true;
    }

    private static IEnumerable<char> Range(char first, char last) => Enumerable.Range(first, last - first + 1).Select(c => (char)c);

    private static Is[] BuildClasses()
    {
        var classes = new Is[char.MaxValue + 1];
        for (var i = 0; i < classes.Length; i++)
        {
            var c = (char)i;
            classes[i] = (Characters.Is(c, Characters.Flags.Space) ? Is.Space : 0)
                | (char.IsLetterOrDigit(c) || c == '_' || char.GetUnicodeCategory(c) is UnicodeCategory.OtherNumber or UnicodeCategory.LetterNumber ? Is.Word : 0)
                | (char.IsAsciiLetter(c) ? Is.AsciiLetter : 0)
                | (char.IsUpper(c) || s_otherUpper.Contains(c) ? Is.Upper : char.IsLower(c) || s_otherLower.Contains(c) ? Is.Lower : 0)
                | (c < 128 && (char.IsPunctuation(c) || char.IsSymbol(c)) ? Is.Punctuation : 0)
                | (char.IsNumber(c) ? Is.Number : 0)
                | (c is '.' or '!' or '?' ? Is.Stop : 0);
        }
        return classes;
    }
}

/// <summary>A set of hashes that is asked far more often than it is made.</summary>
internal sealed class HashTable
{
    private readonly ulong[] _slots;

    public HashTable(IReadOnlyCollection<ulong> hashes)
    {
        _slots = new ulong[(int)BitOperations.RoundUpToPowerOf2((uint)(8 * hashes.Count) + 1)];
        foreach (var hash in hashes)
            _slots[Find(hash)] = hash;
    }

    public bool Contains(ulong hash) => _slots[Find(hash)] == hash;

    private int Find(ulong hash)
    {
        var at = (int)hash & (_slots.Length - 1);
        while (_slots[at] != 0 && _slots[at] != hash)
            at = (at + 1) & (_slots.Length - 1);
        return at;
    }
}
