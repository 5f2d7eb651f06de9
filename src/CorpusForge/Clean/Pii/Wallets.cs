using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using System.Security.Cryptography;

namespace CorpusForge.Clean.Pii;

/// <summary>Addresses of crypto-currencies by their checksums: Base58Check, Bech32 and Bech32m, and those of Ethereum.</summary>
/// <remarks>
/// Base58Check covers Bitcoin, Litecoin, Dogecoin, Dash, Zcash, Tron, Tezos and XRP, and extended keys; CashAddr is Bitcoin Cash; BIP 173 and 350 cover `bc1`, `ltc1`, `tb1`, `cosmos1` and Cardano's `addr1`.
/// Monero, Stellar, Polkadot with its kin, and the Open Network have checksums of their own. An Ethereum address in mixed case counts when EIP-55 agrees or none of its words say otherwise.
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
        // Tezos
        if (token.Length == 36 && token[0] is 't' or 'K' && token[1] is 'z' or 'T' && !token.ContainsAnyExcept(s_base58))
            return IsBase58Check(token);
        if (token.Length == 95 && token[0] is '4' or '8' && !token.ContainsAnyExcept(s_base58))
            return IsMonero(token);
        if (token.Length == 56 && token[0] == 'G')
            return IsStellar(token);
        if (token.Length is 51 or 52 or 111 && token[0] is '5' or 'K' or 'L' or 'x' && !token.ContainsAnyExcept(s_base58))
            return IsBase58Check(token);
        if (token.Length is >= 25 and <= 35 && token[0] == 'r' && !token.ContainsAnyExcept(s_base58))
            return IsBase58Check(token, Ripple);
        if (token.Length == 42 && token[0] is 'q' or 'p' && IsCashAddress(token))
            return true;
        if (token.Length is >= 46 and <= 48 && !token.ContainsAnyExcept(s_base58) && IsSubstrate(token))
            return true;
        var one = token.LastIndexOf('1');
        return one is >= 2 and <= 10 && token.Length - one is > 38 and <= 110 && IsBech32(token, one);
    }

    private static BigInteger NumberOf(ReadOnlySpan<char> token, string alphabet)
    {
        var number = BigInteger.Zero;
        foreach (var c in token)
            number = (number * 58) + alphabet.IndexOf(c, StringComparison.Ordinal);
        return number;
    }

    // How many bytes the token says; -1 where there is no room for them. Each zero before the others is written out.
    private static int Decode(ReadOnlySpan<char> token, Span<byte> bytes, string alphabet = Base58)
    {
        var zeros = Math.Max(0, token.IndexOfAnyExcept(alphabet[0]));
        bytes[..zeros].Clear();
        return NumberOf(token, alphabet).TryWriteBytes(bytes[zeros..], out var written, isUnsigned: true, isBigEndian: true) ? zeros + written : -1;
    }

    private static bool IsBase58Check(ReadOnlySpan<char> token, string alphabet = Base58)
    {
        Span<byte> bytes = stackalloc byte[96];
        var length = Decode(token, bytes, alphabet);
        if (length is not (25 or 26 or 27 or 37 or 38 or 82))
            return false;
        var payload = bytes[..(length - 4)];
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(payload, hash);
        SHA256.HashData(hash, hash);
        return hash[..4].SequenceEqual(bytes[payload.Length..(payload.Length + 4)]);
    }

    // SS58: a network, a key and the beginning of its hash.
    private static bool IsSubstrate(ReadOnlySpan<char> token)
    {
        const int Length = 35;
        Span<byte> bytes = stackalloc byte[64];
        if (Decode(token, bytes) != Length || bytes[0] >= 64)
            return false;
        Span<byte> hash = stackalloc byte[64];
        Blake2b.Hash512([.. "SS58PRE"u8, .. bytes[..(Length - 2)]], hash);
        return hash[..2].SequenceEqual(bytes[(Length - 2)..Length]);
    }

    // Eleven characters for eight bytes, seven for the last five, of which four are a checksum.
    private static bool IsMonero(ReadOnlySpan<char> token)
    {
        Span<byte> bytes = stackalloc byte[69];
        Span<byte> block = stackalloc byte[8];
        for (var (at, to) = (0, 0); at < token.Length; at += 11, to += 8)
        {
            UInt128 number = 0;
            foreach (var c in token[at..Math.Min(at + 11, token.Length)])
                number = (number * 58) + (uint)Base58.IndexOf(c, StringComparison.Ordinal);
            if (number > ulong.MaxValue)
                return false;
            BinaryPrimitives.WriteUInt64BigEndian(block, (ulong)number);
            block[^Math.Min(8, bytes.Length - to)..].CopyTo(bytes[to..]);
        }
        Span<byte> hash = stackalloc byte[32];
        Keccak.Hash256(bytes[..65], hash);
        return hash[..4].SequenceEqual(bytes[65..]);
    }

    // SEP 23: Base32 of a kind, a key and a checksum.
    private static bool IsStellar(ReadOnlySpan<char> token)
    {
        Span<byte> bytes = stackalloc byte[35];
        var (bits, count, written) = (0u, 0, 0);
        foreach (var c in token)
        {
            if (c is not (>= 'A' and <= 'Z' or >= '2' and <= '7'))
                return false;
            bits = (bits << 5) | (uint)(char.IsAsciiDigit(c) ? c - '2' + 26 : c - 'A');
            count += 5;
            if (count >= 8)
                bytes[written++] = (byte)(bits >> (count -= 8));
        }
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes[33..]) == Crc16(bytes[..33]);
    }

    /// <summary>Whether the token is a private key rather than an address: WIF or an extended one.</summary>
    public static bool IsPrivate(ReadOnlySpan<char> token) => token.Length is 51 or 52 || token.Length == 111 && token.StartsWith("xprv", StringComparison.Ordinal);

    /// <summary>Solana's are 32 bytes in Base58 without a checksum, so that a word has to say so.</summary>
    public static bool IsSolana(ReadOnlySpan<char> token) =>
        token.Length is 43 or 44 && !token.ContainsAnyExcept(s_base58) && NumberOf(token, Base58).GetByteCount(isUnsigned: true) <= 32;

    /// <summary>The Open Network's: Base64url of flags, a chain, a hash and a checksum.</summary>
    public static bool IsTon(ReadOnlySpan<char> token)
    {
        Span<byte> bytes = stackalloc byte[36];
        return token.Length == 48 && token[0] is 'E' or 'U' or 'k' or '0' && Base64Url.TryDecodeFromChars(token, bytes, out var written) && written == 36
            && BinaryPrimitives.ReadUInt16BigEndian(bytes[34..]) == Crc16(bytes[..34]);
    }

    // CRC-16/XMODEM
    private static int Crc16(ReadOnlySpan<byte> bytes)
    {
        var crc = 0;
        foreach (var b in bytes)
        {
            crc ^= b << 8;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? ((crc << 1) ^ 0x1021) & 0xFFFF : crc << 1;
        }
        return crc;
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
        !hex.ContainsAnyExcept(s_hex) && hex.ContainsAnyExceptInRange('0', '9') && !hex.StartsWith("00000000", StringComparison.Ordinal) && hex.ContainsAnyExcept(hex[0])
        && (!hex.ContainsAnyInRange('a', 'f') || !hex.ContainsAnyInRange('A', 'F') || Keccak.AgreesWithCase(hex));
}
