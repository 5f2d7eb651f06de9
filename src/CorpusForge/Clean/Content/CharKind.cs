namespace CorpusForge.Clean.Content;

/// <summary>What a character is to the measures of a block.</summary>
internal enum CharKind : byte
{
    Space,
    Lower,
    Upper,
    Digit,

    /// <summary>A letter of a script that has no spaces between words.</summary>
    Wide,
    Stop,
    Price,
    Other,
}

/// <summary>Tells the kind of a character.</summary>
internal static class CharKinds
{
    private static readonly CharKind[] s_ascii = [.. Enumerable.Range(0, 128).Select(c => Find((char)c))];

    public static CharKind Of(char c) => c < s_ascii.Length ? s_ascii[c] : Find(c);

    private static CharKind Find(char c) => c switch
    {
        <= ' ' or '\u00A0' => CharKind.Space,
        >= '\u2E80' and < '\uAC00' or >= '\u0E00' and < '\u0F00' when char.IsLetterOrDigit(c) => CharKind.Wide,
        '.' or '!' or '?' or '。' or '！' or '？' or '؟' or '।' or '…' => CharKind.Stop,
        '$' or '€' or '£' or '¥' or '₹' or '₽' => CharKind.Price,
        _ when char.IsUpper(c) => CharKind.Upper,
        _ when char.IsDigit(c) => CharKind.Digit,
        _ when char.IsLetterOrDigit(c) => CharKind.Lower,
        _ => CharKind.Other,
    };
}
