using System.IO.Compression;
using System.Text;
using CorpusForge.Read;
using CorpusForge.Runs;
using Xunit;
using ZstdSharp;

namespace CorpusForge.Tests.Read;

public sealed class JsonlSourceTests : IDisposable
{
    private readonly SourceRun _run = new();

    public void Dispose() => _run.Dispose();

    // One row a case: the bytes of a line, and the rule that drops it or the text that it gives.
    public static TheoryData<string, string> Lines => new()
    {
        { """{"text":"plain"}""", "plain" },
        { """{"other":[1,{"text":"inner"}],"text":"outer"}""", "outer" },
        { """{"text":"first","text":"last"}""", "last" },
        { """{"text":"first","text":null}""", "no-text" },
        { """{"te\u0078t":"escaped name"}""", "escaped name" },
        { """{"text":"a\u00e9\ud83d\ude00\n"}""", "aé😀\n" },
        { """{"text":"\u0000"}""", "\0" },
        { """{"text":""}""", "" },
        { """{"text":"half \ud800 pair"}""", "lone-surrogate" },
        { """{"text":7}""", "no-text" },
        { """{"text":["a"]}""", "no-text" },
        { "{}", "no-text" },
        { "[]", "invalid-json" },
        { "\"text\"", "invalid-json" },
        { """{"text":"a"} {"text":"b"}""", "invalid-json" },
        { """{"text":"never closed""", "invalid-json" },
        { "{\"text\":\"raw \0 NUL\"}", "invalid-json" },
        { "not JSON", "invalid-json" },
        { """{"deep":""" + new string('[', 900) + new string(']', 900) + ""","text":"under"}""", "under" },
        { """{"deep":""" + new string('[', 2000) + new string(']', 2000) + ""","text":"under"}""", "invalid-json" },
        { """{"deep":""" + new string('[', 200_000), "invalid-json" },
    };

    [Theory, MemberData(nameof(Lines))]
    public void A_line_gives_its_text_or_the_rule_that_drops_it(string line, string outcome)
    {
        var path = _run.Write("a.jsonl", line + "\n");
        Assert.Equal([outcome], SourceRun.Outcome(_run.Read(Source(path))));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_a_drop_and_the_next_line_goes_on()
    {
        var path = _run.Write("a.jsonl", [.. "{\"text\":\""u8, 0xC3, 0x28, .. "\"}\n{\"text\":\"good\"}"u8]);
        Assert.Equal(["invalid-utf8", "good"], SourceRun.Outcome(_run.Read(Source(path))));
    }

    [Fact]
    public void Byte_order_mark_blank_lines_CRLF_and_a_missing_last_feed_change_nothing()
    {
        var path = _run.Write("a.jsonl", "\uFEFF{\"text\":\"one\"}\r\n\r\n  \n{\"text\":\"two\"}\r\n{\"text\":\"three\"}");
        var documents = _run.Read(Source(path));
        Assert.Equal(["one", "two", "three"], documents.Select(SourceRun.Text));
        Assert.Equal(["a.jsonl@0", "a.jsonl@24", "a.jsonl@40"], documents.Select(d => d.Locator));
    }

    [Fact]
    public void An_empty_file_is_one_slice_without_documents()
    {
        var source = Source(_run.Write("a.jsonl", ""));
        Assert.Single(SourceRun.Plan(source));
        Assert.Empty(_run.Read(source));
    }

    [Fact]
    public void A_glob_without_files_is_an_error_that_names_it() =>
        Assert.Contains("none-*.jsonl", Assert.Throws<PipelineException>(() => SourceRun.Plan(Source(_run.Folder + "/none-*.jsonl"))).Message);

    [Fact]
    public void Columns_are_taken_by_name()
    {
        var path = _run.Write("a.jsonl", """
            {"body":"<p>x</p>","key":12,"link":"https://example.org/","head":"T","lang":"en","lic":"apache-2.0","Dump_Name":"d","n":{"a":[1, 2]},"z":null}
            """);
        var document = Assert.Single(_run.Read(new JsonlSource
        {
            Paths = [path],
            Text = "body",
            SourceId = "key",
            Url = "link",
            Title = "head",
            Language = "lang",
            License = "lic",
            Metadata = ["Dump_Name", "n", "z", "absent"],
            MediaType = "text/html",
        }));
        Assert.Equal("<p>x</p>", SourceRun.Text(document));
        Assert.Equal(("12", "https://example.org/", "T", "en"), (document.SourceId, document.Url, document.Title, document.Language));
        Assert.Equal(("Apache-2.0", "jsonl-column:lic=apache-2.0"), (document.License, document.LicenseEvidence));
        Assert.Equal(("text/html", "corpus", Kind.Text), (document.MediaType, document.Source, document.Kind));
        Assert.Equal(["dump-name=d", "n={\"a\":[1, 2]}"], document.Metadata.Select(m => $"{m.Key}={m.Value}"));
    }

    [Fact]
    public void A_licence_that_is_no_SPDX_expression_is_evidence_only()
    {
        var path = _run.Write("a.jsonl", """{"text":"x","license":"ask the author"}""");
        var document = Assert.Single(_run.Read(Source(path) with { License = "license" }));
        Assert.Null(document.License);
        Assert.Equal("jsonl-column:license=ask the author", document.LicenseEvidence);
    }

    [Theory, InlineData(19, "line-too-long"), InlineData(20, "exact")]
    public void A_line_exactly_on_the_limit_stays_and_one_byte_more_is_dropped(int limit, string outcome)
    {
        var path = _run.Write("a.jsonl", "{\"text\":    \"exact\"}\r\n{\"text\":\"b\"}\n");
        var documents = _run.Read(Source(path) with { MaxLineBytes = limit });
        Assert.Equal([outcome, "b"], SourceRun.Outcome(documents));
        Assert.Equal("a.jsonl@22", documents[1].Locator);
    }

    [Fact]
    public void A_huge_line_is_dropped_with_its_length_and_takes_no_memory()
    {
        var path = Path.Combine(_run.Folder, "a.jsonl");
        using (var file = File.Create(path))
        {
            file.Write("{\"text\":\"a\"}\n{\"text\":\""u8);
            var chunk = Encoding.ASCII.GetBytes(new string('x', 1 << 20));
            for (var i = 0; i < 40; i++)
                file.Write(chunk);
            file.Write("\"}\n{\"text\":\"b\"}\n"u8);
        }
        var source = Source(path) with { MaxLineBytes = 1 << 16 };
        var before = GC.GetAllocatedBytesForCurrentThread();
        var documents = SourceRun.Plan(source).SelectMany(s => _run.Read(source, s)).ToList();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(["a", "line-too-long", "b"], SourceRun.Outcome(documents));
        Assert.Equal((40 << 20) + 11, documents[1].Verdict.Measured);
        Assert.True(allocated < 4 << 20, $"{allocated:N0} bytes allocated");
    }

    [Fact]
    public void Ranges_cut_anywhere_give_every_line_once()
    {
        var text = "\uFEFF{\"text\":\"aé\"}\r\n\n{\"text\":\"b\"}\n{\"text\":\"" + new string('c', 50) + "\"}\nbad\n{\"text\":\"d\"}";
        var path = _run.Write("a.jsonl", text);
        var source = Source(path);
        var whole = _run.Read(source);
        var file = SourceRun.Plan(source)[0].Files[0];
        for (var cut = 1; cut < file.Bytes; cut++)
        {
            for (var second = cut + 1; second <= Math.Min(file.Bytes, cut + 20); second++)
            {
                Slice[] slices = [new([file], 0, cut), new([file], cut, second), new([file], second, file.Bytes)];
                var documents = slices.SelectMany(s => _run.Read(source, s)).ToList();
                Assert.Equal(whole.Select(d => d.Locator), documents.Select(d => d.Locator));
                Assert.Equal(SourceRun.Outcome(whole), SourceRun.Outcome(documents));
            }
        }
    }

    [Fact]
    public void A_plain_file_is_cut_at_multiples_of_the_target_size()
    {
        var path = Path.Combine(_run.Folder, "a.jsonl");
        using (var file = File.Create(path))
            file.SetLength(Slice.TargetBytes + 1);
        Assert.Equal([(0, Slice.TargetBytes), (Slice.TargetBytes, Slice.TargetBytes + 1)],
            SourceRun.Plan(Source(path)).Select(s => (s.Start, s.End)));
    }

    [Theory, InlineData("gzip"), InlineData("gzip-members"), InlineData("zstd")]
    public void Compressed_files_are_known_by_content_and_located_by_row(string how)
    {
        var path = _run.Write("plain-name.jsonl", Pack(how, "{\"text\":\"a\"}\n\n{\"text\":\"b\"}"));
        var documents = _run.Read(Source(path));
        Assert.Equal(["a", "b"], documents.Select(SourceRun.Text));
        Assert.Equal(["plain-name.jsonl@0", "plain-name.jsonl@2"], documents.Select(d => d.Locator));
    }

    [Theory]
    [InlineData("gzip", 0.5), InlineData("gzip", 0.999), InlineData("zstd", 0.5), InlineData("zstd", 0.999)]
    public void A_truncated_file_gives_its_good_lines_and_then_fails_with_file_and_offset(string how, double share)
    {
        var random = new SplitMix64(1);
        var lines = string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"text\":\"{i} {random.Next():x}{random.Next():x}{random.Next():x}{random.Next():x}\"}}\n"));
        var packed = Pack(how, lines);
        var path = _run.Write("cut.jsonl", packed[..(int)(packed.Length * share)]);
        var good = 0;
        var error = Assert.Throws<InputException>(() =>
        {
            foreach (var document in _run.Stream(Source(path)))
            {
                Assert.Null(document.Verdict.Rule);
                good++;
            }
        });
        Assert.StartsWith("cut.jsonl: at byte ", error.Message);
        Assert.True(good > 100, $"{good} lines");
    }

    [Fact]
    public void A_damaged_gzip_file_fails_with_file_and_offset()
    {
        var packed = Pack("gzip", string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"text\":\"{i}\"}}\n")));
        packed.AsSpan(packed.Length / 2, 40).Fill(0xFF);
        Assert.Throws<InputException>(() => _run.Read(Source(_run.Write("bad.gz", packed))));
    }

    [Fact]
    public void Cancelling_stops_between_lines()
    {
        var source = Source(_run.Write("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n"));
        using var cancel = new CancellationTokenSource();
        var reader = new SourceReader("corpus", new LocalStorage(_run.Folder), cancel.Token);
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var _ in source.Read(SourceRun.Plan(source)[0], reader))
                cancel.Cancel();
        });
    }

    private static JsonlSource Source(string path) => new() { Paths = [path] };

    private static byte[] Pack(string how, string text)
    {
        using var packed = new MemoryStream();
        string[] parts = how == "gzip-members" ? [text[..5], text[5..]] : [text];
        foreach (var part in parts)
        {
            using Stream packer = how == "zstd" ? new CompressionStream(packed, leaveOpen: true) : new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true);
            packer.Write(Encoding.UTF8.GetBytes(part));
        }
        return packed.ToArray();
    }
}
