using System.Globalization;
using System.Text;

namespace CorpusForge.Filter;

/// <summary>A word as the toxicity model reads it.</summary>
internal struct ToxicityWord
{
    public ulong Hash;

    /// <summary>Where it stands in the text, UTF-16 units.</summary>
    public int Start, End;

    /// <summary>Where its normalised letters stand in the buffer.</summary>
    public int Letters, Length;

    public int Sentence;
    public TermRole Role;

    /// <summary>Whether a comma, dash, colon or bracket stands before it.</summary>
    public bool AfterMark;
    public bool Quoted;
}

/// <summary>Cuts a text into normalised words: what is written to look like a letter is that letter.</summary>
/// <remarks>
/// <para>Lower case; letters without their marks, full-width and look-alike Cyrillic and Greek letters as Latin ones; zero-width
/// characters and apostrophes left out; digits and signs inside a word as the letters they stand for (`h4te`, `$lut`), an
/// asterisk as itself; three and more of a letter as one, or as two where that is a word of the list; three and more single letters with one sign between each as one
/// word (`h a t e`). Numbers, names after `@` and links are left out. A name of a group takes the words after it that only go on
/// naming it (`deaf people`).</para>
/// <para>Quotation marks that open and close in the same text mark what is between them. Owned by one worker.</para>
/// </remarks>
internal sealed class ToxicityWords(ToxicityTerms terms)
{
    internal const int MaxLetters = 24;

    private const ulong Basis = 0xCBF29CE484222325, Prime = 0xD6E8FEB86659FD93;
    private const char Skipped = '\u0001', Joint = '\u0002';

    private static readonly char[] s_units = Units();

    private readonly char[] _word = new char[MaxLetters];
    private char[] _letters = new char[2048];
    private ToxicityWord[] _words = new ToxicityWord[128];
    private int _letterCount, _count, _singles, _sentence, _quoteAt;
    private char _closing;
    private bool _afterMark;

    public ReadOnlySpan<ToxicityWord> Words => _words.AsSpan(0, _count);

    public ReadOnlySpan<char> LettersOf(in ToxicityWord word) => _letters.AsSpan(word.Letters, word.Length);

    public static ulong HashOf(ReadOnlySpan<char> letters)
    {
        var hash = Basis;
        foreach (var c in letters)
            hash = (hash ^ c) * Prime;
        return hash ^ (hash >> 32);
    }

    public void Clear() => (_count, _letterCount, _singles, _sentence, _quoteAt, _afterMark) = (0, 0, 0, 0, -1, false);

    /// <summary>Reads from <paramref name="at"/> until there are <paramref name="enough"/> words, and returns where it stopped.</summary>
    public int Read(ReadOnlySpan<char> text, int at, int enough)
    {
        while (at < text.Length && _count < enough)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }
            var unit = s_units[text[at]];
            at = unit is '\0' or Skipped or Joint && !StartsWord(text, at) ? Between(text, at) : Word(text, at);
        }
        if (at >= text.Length)
            JoinSingles();
        return at;
    }

    /// <summary>Leaves out the first words, which have been looked at.</summary>
    public void Forget(int count)
    {
        var letters = count < _count ? _words[count].Letters : _letterCount;
        _words.AsSpan(count, _count - count).CopyTo(_words);
        _letters.AsSpan(letters, _letterCount - letters).CopyTo(_letters);
        (_count, _letterCount, _quoteAt, _singles) = (_count - count, _letterCount - letters, _quoteAt - count, 0);
        foreach (ref var word in _words.AsSpan(0, _count))
            word.Letters -= letters;
        if (_quoteAt < 0)
            _quoteAt = -1;
    }

    private static bool StartsWord(ReadOnlySpan<char> text, int at) => text[at] == '$' && IsLetter(text, at + 1);

    private static bool IsLetter(ReadOnlySpan<char> text, int at) => at >= 0 && at < text.Length && s_units[text[at]] is > Joint and not (>= '0' and <= '9');

    // Everything that is no word: the ends of sentences, quotation marks, and names to be skipped.
    private int Between(ReadOnlySpan<char> text, int at)
    {
        var c = text[at++];
        switch (c)
        {
            case '.' or '!' or '?' or '…' when at == text.Length || char.IsWhiteSpace(text[at]) || text[at] is '"' or '”' or '\'' or '’' or ')':
            case '\n':
                _sentence++;
                break;
            case '@' when IsLetter(text, at):
                while (at < text.Length && (text[at] == '_' || s_units[text[at]] > Joint))
                    at++;
                break;
            case ',' or ';' or ':' or '(' or ')' or '—' or '–' or '-':
                _afterMark = true;
                break;
            case '"' or '“' or '”' or '„' or '«' or '»' or '‘' or '’' or '\'':
                Quote(c, opens: at < 2 || !IsLetter(text, at - 2), IsLetter(text, at));
                break;
        }
        return at;
    }

    private void Quote(char c, bool opens, bool beforeLetter)
    {
        if (_quoteAt >= 0 && c == _closing && (!beforeLetter || c is '"'))
        {
            foreach (ref var word in _words.AsSpan(Math.Min(_quoteAt, _count)..Math.Max(_quoteAt, _count)))
                word.Quoted = true;
            _quoteAt = -1;
            return;
        }
        if (_quoteAt >= 0 || !(opens || c is '“' or '„' or '«'))
            return;
        (_quoteAt, _closing) = (_count, c switch { '“' => '”', '„' => '“', '«' => '»', '‘' => '’', _ => c });
    }

    private int Word(ReadOnlySpan<char> text, int start) => TryPlainWord(text, start) is var end and > 0 ? end : AnyWord(text, start);

    // Most words are a few letters of ASCII that nothing follows but a space or a mark; 0 when it is not sure that this is one.
    private int TryPlainWord(ReadOnlySpan<char> text, int start)
    {
        var (at, length, hash) = (start, 0, Basis);
        for (; at < text.Length; at++)
        {
            var letter = (char)(text[at] | 0x20);
            if (letter is < 'a' or > 'z')
                break;
            if (length == MaxLetters || length >= 2 && _word[length - 1] == letter && _word[length - 2] == letter)
                return 0;
            _word[length++] = letter;
            hash = (hash ^ letter) * Prime;
        }
        if (length == 0 || at < text.Length && (s_units[text[at]] != '\0' || text[at] is '\'' or '’' or ':'))
            return 0;
        Add(text, start, at, length, hash ^ (hash >> 32));
        return at;
    }

    private int AnyWord(ReadOnlySpan<char> text, int start)
    {
        var (at, length, repeats, letters, signs, stretched) = (start, 0, 1, 0, false, -1);
        for (; at < text.Length; at++)
        {
            var unit = s_units[text[at]];
            if (unit == Skipped || (text[at] is '\'' or '’' && length > 0 && IsLetter(text, at + 1)))
                continue;
            if (unit == Joint && !(length > 0 || text[at] == '$'))
                break;
            if (unit == Joint)
            {
                if (!IsLetter(text, at + 1) && !(text[at] == '*' && at + 1 < text.Length && text[at + 1] == '*') && !(text[at] == '*' && text[at - 1] == '*'))
                    break;
                (unit, signs) = (text[at], true);
            }
            else if (unit == '\0')
                break;
            else if (unit is >= '0' and <= '9')
                signs = true;
            else
                letters++;
            if (length >= MaxLetters)
                continue;
            _word[length++] = unit;
            repeats = length > 1 && _word[length - 2] == unit ? repeats + 1 : 1;
            if (repeats == 3)
                (length, repeats, stretched) = (length - 2, 3, length - 3);
            else if (repeats > 3)
                (length, repeats) = (length - 1, 3);
        }
        if (at == start)
            return at + 1;
        if (text[start..at] is "http" or "https" && text[at..].StartsWith("://"))
        {
            while (at < text.Length && !char.IsWhiteSpace(text[at]))
                at++;
            return at;
        }
        if (letters == 0)
            return at;
        if (signs)
            foreach (ref var c in _word.AsSpan(0, length))
                c = c switch { '0' => 'o', '1' or '!' or '|' => 'i', '3' => 'e', '4' or '@' => 'a', '5' or '$' => 's', '7' or '+' => 't', _ => c };
        if (stretched >= 0)
            length = Doubled(stretched, length);
        Add(text, start, at, length, HashOf(_word.AsSpan(0, length)));
        return at;
    }

    // "killlled" is "killed": the letter is a double one where that makes a word that plays a part.
    private int Doubled(int at, int length)
    {
        if (length == MaxLetters || at >= length || terms.RoleOf(HashOf(_word.AsSpan(0, length))) != TermRole.None)
            return length;
        _word.AsSpan(at, length - at).CopyTo(_word.AsSpan(at + 1));
        if (terms.RoleOf(HashOf(_word.AsSpan(0, length + 1))) != TermRole.None)
            return length + 1;
        _word.AsSpan(at + 1, length - at).CopyTo(_word.AsSpan(at));
        return length;
    }

    private void Add(ReadOnlySpan<char> text, int start, int end, int length, ulong hash)
    {
        // A run of single letters goes on only over one sign or space.
        if (length == 1 && (_singles == 0 || start == _words[_count - 1].End + 1))
            _singles++;
        else
        {
            JoinSingles();
            _singles = length == 1 ? 1 : 0;
        }
        Push(start, end, _word.AsSpan(0, length), hash);
        if (_singles == 2 && text[_words[_count - 2].Start] == 'I' && char.IsLower(text[start]))
            _singles = 1; // "I h a t e" is two words.
    }

    private void JoinSingles()
    {
        var run = _singles;
        _singles = 0;
        if (run < 3)
            return;
        var first = _words[_count - run];
        Span<char> joined = stackalloc char[MaxLetters];
        var length = Math.Min(run, MaxLetters);
        for (var i = 0; i < length; i++)
            joined[i] = _letters[_words[_count - run + i].Letters];
        var end = _words[_count - 1].End;
        (_count, _letterCount, _sentence, _afterMark) = (_count - run, first.Letters, first.Sentence, first.AfterMark);
        Push(first.Start, end, joined[..length], HashOf(joined[..length]));
    }

    private void Push(int start, int end, ReadOnlySpan<char> letters, ulong hash)
    {
        var role = terms.RoleOf(hash);
        if (role is TermRole.Identity or TermRole.Person && _count > 0 && !_afterMark)
        {
            ref var before = ref _words[_count - 1];
            if (before.Role == TermRole.Identity && before.Sentence == _sentence && _quoteAt != _count)
            {
                before.End = end;
                return;
            }
        }
        if (_count == _words.Length)
            Array.Resize(ref _words, _count * 2);
        if (_letterCount + letters.Length > _letters.Length)
            Array.Resize(ref _letters, _letters.Length * 2);
        letters.CopyTo(_letters.AsSpan(_letterCount));
        _words[_count++] = new ToxicityWord
        {
            Hash = role == TermRole.Identity ? (ulong)role : hash,
            Start = start,
            End = end,
            Letters = _letterCount,
            Length = letters.Length,
            Sentence = _sentence,
            Role = role,
            AfterMark = _afterMark,
        };
        _letterCount += letters.Length;
        _afterMark = false;
    }

    private static char[] Units()
    {
        var units = new char[char.MaxValue + 1];
        for (var c = 0; c <= char.MaxValue; c++)
            units[c] = UnitOf((char)c);
        const string like = "аaеeоoрpсcуyхxіiјjѕsкkмmтtнhвbгrαaεeοoρpυuνvκkτtιiηnωwσsдdиnлlбbпnзe";
        for (var i = 0; i < like.Length; i += 2)
        {
            units[like[i]] = like[i + 1];
            units[char.ToUpperInvariant(like[i])] = like[i + 1];
        }
        foreach (var c in "@$!|+*")
            units[c] = Joint;
        return units;
    }

    private static char UnitOf(char c)
    {
        if (c is '\u00AD' or '\u180E' or (>= '\u200B' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u2060' and <= '\u2064') or '\uFEFF' or (>= '\uFE00' and <= '\uFE0F'))
            return Skipped;
        switch (char.GetUnicodeCategory(c))
        {
            case UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark:
                return Skipped;
            case UnicodeCategory.DecimalDigitNumber:
                return (char)('0' + (int)char.GetNumericValue(c));
            case UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter:
                var plain = c < 0x80 || c is >= '\u3400' and < '\uF900' ? c : c.ToString().Normalize(NormalizationForm.FormKD)[0];
                return char.ToLowerInvariant(plain);
            default:
                return '\0';
        }
    }
}
