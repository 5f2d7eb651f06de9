using System.Buffers;
using System.Globalization;
using System.Text;

namespace CorpusForge.Clean.Pii;

/// <summary>Fakes of the same form as what they stand for, from ranges that are kept free, or with check digits that cannot be.</summary>
/// <remarks>
/// `example.com` (RFC 2606), addresses for documentation (RFC 5737, RFC 3849), the 555-01xx of North America, Ofcom's and Arcep's numbers for drama. Elsewhere
/// a telephone number gets three zeros, a card a first digit 0, an IBAN the check digits 00, and an identity number wrong ones.
/// </remarks>
internal static class Fakes
{
    // A fake of one type must not read as a datum of another.
    private static readonly PiiScope s_all = new(Enum.GetValues<PiiType>(), false, DialingRegions.Of(""));

    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdef");

    private const string Lower = "abcdefghijklmnopqrstuvwxyz";

    /// <summary>The fake, or null where the datum is one already.</summary>
    public static string? Of(PiiType type, ReadOnlySpan<char> value, ReadOnlySpan<byte> key)
    {
        var stream = new KeyedStream(key, Canonical(type, value));
        switch (type)
        {
            case PiiType.Email:
                return IsFakeEmail(value) ? null : $"user-{Hex(stream, 8)}@example.com";
            case PiiType.IpAddress:
                return IpAddresses.IsDocumentation(value) ? null : IpAddresses.Fake(value, stream);
            case PiiType.Phone:
                return Phone(value, stream);
            case PiiType.Card:
                return Card(value, stream);
            case PiiType.Iban:
                var iban = Shuffled(value, 4, stream).ToCharArray();
                (iban[2], iban[3]) = ('0', '0');
                return new string(iban);
            case PiiType.NationalId:
                return NationalId(value, stream);
            case PiiType.Wallet:
                return value.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? $"0x00000000{Hex(stream, 32)}" : Shuffled(value, 4, stream);
            case PiiType.PostalAddress:
                return string.Create(CultureInfo.InvariantCulture, $"{stream.Next(200) + 1} Example Street");
            case PiiType.Key when value.Contains("EXAMPLE", StringComparison.Ordinal):
                return null;
            default:
                return value.Length < 16 ? $"EXAMPLE{Hex(stream, 8)}" : $"{Shuffled(value[..^7], 4, stream)}EXAMPLE";
        }
    }

    // The same value in other writing gets the same fake.
    private static string Canonical(PiiType type, ReadOnlySpan<char> value)
    {
        if (type is PiiType.Key or PiiType.Wallet)
            return value.ToString();
        var canonical = new StringBuilder(value.Length);
        foreach (var c in value)
            if (type is PiiType.Email or PiiType.IpAddress or PiiType.PostalAddress || char.IsAsciiLetterOrDigit(c))
                canonical.Append(char.ToLowerInvariant(c));
        return canonical.ToString();
    }

    private static bool IsFakeEmail(ReadOnlySpan<char> value) =>
        value.Length == 25 && value.StartsWith("user-", StringComparison.Ordinal) && value.EndsWith("@example.com", StringComparison.Ordinal) && !value[5..13].ContainsAnyExcept(s_hex);

    private static string Hex(KeyedStream stream, int length) =>
        string.Create(length, stream, (span, s) =>
        {
            foreach (ref var c in span)
                c = "0123456789abcdef"[s.Next(16)];
        });

    // Every digit, small letter and capital becomes another of its kind.
    private static string Shuffled(ReadOnlySpan<char> value, int kept, KeyedStream stream)
    {
        var fake = value.ToArray();
        for (var i = Math.Min(kept, fake.Length); i < fake.Length; i++)
            fake[i] = char.IsAsciiDigit(fake[i]) ? (char)('0' + stream.Next(10))
                : char.IsAsciiLetterLower(fake[i]) ? Lower[stream.Next(26)]
                : char.IsAsciiLetterUpper(fake[i]) ? char.ToUpperInvariant(Lower[stream.Next(26)])
                : fake[i];
        return new string(fake);
    }

    private static string Card(ReadOnlySpan<char> value, KeyedStream stream)
    {
        var digits = Digits(value);
        for (var i = 0; i < digits.Length; i++)
            digits[i] = i == 0 ? '0' : (char)('0' + stream.Next(10));
        while (!CheckDigits.Luhn(digits))
            digits[^1] = (char)('0' + ((digits[^1] - '0' + 1) % 10));
        return InForm(value, digits);
    }

    private static string NationalId(ReadOnlySpan<char> value, KeyedStream stream)
    {
        for (var tries = 0; tries < 64; tries++)
        {
            var fake = Shuffled(value, 0, stream);
            if (!NationalIds.IsAny(fake) && PiiScanner.Scan(fake, s_all) is null)
                return fake;
        }
        return Zeros(value);
    }

    private static string Zeros(ReadOnlySpan<char> value)
    {
        var zeros = value.ToArray();
        for (var i = 0; i < zeros.Length; i++)
            zeros[i] = char.IsAsciiDigit(zeros[i]) ? '0' : zeros[i];
        return new string(zeros);
    }

    private static string? Phone(ReadOnlySpan<char> value, KeyedStream stream)
    {
        var digits = Digits(value);
        if (digits.AsSpan().StartsWith("000"))
            return null;
        var prefix = value.Contains('+') ? digits.AsSpan() : value.StartsWith("00", StringComparison.Ordinal) ? digits.AsSpan(2) : default;
        var skipped = prefix.IsEmpty ? 0 : digits.Length - prefix.Length;
        var (free, varied) = prefix switch
        {
            ['1', ..] when prefix.Length == 11 => (string.Concat(prefix[..4], "55501"), 2),
            ['4', '4', '7', ..] => ("447700900", 3),
            ['3', '3', ..] => ("3363998", 4),
            [] when digits.Length == 10 && digits[0] >= '2' => (string.Concat(digits.AsSpan(0, 3), "55501"), 2),
            [] when digits.Length == 11 && digits[0] == '1' => (string.Concat(digits.AsSpan(0, 4), "55501"), 2),
            [] when digits.Length == 11 && digits.AsSpan().StartsWith("07") => ("07700900", 3),
            [] => ("000", digits.Length - 3),
            _ => (string.Concat(prefix[..CountryLength(prefix)], "000"), prefix.Length - CountryLength(prefix) - 3),
        };
        if (digits.AsSpan(skipped).StartsWith(free))
            return null;
        for (var i = 0; skipped + i < digits.Length; i++)
            digits[skipped + i] = i < free.Length ? free[i] : i < free.Length + varied ? (char)('0' + stream.Next(10)) : '0';
        return InForm(value, digits);
    }

    // ITU-T E.164.
    private static int CountryLength(ReadOnlySpan<char> digits) => (digits[0], digits[1]) switch
    {
        ('1' or '7', _) => 1,
        ('2', '0' or '7') or ('3', not ('5' or '7' or '8')) or ('4', not '2') or ('5', >= '1' and <= '8') or ('6', <= '6') or ('8', '1' or '2' or '4' or '6') or ('9', <= '5' or '8') => 2,
        _ => 3,
    };

    private static char[] Digits(ReadOnlySpan<char> value)
    {
        var digits = new List<char>(value.Length);
        foreach (var c in value)
            if (char.IsAsciiDigit(c))
                digits.Add(c);
        return [.. digits];
    }

    private static string InForm(ReadOnlySpan<char> value, ReadOnlySpan<char> digits)
    {
        var fake = value.ToArray();
        for (int i = 0, next = 0; i < fake.Length && next < digits.Length; i++)
            if (char.IsAsciiDigit(fake[i]))
                fake[i] = digits[next++];
        return new string(fake);
    }
}
