using static CorpusForge.Clean.Pii.CheckDigits;

namespace CorpusForge.Clean.Pii;

/// <summary>How each country checks its numbers of people: what their digits and letters have to add up to, and the dates in them.</summary>
internal static class NationalChecks
{
    public static bool Weighted11(ReadOnlySpan<char> id, ReadOnlySpan<int> weights) => Sum(id, weights) is > 0 and var sum && sum % 11 == 0;

    public static bool Mod11To0(ReadOnlySpan<char> id, ReadOnlySpan<int> weights) =>
        (11 - (Sum(id, weights) % 11)) is var check && (check > 9 ? 0 : check) == Digit(id[weights.Length]) && !IsSame(id);

    // Never issued: area 000 and 666, group 00, serial 0000; 9xx only as ITIN with a group of 50 and more.
    public static bool Ssn(ReadOnlySpan<char> id) =>
        id[..3] is not ("000" or "666") && id[3..5] is not "00" && id[5..] is not "0000" && (id[0] != '9' || id[3] >= '5');

    public static bool Cpf(ReadOnlySpan<char> id) =>
        !IsSame(id) && (Sum(id, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10) == Digit(id[9])
        && (Sum(id, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10) == Digit(id[10]);

    // Since 2026 a letter counts as its code less that of zero.
    public static bool Cnpj(ReadOnlySpan<char> id)
    {
        ReadOnlySpan<int> weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
        var (first, second) = (0, 0);
        for (var i = 0; i < 12; i++)
        {
            if (!char.IsAsciiDigit(id[i]) && !char.IsAsciiLetterUpper(id[i]))
                return false;
            first += (id[i] - '0') * weights[i + 1];
            second += (id[i] - '0') * weights[i];
        }
        var check = first % 11 < 2 ? 0 : 11 - (first % 11);
        second += check * weights[12];
        return id[12] - '0' == check && id[13] - '0' == (second % 11 < 2 ? 0 : 11 - (second % 11)) && !IsSame(id[..12]);
    }

    public static bool Iin(ReadOnlySpan<char> id)
    {
        var check = Sum(id, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11;
        return (check == 10 ? Sum(id, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11 : check) == Digit(id[11]);
    }

    // Germany's pensions: the letter is two digits, and digits of products are summed.
    public static bool Rvnr(ReadOnlySpan<char> id)
    {
        if (!char.IsAsciiLetterUpper(id[8]) || !IsDate(id[4..6], id[2..4]))
            return false;
        Span<char> digits = [.. id[..8], (char)('0' + ((id[8] - 'A' + 1) / 10)), (char)('0' + ((id[8] - 'A' + 1) % 10)), .. id[9..]];
        ReadOnlySpan<int> weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
        var sum = 0;
        for (var i = 0; i < weights.Length; i++)
            sum += Digit(digits[i]) * weights[i] is var product ? (product / 10) + (product % 10) : 0;
        return sum % 10 == Digit(digits[12]);
    }

    // Germany's health insurance: the letter is two digits, and every second digit counts twice.
    public static bool Kvnr(ReadOnlySpan<char> id)
    {
        var letter = id[0] - 'A' + 1;
        Span<char> digits = [(char)('0' + (letter / 10)), (char)('0' + (letter % 10)), .. id[1..9]];
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
            sum += Digit(digits[i]) * (1 + (i & 1)) is var product && product > 9 ? product - 9 : product;
        return sum % 10 == Digit(id[9]);
    }

    // New Zealand's: a second row of weights where the first leaves ten.
    public static bool Ird(ReadOnlySpan<char> id)
    {
        Span<char> digits = id.Length == 8 ? ['0', .. id] : [.. id];
        var check = (11 - (Sum(digits, [3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
        if (check == 10)
            check = (11 - (Sum(digits, [7, 4, 3, 2, 5, 2, 7, 6]) % 11)) % 11;
        return check == Digit(digits[8]);
    }

    public static bool Curp(ReadOnlySpan<char> id)
    {
        if (!IsDate(id[6..8], id[8..10]) || id[10] is not ('H' or 'M' or 'X'))
            return false;
        var sum = 0;
        for (var i = 0; i < 17; i++)
            sum += (Value(id[i]) + (id[i] >= 'O' ? 1 : 0)) * (18 - i);
        return (10 - (sum % 10)) % 10 == Digit(id[17]);
    }

    public static bool Rut(ReadOnlySpan<char> id)
    {
        var sum = 0;
        for (var i = 0; i < id.Length - 1; i++)
            sum += Digit(id[^(i + 2)]) * (2 + (i % 6));
        return "0K987654321"[sum % 11] == char.ToUpperInvariant(id[^1]);
    }

    public static bool Cuit(ReadOnlySpan<char> id) =>
        id[..2] is "20" or "23" or "24" or "27" && Mod11To0(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);

    public static bool Nino(ReadOnlySpan<char> id) =>
        // QQ is the prefix of examples.
        id[8] is >= 'A' and <= 'D' && (id[..2] is "QQ" || !"DFIQUV".Contains(id[0], StringComparison.Ordinal) && !"DFIQUVO".Contains(id[1], StringComparison.Ordinal) && id[..2] is not ("BG" or "GB" or "NK" or "KN" or "TN" or "NT" or "ZZ"));

    public static bool Ppsn(ReadOnlySpan<char> id) =>
        "WABCDEFGHIJKLMNOPQRSTUV"[(Sum(id, [8, 7, 6, 5, 4, 3, 2]) + (id.Length == 9 && id[8] != 'W' ? (id[8] - 'A' + 1) * 9 : 0)) % 23] == id[7];

    public static bool Nir(ReadOnlySpan<char> id)
    {
        if (id[0] is not ('1' or '2') || !(Modulo(id[3..5], 100) is >= 1 and <= 12 or >= 20 and <= 42 or >= 50))
            return false;
        Span<char> digits = stackalloc char[15];
        id.CopyTo(digits);
        if (!char.IsAsciiDigit(id[6]))
        {
            // Corsica: 2A counts as 19, 2B as 18.
            if (id[5] != '2' || id[6] is not ('A' or 'B'))
                return false;
            (digits[5], digits[6]) = ('1', id[6] == 'A' ? '9' : '8');
        }
        return 97 - Modulo(digits[..13], 97) == Modulo(digits[13..], 100);
    }

    public static bool Nrn(ReadOnlySpan<char> id) =>
        97 - Modulo(id[..9], 97) == Modulo(id[9..], 100) || 97 - Modulo(id[..9], 97, 2) == Modulo(id[9..], 100);

    public static bool Ahv(ReadOnlySpan<char> id) => id[..3] is "756" && Sum(id, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 == 0;

    public static bool Dni(ReadOnlySpan<char> digits, char letter) => "TRWAGMYFPDXBNJZSQVHLCKE"[Number(digits) % 23] == letter;

    public static bool Nie(ReadOnlySpan<char> id) =>
        id[0] is 'X' or 'Y' or 'Z' && "TRWAGMYFPDXBNJZSQVHLCKE"[(((id[0] - 'X') * 10_000_000) + Number(id[1..8])) % 23] == id[8];

    public static bool Nric(ReadOnlySpan<char> id) => id[0] is 'S' or 'T' or 'F' or 'G'
        && (id[0] is 'S' or 'T' ? "JZIHGFEDCBA" : "XWUTRQPNMLK")[(Sum(id[1..], [2, 7, 6, 5, 4, 3, 2]) + (id[0] is 'T' or 'G' ? 4 : 0)) % 11] == id[8];

    public static int Number(ReadOnlySpan<char> digits)
    {
        var number = 0;
        foreach (var c in digits)
            number = (number * 10) + Digit(c);
        return number;
    }

    public static bool CodiceFiscale(ReadOnlySpan<char> id)
    {
        ReadOnlySpan<byte> odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
        if (!"ABCDEHLMPRST".Contains(id[8], StringComparison.Ordinal))
            return false;
        var sum = 0;
        for (var i = 0; i < 15; i++)
        {
            var value = char.IsAsciiDigit(id[i]) ? id[i] - '0' : id[i] - 'A';
            sum += (i & 1) == 0 ? odd[value] : value;
        }
        return 'A' + (sum % 26) == id[15];
    }

    // A coordination number has 60 added to its day.
    public static bool Personnummer(ReadOnlySpan<char> id) =>
        id[^10..] is var ten && (IsDate(ten[2..4], ten[4..6]) || IsDate(ten[2..4], ten[4..6], dayOffset: 60)) && Luhn(ten)
        && (id.Length == 10 || id[..2] is "18" or "19" or "20");

    public static bool Hetu(ReadOnlySpan<char> id)
    {
        // The sign of the century is a hyphen, which is no part of the id, or a letter.
        if (id.Length == 11 && id[6] is not (>= 'A' and <= 'F' or >= 'U' and <= 'Y') || !IsDate(id[2..4], id[..2]))
            return false;
        return "0123456789ABCDEFHJKLMNPRSTUVWXY"[Number([.. id[..6], .. id[^4..^1]]) % 31] == id[^1];
    }

    public static bool Fodselsnummer(ReadOnlySpan<char> id) =>
        (IsDate(id[2..4], id[..2]) || IsDate(id[2..4], id[..2], dayOffset: 40))
        && Sum(id, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 == 0 && Sum(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0;

    // The month has the century added in steps of twenty.
    public static bool IsPeselDate(ReadOnlySpan<char> id) => IsDate(id[2..4], id[4..6], monthOffset: Modulo(id[2..4], 100) / 20 * 20);

    public static bool RodneCislo(ReadOnlySpan<char> id) =>
        Modulo(id, 11) == 0 && (IsDate(id[2..4], id[4..6]) || IsDate(id[2..4], id[4..6], 50) || IsDate(id[2..4], id[4..6], 20) || IsDate(id[2..4], id[4..6], 70));

    public static bool Snils(ReadOnlySpan<char> id) => Sum(id, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100 == Modulo(id[9..], 100) && !IsSame(id);

    public static bool Inn(ReadOnlySpan<char> id) =>
        Sum(id, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10 == Digit(id[10]) && Sum(id, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10 == Digit(id[11]);

    public static bool TcKimlik(ReadOnlySpan<char> id) =>
        id[0] != '0' && Sum(id, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10 == Digit(id[10])
        && (((Sum(id, [7, 0, 7, 0, 7, 0, 7, 0, 7]) - Sum(id, [0, 1, 0, 1, 0, 1, 0, 1])) % 10) + 10) % 10 == Digit(id[9]);

    public static bool ResidentId(ReadOnlySpan<char> id) =>
        id[6..8] is "18" or "19" or "20" && id[0] is >= '1' and <= '9' && IsDate(id[10..12], id[12..14])
        && "10X98765432"[Sum(id, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] == char.ToUpperInvariant(id[17]);

    public static bool MyNumber(ReadOnlySpan<char> id) =>
        Sum(id, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 is var rest && (rest <= 1 ? 0 : 11 - rest) == Digit(id[11]);

    public static bool TaiwanId(ReadOnlySpan<char> id)
    {
        var area = "ABCDEFGHJKLMNPQRSTUVXYWZIO".IndexOf(id[0], StringComparison.Ordinal) + 10;
        return id[1] is '1' or '2' or '8' or '9' && ((area / 10) + (area % 10 * 9) + Sum(id[1..], [8, 7, 6, 5, 4, 3, 2, 1, 1])) % 10 == 0;
    }

    public static bool ThaiId(ReadOnlySpan<char> id) =>
        id[0] is >= '1' and <= '8' && (11 - (Sum(id, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 == Digit(id[12]);
}
