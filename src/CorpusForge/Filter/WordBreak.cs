using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace CorpusForge.Filter;

/// <summary>Cuts text into tokens: words and numbers after Unicode's word boundaries, and symbols.</summary>
/// <remarks>
/// <para>UAX #29 by hand: letters, digits, marks and connectors (`_`) run together; an apostrophe or full stop joins two
/// letters or two digits. A comma, semicolon, colon, slash or hyphen joins two digits, so that numbers, dates and times stay
/// whole (a tailoring of UAX #29), and separates letters.</para>
/// <para>Han, Kana, Thai, Lao, Burmese and Khmer are written without spaces and need a dictionary to find words; as a plain
/// stand-in each of their characters (with its marks) is a word, so counts of words and their lengths are those of characters.
/// With <see cref="IcuWords"/> their words are those of its dictionaries.</para>
/// <para>A run of one and the same symbol (`...`, `----`) is one token. Whitespace and controls are no tokens.</para>
/// </remarks>
internal static class WordBreak
{
    private enum Class : byte
    {
        Space,
        Letter,
        Digit,
        Connector,
        Extend,
        Alone,
        JoinsLettersAndDigits,
        JoinsDigits,
        Symbol,
        Surrogate,
    }

    /// <summary>How many characters are looked at at once.</summary>
    private const int Block = 32;

    private static readonly Class[] s_classes = BuildClasses();

    /// <param name="text">Any text.</param>
    /// <param name="tokens">They are added to it.</param>
    /// <param name="dictionary">Cuts what is written without spaces; null leaves it in characters.</param>
    /// <param name="ends">Scratch of the dictionary.</param>
    /// <param name="blocks">False takes character by character, which is the definition.</param>
    public static void Cut(ReadOnlySpan<char> text, List<Token> tokens, IcuWords? dictionary = null, List<int>? ends = null, bool blocks = true)
    {
        var at = 0;
        while (at < text.Length)
        {
            if (blocks && char.IsAsciiLetter(text[at]))
                at = Plain(text, at, tokens);
            switch (ClassAt(text, at))
            {
                case Class.Space:
                    at++;
                    break;
                case Class.Letter or Class.Digit or Class.Connector:
                    at = Word(text, at, tokens);
                    break;
                case Class.Alone when dictionary is not null:
                    at = Run(text, at, tokens, dictionary, ends!);
                    break;
                case Class.Alone:
                    at = Single(text, at, word: true, tokens);
                    break;
                default:
                    at = Single(text, at, word: false, tokens);
                    break;
            }
        }
    }

    /// <summary>Takes the words of ASCII letters from here on, and the spaces and single symbols between them.</summary>
    /// <remarks>Where more than the next character decides, it leaves the token to the caller: at once, it may be. It never reaches the end of the text.</remarks>
    private static int Plain(ReadOnlySpan<char> text, int at, List<Token> tokens)
    {
        const int last = Block - 1;
        // A token is hashed from eight characters at a time, also the last one of a block.
        while (at <= text.Length - Block - 8)
        {
            ref var start = ref Unsafe.As<char, ushort>(ref Unsafe.AsRef(in text[at]));
            var block = Vector512.LoadUnsafe(ref start);
            var letters = Mask(InRange(block | Vector512.Create((ushort)0x20), 'a', 'z'));
            var spaces = Mask(Vector512.LessThanOrEqual(block, Vector512.Create((ushort)' ')));
            var others = Mask(InRange(block, '0', '9') | Vector512.Equals(block, Vector512.Create((ushort)'_')) | Vector512.GreaterThan(block, Vector512.Create((ushort)'~')));
            var symbols = ~(letters | spaces | others);
            var joining = Mask(Vector512.Equals(block, Vector512.Create((ushort)'\'')) | Vector512.Equals(block, Vector512.Create((ushort)'.')));
            var repeated = Mask(Vector512.Equals(block, Vector512.LoadUnsafe(ref start, 1)));
            // A symbol takes its repetitions and marks, or joins letters; what follows the last one of the block is not known.
            var stops = others | (symbols & (repeated | (others >> 1) | (1u << last))) | (joining & (letters >> 1));
            var limit = Math.Min(BitOperations.TrailingZeroCount(stops), last);

            var count = tokens.Count;
            CollectionsMarshal.SetCount(tokens, count + Block);
            var found = CollectionsMarshal.AsSpan(tokens)[count..];
            var filled = 0;
            var done = limit;
            for (var left = ~spaces; left != 0;)
            {
                var first = BitOperations.TrailingZeroCount(left);
                if (first >= limit)
                    break;
                var length = BitOperations.TrailingZeroCount(~((ulong)letters >> first));
                var word = length > 0;
                var end = first + Math.Max(length, 1);
                if (end > limit || (end == limit && ((stops >> limit) & 1) != 0 && word))
                {
                    done = first;
                    break;
                }
                found[filled++] = new Token(at + first, end - first, word, word, Token.HashOfAscii(ref Unsafe.Add(ref start, first), end - first));
                left &= uint.MaxValue << end;
            }
            CollectionsMarshal.SetCount(tokens, count + filled);
            at += done;
            if (limit < last || done == 0)
                break;
        }
        return at;

        static uint Mask(Vector512<ushort> set) => (uint)set.ExtractMostSignificantBits();

        static Vector512<ushort> InRange(Vector512<ushort> block, char least, char most) =>
            Vector512.LessThanOrEqual(block - Vector512.Create((ushort)least), Vector512.Create((ushort)(most - least)));
    }

    private static int Word(ReadOnlySpan<char> text, int start, List<Token> tokens)
    {
        var classes = s_classes;
        var (letters, digits) = (false, false);
        var last = Class.Space;
        var at = start;
        while (at < text.Length)
        {
            var found = classes[text[at]];
            if (found == Class.Letter)
            {
                (letters, last) = (true, Class.Letter);
                at++;
                continue;
            }
            if (found == Class.Surrogate)
                found = ClassAt(text, at);
            if (found is Class.JoinsLettersAndDigits or Class.JoinsDigits)
            {
                var next = at + 1 < text.Length ? ClassAt(text, at + 1) : Class.Space;
                var joins = next == last && (next == Class.Digit || (next == Class.Letter && found == Class.JoinsLettersAndDigits));
                if (!joins)
                    break;
            }
            else if (found is Class.Space or > Class.Extend)
            {
                break;
            }
            else if (found != Class.Extend)
            {
                letters |= found == Class.Letter;
                digits |= found == Class.Digit;
                last = found;
            }
            at += char.IsHighSurrogate(text[at]) ? 2 : 1;
        }
        tokens.Add(new Token(start, at - start, letters || digits, letters, Token.HashOf(text[start..at])));
        return at;
    }

    /// <summary>A character with its marks; a symbol also takes its repetitions.</summary>
    private static int Single(ReadOnlySpan<char> text, int start, bool word, List<Token> tokens)
    {
        var first = text[start];
        var at = start + (char.IsHighSurrogate(first) && start + 1 < text.Length && char.IsLowSurrogate(text[start + 1]) ? 2 : 1);
        while (at < text.Length && (s_classes[text[at]] == Class.Extend || (!word && text[at] == first && !char.IsSurrogate(first))))
            at++;
        tokens.Add(new Token(start, at - start, word, word, Token.HashOf(text[start..at])));
        return at;
    }

    private static int Run(ReadOnlySpan<char> text, int start, List<Token> tokens, IcuWords dictionary, List<int> ends)
    {
        var at = start;
        while (at < text.Length && ClassAt(text, at) is Class.Alone or Class.Extend)
            at += char.IsHighSurrogate(text[at]) ? 2 : 1;
        dictionary.Cut(text[start..at], ends);
        var from = start;
        foreach (var end in ends)
        {
            var word = text[from..(start + end)];
            tokens.Add(new Token(from, word.Length, true, true, Token.HashOf(word)));
            from += word.Length;
        }
        return at;
    }

    private static Class ClassAt(ReadOnlySpan<char> text, int at)
    {
        var found = s_classes[text[at]];
        if (found != Class.Surrogate)
            return found;
        return Rune.DecodeFromUtf16(text[at..], out var rune, out _) == System.Buffers.OperationStatus.Done
            ? ClassOf(rune.Value, Rune.GetUnicodeCategory(rune))
            : Class.Symbol;
    }

    private static Class[] BuildClasses()
    {
        var classes = new Class[char.MaxValue + 1];
        for (var c = 0; c < classes.Length; c++)
            classes[c] = ClassOf(c, CharUnicodeInfo.GetUnicodeCategory((char)c));
        return classes;
    }

    private static Class ClassOf(int c, UnicodeCategory category) => category switch
    {
        UnicodeCategory.Surrogate => Class.Surrogate,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => Class.Extend,
        UnicodeCategory.Format => c is 0x200B or 0xFEFF ? Class.Space : Class.Extend,
        UnicodeCategory.Control or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator => Class.Space,
        <= UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber => IsWrittenWithoutSpaces(c) ? Class.Alone : Class.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.OtherNumber => Class.Digit,
        UnicodeCategory.ConnectorPunctuation => Class.Connector,
        _ => c switch
        {
            '\'' or '.' or '’' or '‘' or '․' or '﹒' or '＇' or '．' => Class.JoinsLettersAndDigits,
            ',' or ';' or '٬' or '،' or '，' or '；' or ':' or '/' or '-' => Class.JoinsDigits,
            _ => Class.Symbol,
        },
    };

    private static bool IsWrittenWithoutSpaces(int c) => c
        is (>= 0x0E00 and <= 0x0EFF) // Thai, Lao
        or (>= 0x1000 and <= 0x109F) or (>= 0xAA60 and <= 0xAA7F) // Burmese
        or (>= 0x1780 and <= 0x17FF) // Khmer
        or (>= 0x3005 and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) or (>= 0xFF66 and <= 0xFF9D) // Kana
        or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) // Han
        or (>= 0x20000 and <= 0x3FFFF);
}
