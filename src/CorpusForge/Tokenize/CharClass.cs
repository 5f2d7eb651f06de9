using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CorpusForge.Tokenize;

/// <summary>What the patterns of tiktoken tell apart, by code point of UTF-8; a byte that is part of none is a symbol by itself.</summary>
internal static class CharClass
{
    public const byte Letter = 1;
    public const byte Number = 2;
    public const byte White = 4;
    public const byte NewLine = 8;

    /// <summary>Lu, Lt, Lm, Lo, M.</summary>
    public const byte Upper = 16;

    /// <summary>Ll, Lm, Lo, M.</summary>
    public const byte Lower = 32;
    private const byte Surrogate = 64;

    private static readonly byte[] s_classes = [.. Enumerable.Range(0, 0x10000).Select(c => char.IsSurrogate((char)c) ? Surrogate : Of(c))];

    /// <summary>The class of the code point at <paramref name="at"/> and its length in bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int At(ReadOnlySpan<byte> text, int at, out int length)
    {
        int first = text[at];
        if (first >= 0x80)
            return Beyond(text[at..], out length);
        length = 1;
        return Table(first);
    }

    public static bool IsSymbol(int found) => (found & (Letter | Number | White)) == 0;

    /// <summary>The end of the run of code points from <paramref name="at"/> on that have one of <paramref name="classes"/>.</summary>
    public static int Run(ReadOnlySpan<byte> text, int at, int classes)
    {
        while (at < text.Length && (At(text, at, out var length) & classes) != 0)
            at += length;
        return at;
    }

    /// <summary>As <see cref="Run"/> of letters, ASCII sixteen at a time.</summary>
    public static int Letters(ReadOnlySpan<byte> text, int at) => Run(text, AsciiRun(text, at, 0x20), Letter);

    /// <summary>As <see cref="Run"/> of lower-case letters, ASCII sixteen at a time.</summary>
    public static int LowerCase(ReadOnlySpan<byte> text, int at) => Run(text, AsciiRun(text, at, 0), Lower);

    public static int SymbolRun(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && IsSymbol(At(text, at, out var length)))
            at += length;
        return at;
    }

    /// <summary>The length in bytes of the code point at the start of <paramref name="text"/>; 1 where there is none.</summary>
    public static int Length(ReadOnlySpan<byte> text)
    {
        if (text[0] < 0x80)
            return 1;
        Beyond(text, out var length);
        return length;
    }

    // The end of a run of a to z, and of A to Z where fold takes the bit that tells them apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int AsciiRun(ReadOnlySpan<byte> text, int at, byte fold)
    {
        while (at + Vector128<byte>.Count <= text.Length)
        {
            var bytes = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(text), (nuint)at);
            var others = Vector128.GreaterThan((bytes | Vector128.Create(fold)) - Vector128.Create((byte)'a'), Vector128.Create((byte)25)).ExtractMostSignificantBits();
            if (others != 0)
                return at + BitOperations.TrailingZeroCount(others);
            at += Vector128<byte>.Count;
        }
        return at;
    }

    private static int Beyond(ReadOnlySpan<byte> text, out int length)
    {
        int first = text[0];
        if (first < 0xE0)
        {
            if (first >= 0xC2 && text.Length > 1 && Goes(text[1]))
            {
                length = 2;
                return Table(((first & 0x1F) << 6) | (text[1] & 0x3F));
            }
        }
        else if (first < 0xF0)
        {
            if (text.Length > 2 && Goes(text[1]) && Goes(text[2]) && (((first & 0xF) << 12) | ((text[1] & 0x3F) << 6) | (text[2] & 0x3F)) is >= 0x800 and var found
                && Table(found) is var of && of != Surrogate)
            {
                length = 3;
                return of;
            }
        }
        else if (first < 0xF5 && text.Length > 3 && Goes(text[1]) && Goes(text[2]) && Goes(text[3])
            && (((first & 7) << 18) | ((text[1] & 0x3F) << 12) | ((text[2] & 0x3F) << 6) | (text[3] & 0x3F)) is >= 0x10000 and <= 0x10FFFF and var supplementary)
        {
            length = 4;
            return Of(supplementary);
        }
        length = 1;
        return 0;
    }

    private static bool Goes(byte b) => (b & 0xC0) == 0x80;

    private static int Table(int codePoint) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(s_classes), codePoint);

    private static byte Of(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Letter | Upper,
        UnicodeCategory.LowercaseLetter => Letter | Lower,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Letter | Upper | Lower,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => Upper | Lower,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
        _ when codePoint is '\r' or '\n' => White | NewLine,
        _ => codePoint < 0x10000 && char.IsWhiteSpace((char)codePoint) ? White : (byte)0,
    };
}
