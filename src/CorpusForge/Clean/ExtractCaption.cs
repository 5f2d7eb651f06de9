using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using NetVips;

namespace CorpusForge.Clean;

/// <summary>Makes a document of a captioned image: the caption is its text, the image is described by its header.</summary>
/// <remarks>
/// Only the header is decoded, so that an image that would unfold to gigabytes costs nothing; the format is what the bytes
/// say and never the name. Drops: `no-caption`, `image-too-large` (bytes or pixels), `image-format`, `image-unreadable`,
/// `image-too-small`, `image-truncated` (the file does not go on to its end, by its framing; TIFF has none).
/// </remarks>
public sealed record ExtractCaption : IExtractor
{
    /// <summary>In pixels, for the shorter side.</summary>
    public int MinSide { get; init; } = 32;

    /// <summary>Width times height.</summary>
    public long MaxPixels { get; init; } = 64_000_000;

    public int MaxBytes { get; init; } = 32_000_000;

    public int Version => 2;
    public Kinds For => Kinds.Caption;

    static ExtractCaption()
    {
        // One worker is one core.
        NetVips.NetVips.Concurrency = 1;
        // What is wrong with an image is a rule and a count, not a line on standard error for each.
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, static (_, _, _) => { });
    }

    public bool Handles(RawDocument raw) => raw.Kind == Kind.Caption;

    public Extraction Extract(RawDocument raw)
    {
        var caption = Caption(raw.Caption);
        if (caption.Length == 0)
            return Extraction.Drop("no-caption");
        if (raw.Bytes.Length > MaxBytes)
            return Extraction.Drop("image-too-large", raw.Bytes.Length, MaxBytes);
        if (MediaType(raw.Bytes.Span) is not { } type)
            return Extraction.Drop("image-format");
        if (Size(raw.Bytes) is not var (width, height))
            return Extraction.Drop("image-unreadable");
        var verdict = Verdict.Keep
            .AtMost("image-too-large", (double)width * height, MaxPixels)
            .AtLeast("image-too-small", Math.Min(width, height), MinSide)
            .Never("image-truncated", ImageEnd.IsMissing(type, raw.Bytes.Span));
        if (!verdict.Kept)
            return new Extraction(null, verdict, []);
        return raw.ToDocument(caption) with
        {
            Image = new Image
            {
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(raw.Bytes.Span)),
                MediaType = type,
                Width = width,
                Height = height,
                Bytes = raw.Bytes,
            },
        };
    }

    /// <summary>The media type by the first bytes, null when it is none that we read.</summary>
    internal static string? MediaType(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "image/jpeg"
        : bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]) ? "image/png"
        : bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8) ? "image/gif"
        : bytes.StartsWith("RIFF"u8) && bytes.Length > 12 && bytes[8..].StartsWith("WEBP"u8) ? "image/webp"
        : bytes.StartsWith((ReadOnlySpan<byte>)[(byte)'I', (byte)'I', 42, 0]) || bytes.StartsWith((ReadOnlySpan<byte>)[(byte)'M', (byte)'M', 0, 42]) ? "image/tiff"
        : null;

    private static (int Width, int Height)? Size(ReadOnlyMemory<byte> bytes)
    {
        var buffer = MemoryMarshal.TryGetArray(bytes, out var array) && array.Offset == 0 && array.Count == array.Array!.Length ? array.Array : bytes.ToArray();
        try
        {
            using var image = NetVips.Image.NewFromBuffer(buffer, access: Enums.Access.Sequential);
            return (image.Width, image.Height);
        }
        catch (VipsException)
        {
            return null;
        }
    }

    private static string Caption(string? caption) =>
        PageHead.Line(caption) is { } line ? line.Normalize(NormalizationForm.FormC) : "";
}
