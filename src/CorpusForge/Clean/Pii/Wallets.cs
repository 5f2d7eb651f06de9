using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;

namespace CorpusForge.Clean.Pii;

/// <summary>Addresses of crypto-currencies by their checksums: Base58Check, Bech32 and Bech32m, and those of Ethereum.</summary>
/// <remarks>
/// Base58Check covers Bitcoin, Litecoin, Dogecoin, Dash, Zcash, Tron and XRP, and extended keys; CashAddr is Bitcoin Cash; BIP 173 and 350 cover `bc1`, `ltc1`, `tb1`, `cosmos1` and Cardano's `addr1`.
/// An Ethereum address in mixed case counts when EIP-55 agrees or none of its words say otherwise.
/// </remarks>
internal static class Wallets
{
    private const string Base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private const string Ripple = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
    private const string Bech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

    private static readonly SearchValues<char> s_base58 = SearchValues.Create(Base58);
    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdefABCDEF");

    public static bool Is(ReadOnlySpan<char> token)
    {
        if (token.Length == 42 && token.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return IsEthereum(token[2..]);
        if (token.Length is >= 26 and <= 36 && token[0] is '1' or '3' or 'L' or 'M' or 'D' or 'A' or 'X' or 't' or 'T' or '9' or '2' or 'm' or 'n' && !token.ContainsAnyExcept(s_base58))
            return IsBase58Check(token);
        if (token.Length is 51 or 52 or 111 && token[0] is '5' or 'K' or 'L' or 'x' && !token.ContainsAnyExcept(s_base58))
            return IsBase58Check(token);
        if (token.Length is >= 25 and <= 35 && token[0] == 'r' && !token.ContainsAnyExcept(s_base58))
            return IsBase58Check(token, Ripple);
        if (token.Length == 42 && token[0] is 'q' or 'p' && IsCashAddress(token))
            return true;
        var one = token.LastIndexOf('1');
        return one is >= 2 and <= 10 && token.Length - one is > 38 and <= 110 && IsBech32(token, one);
    }

    private static bool IsBase58Check(ReadOnlySpan<char> token, string alphabet = Base58)
    {
        var number = BigInteger.Zero;
        foreach (var c in token)
            number = (number * 58) + alphabet.IndexOf(c, StringComparison.Ordinal);
        var zeros = Math.Max(0, token.IndexOfAnyExcept(alphabet[0]));
        Span<byte> bytes = stackalloc byte[96];
        if (!number.TryWriteBytes(bytes[zeros..], out var written, isUnsigned: true, isBigEndian: true) || zeros + written is not (25 or 26 or 37 or 38 or 82))
            return false;
        var payload = bytes[..(zeros + written - 4)];
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(payload, hash);
        SHA256.HashData(hash, hash);
        return hash[..4].SequenceEqual(bytes[payload.Length..(payload.Length + 4)]);
    }

    private static bool IsBech32(ReadOnlySpan<char> token, int one)
    {
        Span<char> lower = stackalloc char[token.Length];
        token.ToLowerInvariant(lower);
        if (!lower.SequenceEqual(token) && token.ContainsAnyInRange('a', 'z'))
            return false;
        var check = 1u;
        foreach (var c in lower[..one])
            check = Step(check, (uint)c >> 5);
        check = Step(check, 0);
        foreach (var c in lower[..one])
            check = Step(check, (uint)c & 31);
        foreach (var c in lower[(one + 1)..])
        {
            var value = Bech32.IndexOf(c, StringComparison.Ordinal);
            if (value < 0)
                return false;
            check = Step(check, (uint)value);
        }
        return check is 1 or 0x2BC830A3;
    }

    // Bitcoin Cash: `bitcoincash:` before it may be left out, and counts all the same.
    private static bool IsCashAddress(ReadOnlySpan<char> token)
    {
        ReadOnlySpan<ulong> generators = [0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470];
        var check = 1UL;
        foreach (var c in "bitcoincash")
            check = Step(check, (ulong)c & 31, generators);
        check = Step(check, 0, generators);
        foreach (var c in token)
        {
            var value = Bech32.IndexOf(c, StringComparison.Ordinal);
            if (value < 0)
                return false;
            check = Step(check, (ulong)value, generators);
        }
        return check == 1;

        static ulong Step(ulong check, ulong value, ReadOnlySpan<ulong> generators)
        {
            var top = check >> 35;
            check = ((check & 0x7FFFFFFFF) << 5) ^ value;
            for (var i = 0; i < generators.Length; i++)
                check ^= (top >> i & 1) == 1 ? generators[i] : 0;
            return check;
        }
    }

    private static uint Step(uint check, uint value)
    {
        var top = check >> 25;
        check = ((check & 0x1FFFFFF) << 5) ^ value;
        ReadOnlySpan<uint> generators = [0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3];
        for (var i = 0; i < 5; i++)
            check ^= (top >> i & 1) == 1 ? generators[i] : 0;
        return check;
    }

    // The zero address, precompiled contracts and the like begin with zeros and are nobody's.
    private static bool IsEthereum(ReadOnlySpan<char> hex) =>
        !hex.ContainsAnyExcept(s_hex) && !hex.StartsWith("00000000", StringComparison.Ordinal) && hex.ContainsAnyExcept(hex[0])
        && (!hex.ContainsAnyInRange('a', 'f') || !hex.ContainsAnyInRange('A', 'F') || Keccak.AgreesWithCase(hex));
}
