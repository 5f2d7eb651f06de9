using System.IO.Compression;
using System.Text;
using CorpusForge.Read;
using Xunit;

namespace CorpusForge.Tests.Read;

public sealed class CaptionsSourceTests : IDisposable
{
    private readonly SourceRun _run = new();

    public void Dispose() => _run.Dispose();

    // One row a case: image and caption as JSON, and the bytes of the image or the rule that drops the row.
    public static TheoryData<string, string> Rows => new()
    {
        { """{"image":"img/a.png","caption":"A"}""", "bytes" },
        { """{"image":"./img/../img/a.png","caption":"A"}""", "bytes" },
        { """{"image":"img\\a.png","caption":"A"}""", "bytes" },
        { """{"image":"img/none.png","caption":"A"}""", "image-missing" },
        { """{"image":"img","caption":"A"}""", "image-missing" },
        { """{"image":"a\u0000b","caption":"A"}""", "image-missing" },
        { """{"image":"../secret.png","caption":"A"}""", "image-outside" },
        { """{"image":"img/../../list-other/a.png","caption":"A"}""", "image-outside" },
        { """{"image":"/etc/hostname","caption":"A"}""", "image-outside" },
        { """{"image":"img/link.png","caption":"A"}""", "image-outside" },
        { """{"image":"img/up/secret.png","caption":"A"}""", "image-outside" },
        { """{"image":"img/big.png","caption":"A"}""", "image-too-large" },
        { """{"image":"","caption":"A"}""", "no-image" },
        { """{"caption":"A"}""", "no-image" },
        { """{"image":"img/a.png"}""", "no-caption" },
        { """{"image":"img/a.png","caption":3}""", "no-caption" },
        { "{", "invalid-json" },
    };

    [Theory, MemberData(nameof(Rows))]
    public void A_row_gives_its_image_or_the_rule_that_drops_it(string row, string outcome)
    {
        _run.Write("secret.png", "secret");
        _run.Write("list-other/a.png", "secret");
        _run.Write("list/img/a.png", "bytes");
        _run.Write("list/img/big.png", "0123456789");
        File.CreateSymbolicLink(_run.Folder + "/list/img/link.png", _run.Folder + "/secret.png");
        Directory.CreateSymbolicLink(_run.Folder + "/list/img/up", _run.Folder);
        var path = _run.Write("list/captions.jsonl", row);
        Assert.Equal([outcome], SourceRun.Outcome(_run.Read(Source(path) with { MaxImageBytes = 9 })));
    }

    [Fact]
    public void Images_outside_are_read_when_that_is_allowed()
    {
        _run.Write("other.png", "bytes");
        var path = _run.Write("list/a.jsonl", """{"image":"../other.png","caption":"A"}""");
        Assert.Equal(["bytes"], SourceRun.Outcome(_run.Read(Source(path) with { AllowOutside = true })));
    }

    [Fact]
    public void A_document_carries_caption_path_licence_and_columns()
    {
        _run.Write("a.png", "bytes");
        var path = _run.Write("l.jsonl", """
            {"image":"a.png","caption":"Ein Bild","id":"7","lang":"de","rights":"cc-by-4.0","by":"N"}
            {"image":"https://example.org/b.png","caption":"B"}
            """);
        var documents = _run.Read(Source(path) with { Language = "lang", LicenseColumn = "rights", License = "CC0-1.0", Metadata = ["by"] });
        var (local, remote) = (documents[0], documents[1]);
        Assert.Equal((Kind.Caption, "Ein Bild", "7", "de"), (local.Kind, local.Caption, local.SourceId, local.Language));
        Assert.Equal(("CC-BY-4.0", "captions-column:rights=cc-by-4.0", null, "l.jsonl@0"), (local.License, local.LicenseEvidence, local.Url, local.Locator));
        Assert.Equal(["by=N", "image-path=a.png"], local.Metadata.Select(m => $"{m.Key}={m.Value}"));
        Assert.Equal(("https://example.org/b.png", "B", 0), (remote.Url, remote.Caption, remote.Bytes.Length));
        Assert.Equal(("CC0-1.0", "setting:license", true), (remote.License, remote.LicenseEvidence, remote.Verdict.Kept));
    }

    [Theory, InlineData(","), InlineData("\t")]
    public void A_CSV_list_has_quotes_newlines_and_any_order_of_columns(string separator)
    {
        _run.Write("a.png", "bytes");
        var path = _run.Write("l.csv", "\uFEFFcaption|more|\"image\"\r\n\"One, \"\"quoted\"\"\r\ntwice\"|x|a.png\r\n\r\nplain 5\" high||a.png\n|x|a.png\nshort".Replace("|", separator));
        var documents = _run.Read(Source(path));
        Assert.Equal(["One, \"quoted\"\r\ntwice", "plain 5\" high"], documents.Take(2).Select(d => d.Caption));
        Assert.Equal(["bytes", "bytes", "no-caption", "no-image"], SourceRun.Outcome(documents));
        Assert.Equal(["l.csv@0", "l.csv@1", "l.csv@2", "l.csv@3"], documents.Select(d => d.Locator));
    }

    [Fact]
    public void A_missing_column_is_an_error_that_names_what_there_is() =>
        Assert.Contains("no column 'caption'; it has: image, text", Assert.Throws<PipelineException>(
            () => SourceRun.Plan(Source(_run.Write("l.csv", "image,text\na,b\n")))).Message);

    [Theory, InlineData("image,caption\na.png,\"never closed\n"), InlineData("image,caption\na.png,\"")]
    public void A_quote_that_is_never_closed_names_the_file(string text) =>
        Assert.StartsWith("l.csv: ", Assert.Throws<InputException>(() => SourceRun.Plan(Source(_run.Write("l.csv", text)))).Message);

    [Theory, InlineData(""), InlineData("image,caption\n"), InlineData("\n\n")]
    public void An_empty_list_is_a_slice_without_documents(string text) =>
        Assert.Empty(_run.Read(Source(_run.Write("l.csv", text))));

    [Fact]
    public void A_list_may_be_compressed_and_a_truncated_one_fails()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes("image,caption\nhttps://example.org/a.png,A\n"));
        Assert.Equal("A", Assert.Single(_run.Read(Source(_run.Write("l", packed.ToArray())))).Caption);
        Assert.Throws<InputException>(() => SourceRun.Plan(Source(_run.Write("cut", packed.ToArray()[..^10]))));
    }

    [Fact]
    public void An_image_that_changes_or_appears_changes_the_inputs_of_the_slice()
    {
        _run.Write("a.png", "one");
        var source = Source(_run.Write("l.csv", "image,caption\na.png,A\nb.png,B\n"));
        string Digests() => string.Join(' ', SourceRun.Plan(source).SelectMany(s => s.Files).Select(f => $"{f.Name}:{f.Digest}"));
        var before = Digests();
        _run.Write("a.png", "two");
        var changed = Digests();
        Assert.NotEqual(before, changed);
        _run.Write("b.png", "new");
        Assert.NotEqual(changed, Digests());
    }

    [Fact]
    public void Slices_end_where_the_images_reach_the_target_and_lose_no_row()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            using var file = File.Create(Path.Combine(_run.Folder, name));
            file.SetLength(Slice.TargetBytes / 2);
        }
        var source = Source(_run.Write("l.csv", "image,caption\na,A\nb,B\nhttps://x.org/u,U\nc,C\nnone,N\n")) with { MaxImageBytes = 1 };
        Assert.Equal([(0, 2, 3), (2, long.MaxValue, 2)], SourceRun.Plan(source).Select(s => (s.Start, s.End, s.Files.Count)));
        Assert.Equal(["l.csv@0", "l.csv@1", "l.csv@2", "l.csv@3", "l.csv@4"], _run.Read(source).Select(d => d.Locator));
    }

    [Fact]
    public void From_pages_plans_no_slice_and_needs_no_paths()
    {
        Assert.Empty(SourceRun.Plan(new CaptionsSource { FromPages = true }));
        Assert.True(new CaptionsSource { FromPages = true }.WantsFigures);
        Assert.Equal([null, "it needs 'paths' or 'fromPages: true'"], new[] { true, false }.Select(p => new CaptionsSource { FromPages = p }.Problem));
    }

    [Fact]
    public void A_list_and_the_figures_of_pages_can_be_combined()
    {
        var source = Source(_run.Write("l.csv", "image,caption\nhttps://example.org/a.png,A\n")) with { FromPages = true };
        Assert.Equal("A", Assert.Single(_run.Read(source)).Caption);
        Assert.True(source.WantsFigures);
    }

    [Theory]
    [InlineData("l.jsonl", "\n {\"image\":\"a.png\",\"caption\":\"A\"}")]
    [InlineData("l", "\uFEFF\r\n\t{\"image\":\"a.png\",\"caption\":\"A\"}")]
    [InlineData("l", "\nimage,caption\na.png,A")]
    [InlineData("l.CSV", "\uFEFF\ncaption,image\nA,a.png")]
    [InlineData("l.tsv", "caption\timage\r\nA\ta.png")]
    public void The_format_is_told_by_extension_or_content_and_blank_lines_before_it_do_not_matter(string name, string text)
    {
        _run.Write("a.png", "bytes");
        Assert.Equal(["bytes"], SourceRun.Outcome(_run.Read(Source(_run.Write(name, text)))));
    }

    [Fact]
    public void A_line_of_JSON_Lines_that_is_not_JSON_does_not_turn_the_list_into_CSV() =>
        Assert.Equal(["invalid-json", "bytes"], SourceRun.Outcome(_run.Read(Source(_run.Write("l.jsonl", $"nonsense\n{{\"image\":\"{Path.GetFileName(_run.Write("a.png", "bytes"))}\",\"caption\":\"A\"}}\n")))));

    [Theory, InlineData("l.csv"), InlineData("l.jsonl")]
    public void A_row_that_is_not_UTF_8_is_dropped_and_the_next_one_is_not(string name)
    {
        _run.Write("a.png", "bytes");
        byte[] list = name == "l.csv"
            ? [.. "image,caption\na.png,caf"u8, 0xE9, .. "\na.png,café\n"u8]
            : [.. "{\"image\":\"a.png\",\"caption\":\"caf"u8, 0xE9, .. "\"}\n{\"image\":\"a.png\",\"caption\":\"café\"}\n"u8];
        var documents = _run.Read(Source(_run.Write(name, list)));
        Assert.Equal(["invalid-utf8", "bytes"], SourceRun.Outcome(documents));
        Assert.Equal("café", documents[1].Caption);
    }

    [Fact]
    public void A_compressed_list_longer_than_every_buffer_loses_no_row()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write("caption,image\n"u8);
            for (var i = 0; i < 20_000; i++)
                gzip.Write(Encoding.UTF8.GetBytes($"\"Image {i}\",https://example.org/{i}.png\n"));
        }
        var captions = _run.Read(Source(_run.Write("l.csv.gz", packed.ToArray()))).Select(d => d.Caption).ToList();
        Assert.Equal((20_000, "Image 19999"), (captions.Count, captions[^1]));
    }

    [Fact]
    public void A_linked_image_that_is_allowed_has_the_bytes_of_its_target_and_a_loop_of_links_is_missing()
    {
        _run.Write("elsewhere/long-name.png", "these are the bytes");
        var path = _run.Write("list/l.csv", "image,caption\na.png,A\nloop.png,B\n");
        File.CreateSymbolicLink(_run.Folder + "/list/a.png", _run.Folder + "/elsewhere/long-name.png");
        File.CreateSymbolicLink(_run.Folder + "/list/loop.png", _run.Folder + "/list/loop.png");
        Assert.Equal(["these are the bytes", "image-missing"], SourceRun.Outcome(_run.Read(Source(path) with { AllowOutside = true })));
        Assert.Equal(["image-outside", "image-outside"], SourceRun.Outcome(_run.Read(Source(path))));
    }

    private static CaptionsSource Source(string path) => new() { Paths = [path] };
}
