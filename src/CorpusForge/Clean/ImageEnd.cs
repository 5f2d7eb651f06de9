using System.Buffers.Binary;

namespace CorpusForge.Clean;

/// <summary>Tells by the framing of an image file whether it goes on to its end; no pixel is decoded.</summary>
/// <remarks>
/// JPEG's marker EOI, PNG's chunk IEND and GIF's trailer; what stands behind the end does not matter. A WebP file that was cut off has no header that can be decoded, and a TIFF
/// file has no end. A file that is broken in another way is left to who decodes it.
/// </remarks>
internal static class ImageEnd
{
    /// <summary>Whether the file of this media type was cut off.</summary>
    public static bool IsMissing(string mediaType, ReadOnlySpan<byte> bytes) => mediaType switch
    {
        "image/jpeg" => JpegIsCut(bytes),
        "image/png" => PngIsCut(bytes),
        "image/gif" => GifIsCut(bytes),
        _ => false,
    };

    // Segments with a length up to the scan; in a scan 0xFF is followed by 0, or by a restart, unless a marker ends it.
    private static bool JpegIsCut(ReadOnlySpan<byte> bytes)
    {
        var at = 2;
        while (at < bytes.Length)
        {
            if (bytes[at] != 0xFF)
                return false;
            at += bytes[at..].IndexOfAnyExcept((byte)0xFF) is >= 0 and var fill ? fill : bytes.Length - at;
            if (at >= bytes.Length)
                return true;
            var marker = bytes[at++];
            if (marker == 0xD9)
                return false;
            if (marker is 1 or (>= 0xD0 and <= 0xD8))
                continue;
            if (at + 2 > bytes.Length)
                return true;
            at += Math.Max(2, (int)BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]));
            if (marker != 0xDA)
                continue;
            while (true)
            {
                var next = at < bytes.Length ? bytes[at..].IndexOf((byte)0xFF) : -1;
                if (next < 0 || at + next + 1 >= bytes.Length)
                    return true;
                at += next;
                if (bytes[at + 1] is not 0 and not (>= 0xD0 and <= 0xD7) and not 0xFF)
                    break;
                at += bytes[at + 1] == 0xFF ? 1 : 2;
            }
        }
        return true;
    }

    private static bool PngIsCut(ReadOnlySpan<byte> bytes)
    {
        for (var at = 8L; at + 12 <= bytes.Length;)
        {
            var chunk = bytes[(int)at..];
            if (chunk[4..8].SequenceEqual("IEND"u8))
                return false;
            at += 12L + BinaryPrimitives.ReadUInt32BigEndian(chunk);
        }
        return true;
    }

    private static bool GifIsCut(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 13)
            return true;
        var at = 13 + Colours(bytes[10]);
        while (at < bytes.Length)
        {
            switch (bytes[at])
            {
                case 0x3B:
                    return false;
                case 0x21:
                    at += 2;
                    break;
                case 0x2C:
                    if (at + 10 > bytes.Length)
                        return true;
                    at += 11 + Colours(bytes[at + 9]);
                    break;
                default:
                    return false;
            }
            while (at < bytes.Length && bytes[at] != 0)
                at += 1 + bytes[at];
            at++;
        }
        return true;

        static int Colours(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
    }
}
