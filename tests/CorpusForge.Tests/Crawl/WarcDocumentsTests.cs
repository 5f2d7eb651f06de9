using System.IO.Compression;
using System.Text;
using CorpusForge.Crawl;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class WarcDocumentsTests
{
    [Fact]
    public void A_response_becomes_a_document()
    {
        var document = Read("HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; Charset=\"ISO-8859-1\"\r\nX-Robots-Tag: noai\r\nx-robots-tag: noindex\r\n"
            + "TDM-Reservation: 1\r\nLink: <https://l.example/>; rel=\"license\"\r\nLink: </next>; rel=next\r\nLink: </about>; title=license\r\n\r\n<p>caf\u00E9");
        Assert.True(document.Verdict.Kept);
        Assert.Equal("http://a.example/", document.Url);
        Assert.Equal("test.warc@0", document.Locator);
        Assert.Equal(("text/html", "ISO-8859-1"), (document.MediaType, document.Charset));
        Assert.Equal("<p>caf\u00E9", Encoding.Latin1.GetString(document.Bytes.Span));
        Assert.Equal("""{"link":["<https://l.example/>; rel=\"license\""],"tdm-reservation":["1"],"x-robots-tag":["noai","noindex"]}""", document.Consent);
        Assert.Empty(document.Metadata);
    }

    public static TheoryData<string, string> Dropped => new()
    {
        { "HTTP/1.1 404 Not Found\r\n\r\nsorry", "http-status" },
        { "HTTP/1.1 304 Not Modified\r\n\r\n", "http-status" },
        { "garbage", "bad-http" },
        { "", "bad-http" },
        { "HTTP/1.1\r\n\r\n", "bad-http" },
        { "HTTP/1.1 abc\r\n\r\n", "bad-http" },
        { "HTTP/1.1 200 OK\r\n\r\n" + new string('x', 3001), "body-too-large" },
        { "HTTP/1.1 200 OK\r\nContent-Encoding: snappy\r\n\r\nx", "bad-content-encoding" },
        { "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1F\u008B\b\0\0\0\0\0\0\x03garbage", "bad-content-encoding" },
        { "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nnot brotli at all", "bad-content-encoding" },
        { "HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\n\r\nnot zstd at all", "bad-content-encoding" },
        { "HTTP/1.1 200 OK\r\nContent-Encoding: br, br, br, br\r\n\r\nx", "bad-content-encoding" },
    };

    [Theory, MemberData(nameof(Dropped))]
    public void Drops_and_names_the_rule(string block, string rule)
    {
        var document = Read(block, maxBodyBytes: 3000);
        Assert.Equal(rule, document.Verdict.Rule);
        Assert.True(document.Bytes.IsEmpty);
        if (rule == "http-status")
            Assert.Equal(document.Verdict.Measured.ToString(), document.Metadata["http-status"]);
    }

    [Fact]
    public void A_body_exactly_on_the_limit_stays() =>
        Assert.True(Read("HTTP/1.1 200 OK\r\n\r\n" + new string('x', 3000), maxBodyBytes: 3000).Verdict.Kept);

    [Theory, InlineData("gzip"), InlineData("x-gzip"), InlineData("deflate"), InlineData("raw"), InlineData("br"), InlineData("zstd")]
    public void Content_codings_are_decoded_and_bombs_are_not(string coding)
    {
        var name = coding == "raw" ? "deflate" : coding;
        var page = WarcReaderTests.Noise(5000, 1);
        var document = Read($"HTTP/1.1 200 OK\r\nContent-Encoding: {name}\r\n\r\n{Encode(coding, page)}");
        Assert.Equal(page, Encoding.Latin1.GetString(document.Bytes.Span));

        var bomb = Read($"HTTP/1.1 200 OK\r\nContent-Encoding: {name}\r\n\r\n{Encode(coding, new string('x', 20 << 20))}");
        Assert.Equal("decompression-bomb", bomb.Verdict.Rule);
        Assert.True(bomb.Verdict.Measured > 200);

        var large = Read($"HTTP/1.1 200 OK\r\nContent-Encoding: {name}\r\n\r\n{Encode(coding, page)}", maxBodyBytes: 4999);
        Assert.Equal("body-too-large", large.Verdict.Rule);
    }

    [Fact]
    public void Codings_are_undone_in_reverse()
    {
        var body = Encode("br", Encode("gzip", "both"));
        Assert.Equal("both", Text($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: br\r\n\r\n{body}"));
    }

    [Theory]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("0005;x=y\r\nhello\r\nA\r\n1234567890\r\n0\r\n\r\n", "hello1234567890")]
    [InlineData("5\nhello\n0\n\n", "hello")]
    [InlineData("5\r\nhello6\r\n world\r\n0\r\n\r\n", "hello world")]
    [InlineData("<p>never in chunks", "<p>never in chunks")]
    [InlineData("5\r\nhello\r\nzz\r\nrest", "hellozz\r\nrest")]
    [InlineData("ff\r\ncut", "cut")]
    [InlineData("ffffffffffffffff\r\nhuge", "ffffffffffffffff\r\nhuge")]
    [InlineData("", "")]
    public void Chunks_are_taken_apart_leniently(string body, string text) =>
        Assert.Equal(text, Text($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}"));

    [Fact]
    public void A_body_stored_decoded_under_its_old_header_is_kept() =>
        Assert.Equal("<p>plain", Text("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n<p>plain"));

    [Theory]
    [InlineData("", "<!DOCTYPE html><p>", "text/html")]
    [InlineData("", "\n <HTML>", "text/html")]
    [InlineData("", "%PDF-1.7", "application/pdf")]
    [InlineData("", "a\0b", "application/octet-stream")]
    [InlineData("", "prose", "text/plain")]
    [InlineData("Content-Type: nonsense\r\n", "<p>x", "text/html")]
    [InlineData("Content-Type: text/plain\r\n", "<html>", "text/plain")]
    public void A_missing_media_type_is_sniffed(string header, string body, string type) =>
        Assert.Equal(type, Read($"HTTP/1.1 200 OK\r\n{header}\r\n{body}").MediaType);

    [Fact]
    public void Resources_are_documents_and_other_records_are_not()
    {
        string[] types = ["warcinfo", "request", "resource", "metadata", "revisit", "conversion"];
        var file = WarcReaderTests.Join([.. types.Select(t => WarcReaderTests.Record(t, "http://a.example/", "x", contentType: "text/plain")),
            WarcReaderTests.Record("response", "dns:a.example", "x", contentType: "text/dns")]);
        var document = Assert.Single(Documents(file, 100));
        Assert.Equal(("text/plain", "x"), (document.MediaType, Encoding.UTF8.GetString(document.Bytes.Span)));
    }

    [Fact]
    public void Ordinals_do_not_depend_on_compressed_lengths()
    {
        var records = new[] { "HTTP/1.1 200 OK\r\n\r\none", "HTTP/1.1 200 OK\r\n\r\ntwo" }.Select(b => WarcReaderTests.Record("response", "http://a.example/", b)).ToArray();
        foreach (var level in new[] { CompressionLevel.NoCompression, CompressionLevel.Optimal })
        {
            var file = WarcReaderTests.Join(records.Select(r => WarcReaderTests.Gzip(r, level)));
            Assert.Equal(["test.warc@0", "test.warc@1"], Documents(file, 100, LocateBy.Ordinal).Select(d => d.Locator));
        }
    }

    [Fact]
    public void A_record_deep_in_a_member_has_a_locator_of_its_own()
    {
        var record = WarcReaderTests.Record("response", "http://a.example/", "HTTP/1.1 200 OK\r\n\r\nx");
        Assert.Equal(["test.warc@0", $"test.warc@0+{record.Length}"], Documents(WarcReaderTests.Gzip([.. record, .. record]), 100).Select(d => d.Locator));
    }

    [Fact]
    public void Large_compressed_files_are_cut_and_others_are_not()
    {
        const long mib = 1 << 20;
        Assert.Equal([(0L, 64 * mib), (64 * mib, 128 * mib), (128 * mib, long.MaxValue)], Cut("a.warc.gz", 130 * mib));
        Assert.Equal([(0L, long.MaxValue)], Cut("a.warc.gz", 64 * mib));
        Assert.Equal([(0L, long.MaxValue)], Cut("a.warc", 1000 * mib));

        static IEnumerable<(long, long)> Cut(string name, long bytes) => WarcSource.Cut(new InputFile(name, name, bytes, "")).Select(s => (s.Start, s.End));
    }

    private static RawDocument Read(string block, int maxBodyBytes = 32 << 20) =>
        Assert.Single(Documents(WarcReaderTests.Record("response", "http://a.example/", block), maxBodyBytes));

    private static string Text(string block)
    {
        var document = Read(block);
        Assert.Null(document.Verdict.Rule);
        return Encoding.Latin1.GetString(document.Bytes.Span);
    }

    private static List<RawDocument> Documents(byte[] file, int maxBodyBytes, LocateBy locate = LocateBy.Offset) =>
        [.. WarcDocuments.Read(at => new MemoryStream(file) { Position = at }, "test.warc", "web", maxBodyBytes: maxBodyBytes, locate: locate)];

    private static string Encode(string coding, string text)
    {
        using var output = new MemoryStream();
        using (Stream encoder = coding switch
        {
            "gzip" or "x-gzip" => new GZipStream(output, CompressionLevel.Optimal, true),
            "deflate" => new ZLibStream(output, CompressionLevel.Optimal, true),
            "raw" => new DeflateStream(output, CompressionLevel.Optimal, true),
            "br" => new BrotliStream(output, CompressionLevel.Fastest, true),
            _ => new ZstdSharp.CompressionStream(output, leaveOpen: true),
        })
            encoder.Write(Encoding.Latin1.GetBytes(text));
        return Encoding.Latin1.GetString(output.ToArray());
    }
}
