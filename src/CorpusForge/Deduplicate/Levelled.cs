using System.Buffers;
using System.Globalization;
using System.Text;

namespace CorpusForge.Deduplicate;

/// <summary>What becomes of every character before shingles are made: the table of <see cref="Shingler"/>.</summary>
internal static class Levelled
{
    public const ushort Space = 0;
    public const ushort Dropped = 1;
    public const ushort Digit = 2;
    public const ushort Decomposed = 3;
    public const ushort Surrogate = 4;

    private static readonly string?[] s_decompositions = new string?[65536];

    /// <summary>For every UTF-16 unit one of the constants above, or the one character that it becomes.</summary>
    public static ushort[] Map { get; } = [.. Enumerable.Range(0, 65536).Select(c => MapOf((char)c))];

    /// <summary>The characters that a <see cref="Decomposed"/> one becomes, two or more.</summary>
    public static string Decomposition(char c) => s_decompositions[c]!;

    /// <summary>Whether it is a character that goes into a word as it is: the common case.</summary>
    public static bool IsPlain(uint c) => c - (Surrogate + 1) < 0x0E00 - (Surrogate + 1);

    /// <summary>Whether a character is a word by itself, being of a script that is written without spaces.</summary>
    public static bool IsWord(uint c) => c >= 0x0E00
        && (c <= 0x0EFF || c is (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) or (>= 0x3005 and <= 0x3007)
            or (>= 0x3040 and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF)
            or (>= 0xF900 and <= 0xFAFF) or (>= 0xFF66 and <= 0xFF9F) or (>= 0x1B000 and <= 0x1B16F) or (>= 0x20000 and <= 0x3FFFF));

    /// <summary>What becomes of the character outside the basic plane that starts here, and how many units it takes.</summary>
    public static (uint Character, int Width) Pair(ReadOnlySpan<char> text, int i)
    {
        if (Rune.DecodeFromUtf16(text[i..], out var rune, out var width) != OperationStatus.Done)
            return (Space, 1);
        rune = Rune.ToLowerInvariant(rune);
        return (ClassOf(Rune.GetUnicodeCategory(rune)) ?? (uint)rune.Value, width);
    }

    /// <summary>How long the number is that starts here: digits, and one decimal part.</summary>
    public static int NumberWidth(ReadOnlySpan<char> text, int start)
    {
        var end = Digits(text, start);
        if (end < text.Length && text[end] is '.' or ',' or '،' or '٫' or '⎖' or '⎗' or '⎘')
        {
            var decimals = Digits(text, end + 1);
            if (decimals > end + 1)
                end = decimals;
        }
        return end - start;
    }

    private static int Digits(ReadOnlySpan<char> text, int i)
    {
        while (i < text.Length)
        {
            var (c, width) = Map[text[i]] is Surrogate ? Pair(text, i) : (Map[text[i]], 1);
            if (c != Digit)
                break;
            i += width;
        }
        return i;
    }

    private static ushort? ClassOf(UnicodeCategory category) => category switch
    {
        UnicodeCategory.Surrogate => Surrogate,
        UnicodeCategory.DecimalDigitNumber => Digit,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.Format => Dropped,
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.OtherNotAssigned => null,
        _ => Space,
    };

    private static ushort MapOf(char c)
    {
        if (ClassOf(char.GetUnicodeCategory(c)) is { } known)
            return known;
        // U+FFFE and U+FFFF are no characters, and normalisation refuses them.
        if (c >= 0xFFFE)
            return Space;
        var lower = char.ToLowerInvariant(c);
        var parts = string.Concat(lower.ToString().Normalize(NormalizationForm.FormD)
            .Where(p => char.GetUnicodeCategory(p) != UnicodeCategory.NonSpacingMark));
        if (parts.Length == 1)
            return parts[0];
        s_decompositions[c] = parts;
        return parts.Length == 0 ? Dropped : Decomposed;
    }
}
