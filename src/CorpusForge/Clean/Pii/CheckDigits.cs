namespace CorpusForge.Clean.Pii;

/// <summary>The check digits of account, card and identity numbers, over digits without separators.</summary>
internal static class CheckDigits
{
    public static int Digit(char c) => c - '0';

    /// <summary>Value of an alphanumeric character where A is 10.</summary>
    public static int Value(char c) => char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;

    /// <summary>ISO/IEC 7812-1, annex B.</summary>
    public static bool Luhn(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var d = Digit(digits[^(i + 1)]) << (i & 1);
            sum += d > 9 ? d - 9 : d;
        }
        return sum % 10 == 0;
    }

    public static int Sum(ReadOnlySpan<char> digits, ReadOnlySpan<int> weights)
    {
        var sum = 0;
        for (var i = 0; i < weights.Length; i++)
            sum += Digit(digits[i]) * weights[i];
        return sum;
    }

    /// <summary>The number modulo a small one; letters count as two digits, as ISO 13616 has it.</summary>
    public static int Modulo(ReadOnlySpan<char> number, int modulus, int carried = 0)
    {
        foreach (var c in number)
            carried = ((carried * (char.IsAsciiDigit(c) ? 10 : 100)) + Value(c)) % modulus;
        return carried;
    }

    /// <summary>ISO 7064 MOD 11,10.</summary>
    public static bool Mod1110(ReadOnlySpan<char> digits)
    {
        var product = 10;
        foreach (var c in digits[..^1])
        {
            var sum = (Digit(c) + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }
        return (11 - product) % 10 == Digit(digits[^1]);
    }

    /// <summary>Verhoeff 1969, by the dihedral group of order ten.</summary>
    public static bool Verhoeff(ReadOnlySpan<char> digits)
    {
        ReadOnlySpan<byte> permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
        var check = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var d = Digit(digits[^(i + 1)]);
            for (var times = i % 8; times > 0; times--)
                d = permutation[d];
            check = Multiply(check, d);
        }
        return check == 0;
    }

    private static int Multiply(int a, int b) => (a < 5, b < 5) switch
    {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + ((a + b - 5) % 5),
        (false, true) => 5 + ((a - 5 - b + 5) % 5),
        _ => (a - b + 5) % 5,
    };

    /// <summary>Whether two digits each are a day and a month that exist in some year.</summary>
    public static bool IsDate(ReadOnlySpan<char> month, ReadOnlySpan<char> day, int monthOffset = 0, int dayOffset = 0)
    {
        var m = Modulo(month, 100) - monthOffset;
        var d = Modulo(day, 100) - dayOffset;
        return m is >= 1 and <= 12 && d >= 1 && d <= (m is 2 ? 29 : m is 4 or 6 or 9 or 11 ? 30 : 31);
    }

    public static bool IsSame(ReadOnlySpan<char> digits) => !digits.ContainsAnyExcept(digits[0]);
}
