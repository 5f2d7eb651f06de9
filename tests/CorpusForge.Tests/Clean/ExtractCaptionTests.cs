using System.Buffers.Binary;
using System.IO.Hashing;
using CorpusForge.Clean;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class ExtractCaptionTests
{
    static Extraction Extract(byte[] bytes, string? caption = "A mill", ExtractCaption? step = null) => (step ?? new ExtractCaption()).Extract(new RawDocument
    {
        Kind = Kind.Caption,
        Source = "images",
        Locator = "list@0",
        Url = "https://example.org/a.jpg",
        Bytes = bytes,
        Caption = caption,
    });

    static byte[] Picture(string suffix, int width = 40, int height = 60)
    {
        using var black = NetVips.Image.Black(width, height, bands: 3);
        return black.WriteToBuffer(suffix);
    }

    [Theory]
    [InlineData(".jpg", "image/jpeg"), InlineData(".png", "image/png"), InlineData(".webp", "image/webp"), InlineData(".gif", "image/gif"), InlineData(".tiff", "image/tiff")]
    public void Describes_the_image_by_its_header(string suffix, string mediaType)
    {
        var bytes = Picture(suffix);
        var image = Extract(bytes).Document!.Image!;
        Assert.Equal((mediaType, 40, 60, bytes.Length), (image.MediaType, image.Width, image.Height, image.Bytes.Length));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), image.Sha256);
    }

    [Fact]
    public void The_caption_is_one_line_in_nfc() => Assert.Equal("A café by the mill", Extract(Picture(".png"), " A  cafe\u0301\n by the mill ").Document!.Text);

    public static TheoryData<byte[], string> Dropped => new()
    {
        { [], "image-format" },
        { "<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'/>"u8.ToArray(), "image-format" },
        { "%PDF-1.4"u8.ToArray(), "image-format" },
        { "RIFF"u8.ToArray(), "image-format" },
        { [0xFF, 0xD8, 0xFF], "image-unreadable" },
        { [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10], "image-unreadable" },
        { "GIF89a"u8.ToArray(), "image-unreadable" },
        { [.. "RIFF\0\0\0\0WEBP"u8, 0, 0], "image-unreadable" },
        { [(byte)'I', (byte)'I', 42, 0, 255, 255, 255, 255], "image-unreadable" },
        { Picture(".png", 31, 100), "image-too-small" },
    };

    [Theory, MemberData(nameof(Dropped))]
    public void Drops_and_names_the_rule(byte[] bytes, string rule) => Assert.Equal(rule, Extract(bytes).Verdict.Rule);

    [Theory, InlineData(null), InlineData(""), InlineData(" \n\u00A0")]
    public void No_caption_is_no_document(string? caption) => Assert.Equal("no-caption", Extract(Picture(".png"), caption).Verdict.Rule);

    [Theory, InlineData(2400, true), InlineData(2399, false)]
    public void An_image_exactly_on_the_limit_stays(long maxPixels, bool kept) =>
        Assert.Equal(kept ? null : "image-too-large", Extract(Picture(".png"), step: new ExtractCaption { MaxPixels = maxPixels }).Verdict.Rule);

    [Fact]
    public void Bytes_are_limited_before_anything_is_read() =>
        Assert.Equal("image-too-large", Extract(new byte[101], step: new ExtractCaption { MaxBytes = 100 }).Verdict.Rule);

    [Fact]
    public void A_bomb_is_dropped_by_its_header_alone()
    {
        // A PNG of 30,000 x 30,000 pixels whose data is not there: whoever decodes pixels would find it broken.
        byte[] header = [.. "IHDR"u8, 0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 30_000);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), 30_000);
        byte[] bomb = [0x89, .. "PNG\r\n\u001a\n"u8, .. Chunk(header), .. Chunk([.. "IDAT"u8, 0x78, 0x9C, 0x63, 0, 0]), .. Chunk([.. "IEND"u8])];
        var verdict = Extract(bomb).Verdict;
        Assert.Equal(("image-too-large", 900_000_000.0), (verdict.Rule, verdict.Measured));
        Assert.InRange(Allocations.Of(() => Extract(bomb)), 0, 1 << 20);
    }

    static byte[] Chunk(byte[] typeAndData)
    {
        var chunk = new byte[typeAndData.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, typeAndData.Length - 4);
        typeAndData.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32.HashToUInt32(typeAndData));
        return chunk;
    }

    [Theory, InlineData(".jpg"), InlineData(".jpg[interlace=true]"), InlineData(".jpg[restart_interval=1]"), InlineData(".png"), InlineData(".webp"), InlineData(".gif")]
    public void An_image_that_was_cut_off_anywhere_is_dropped(string suffix)
    {
        var random = new SplitMix64(9);
        using var noise = NetVips.Image.Gaussnoise(64, 48, sigma: 60, mean: 128, seed: 3);
        using var image = noise.Cast(NetVips.Enums.BandFormat.Uchar);
        var whole = image.WriteToBuffer(suffix);
        Assert.NotNull(Extract(whole).Document);
        // What stands behind the end is no part of the image.
        Assert.NotNull(Extract([.. whole, 1, 2, 3]).Document);
        var cut = 0;
        for (var round = 0; round < 60; round++)
        {
            var rule = Extract(whole[..((whole.Length / 4) + (int)random.Next((ulong)(whole.Length * 3 / 4)))]).Verdict.Rule;
            Assert.True(rule is "image-truncated" or "image-unreadable", rule ?? "kept");
            cut += rule == "image-truncated" ? 1 : 0;
        }
        Assert.InRange(cut, suffix == ".webp" ? 0 : 30, 60);
    }

    [Fact]
    public void A_thumbnail_inside_is_not_the_end()
    {
        var (whole, thumbnail) = (Picture(".jpg", 200, 200), Picture(".jpg"));
        byte[] exif = [0xFF, 0xE1, (byte)((thumbnail.Length + 8) >> 8), (byte)(thumbnail.Length + 8), .. "Exif\0\0"u8, .. thumbnail];
        byte[] with = [0xFF, 0xD8, .. exif, .. whole[2..]];
        Assert.NotNull(Extract(with).Document);
        Assert.Equal("image-truncated", Extract(with[..^20]).Verdict.Rule);
    }

    [Fact]
    public void Damaged_images_never_throw()
    {
        var random = new SplitMix64(3);
        foreach (var suffix in (string[])[".jpg", ".png", ".webp", ".gif", ".tiff"])
        {
            var good = Picture(suffix);
            for (var round = 0; round < 40; round++)
            {
                var bad = good[..(int)(1 + random.Next((ulong)good.Length))];
                bad[random.Next((ulong)bad.Length)] ^= (byte)(1 + random.Next(255));
                var extraction = Extract(bad);
                Assert.True(extraction.Document is not null || extraction.Verdict.Rule!.StartsWith("image-", StringComparison.Ordinal));
            }
        }
    }
}
