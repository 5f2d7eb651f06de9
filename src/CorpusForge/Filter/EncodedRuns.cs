using System.Buffers;
using System.Text.RegularExpressions;

namespace CorpusForge.Filter;

/// <summary>Finds data that is written out in source text: base64, lists of hexadecimal bytes, and `\u` escapes.</summary>
/// <remarks>After the three expressions of StarCoder2, Lozhkov et al. 2024, arXiv:2402.19173; here bytes may also be divided by a comma and white space. Lengths in characters.</remarks>
internal static partial class EncodedRuns
{
    private const int MinBase64 = 64;

    private static readonly SearchValues<char> s_base64 =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n");

    /// <summary>The longest run, and the characters of all runs (of one kind: the kind that has most).</summary>
    public static (int Longest, int Total) Measure(ReadOnlySpan<char> text)
    {
        var (longest, total) = Base64(text);
        Add(HexadecimalBytes().EnumerateMatches(text), ref longest, ref total);
        Add(Escapes().EnumerateMatches(text), ref longest, ref total);
        return (longest, total);
    }

    // As the expression [a-zA-Z0-9+/\n=]{64,}, which as an expression starts anew at every character of every word.
    private static (int Longest, int Total) Base64(ReadOnlySpan<char> text)
    {
        var (longest, total) = (0, 0);
        while (text.IndexOfAny(s_base64) is var start and >= 0)
        {
            text = text[start..];
            var end = text.IndexOfAnyExcept(s_base64);
            var length = end < 0 ? text.Length : end;
            if (length >= MinBase64)
                (longest, total) = (Math.Max(longest, length), total + length);
            text = text[length..];
        }
        return (longest, total);
    }

    private static void Add(Regex.ValueMatchEnumerator matches, ref int longest, ref int total)
    {
        var sum = 0;
        foreach (var match in matches)
        {
            longest = Math.Max(longest, match.Length);
            sum += match.Length;
        }
        total = Math.Max(total, sum);
    }

    [GeneratedRegex(@"(?:\b(?:0x|\\x)?[0-9a-fA-F]{2}(?>,\s*|\b\s*)){8,}", RegexOptions.CultureInvariant)]
    private static partial Regex HexadecimalBytes();

    [GeneratedRegex(@"(?:\\u[0-9a-fA-F]{4}){8,}", RegexOptions.CultureInvariant)]
    private static partial Regex Escapes();
}
