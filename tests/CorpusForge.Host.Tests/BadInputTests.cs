using System.IO.Compression;
using System.Text;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Host.Tests;

/// <summary>What a user's mistakes, bad documents and damaged files get from the real program: never a stack trace, never a silent loss.</summary>
public sealed class BadInputTests : IDisposable
{
    const string Prose = "It was in the spring that the men of the harbour came to have a word with the keeper, and that he told them of the light.";

    readonly ProgramRun _program = new();

    (int Code, string Output, string Error) Run(string source, string stages = "[clean]", params string[] more)
    {
        var file = _program.Write("p.yaml", $"name: bad\nsources:\n  - {source}\nstages: {stages}\n");
        var run = _program.Run(["run", file, "--out", _program.Out, .. more]);
        Assert.DoesNotContain("   at ", run.Error);
        Assert.DoesNotContain("Exception", run.Error);
        return run;
    }

    [Theory]
    [InlineData("jsonl: { paths: [absent/*.jsonl] }", "'absent/*.jsonl' matches no file (looked in ")]
    [InlineData("jsonl: { path: [a] }", "p.yaml:3:14: source 'jsonl' has no setting 'path'; did you mean 'paths'?")]
    [InlineData("jsonl: { paths: 7 }", "p.yaml:3:21: 'paths' of source 'jsonl' must be a list")]
    [InlineData("jsonn: { paths: [a] }", "p.yaml:3:5: there is no source 'jsonn'; did you mean 'jsonl'?")]
    [InlineData("jsonl", "p.yaml:3:5: source 'jsonl' needs the setting 'paths': a list")]
    public void A_mistake_in_the_pipeline_is_wrong_usage_and_starts_nothing(string source, string message)
    {
        var (code, output, error) = Run(source);
        Assert.Contains(message, error);
        Assert.Equal("", output.StartsWith("Run bad-1 failed", StringComparison.Ordinal) ? "" : output);
        Assert.Equal(2, code);
    }

    [Theory]
    [InlineData("model: gpt-huge", "There is no model 'gpt-huge'")]
    [InlineData("heads: 3", "No model has this shape: Llama of 4 layers, width 128, 3 heads, context 256")]
    [InlineData("accumulate: 3", "accumulate is 3; it must divide batchSize, which is 8")]
    [InlineData("initialModel: nowhere", "nowhere/config.json: not the config.json of a model")]
    public void A_training_that_cannot_be_is_known_before_anything_runs(string settings, string message)
    {
        var (code, output, error) = Run("jsonl: { paths: [absent.jsonl] }", $"[clean, tokenize: {{ tokenizer: byte }}, train: {{ {settings} }}]");
        Assert.Contains(message, error);
        Assert.Equal(("", 2), (output, code));
    }

    [Theory]
    [InlineData(new[] { "run" }, "Required argument 'pipeline' missing")]
    [InlineData(new[] { "run", "absent.yaml" }, "absent.yaml: there is no such pipeline file")]
    [InlineData(new[] { "fly" }, "corpusforge: Unrecognized command or argument 'fly'.\ntry: corpusforge --help\n")]
    [InlineData(new[] { "run", "absent.yaml", "--limit", "x" }, "corpusforge: --limit: 'x' is no whole number\ntry: corpusforge run --help\n")]
    [InlineData(new[] { "sample", ".", "--temperature", "x" }, "corpusforge: --temperature: 'x' is no number\n")]
    [InlineData(new[] { "stats", "-o", "xml" }, "corpusforge: --output: 'xml' is none of json, text\n")]
    [InlineData(new[] { "runs", "show", "x-1" }, "no run was ever started in this folder")]
    [InlineData(new[] { "keys", "list", "--out", "nowhere" }, "--out nowhere: nothing was started in this folder")]
    [InlineData(new[] { "schedule", "list", "--out", "nowhere" }, "no run was ever started in this folder")]
    [InlineData(new[] { "backfill", "list", "--out", "nowhere" }, "no run was ever started in this folder")]
    [InlineData(new[] { "export", ".", "--to", "x" }, "no folder of a finished stage")]
    [InlineData(new[] { "run", "absent.yaml", "--workers", "0" }, "--workers: from 1 to 1024")]
    public void Wrong_usage_is_told_on_standard_error_with_exit_code_2(string[] arguments, string message)
    {
        var (code, output, error) = _program.Run(arguments);
        Assert.Contains(message, error);
        Assert.Equal("", output);
        Assert.Equal(2, code);
        Assert.False(Directory.Exists(Path.Combine(_program.Folder, "nowhere")));
    }

    [Fact]
    public void A_ledger_that_is_none_is_named()
    {
        _program.Write("spoilt/ledger.db", "no database");
        var (code, _, error) = _program.Run("stats", "--out", "spoilt");
        Assert.Contains("--out spoilt: its ledger cannot be read", error);
        Assert.Equal(2, code);
    }

    [Fact]
    public void An_address_that_is_taken_is_the_only_thing_that_serve_complains_of()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var (code, _, error) = _program.Run("serve", "--listen", $"http://{taken.LocalEndpoint}", "--out", "out");
        Assert.Equal(1, code);
        Assert.EndsWith("address already in use.", error.TrimEnd());
        Assert.DoesNotContain("BackgroundService", error);
    }

    [Fact]
    public void Lines_that_are_no_documents_are_dropped_by_rule_and_counted()
    {
        _program.Write("in.jsonl", [.. Encoding.UTF8.GetBytes($$"""{"id":"1","text":"{{Prose}}"}""" + "\n"), .. "{\"text\":\"\xff\xfe\"}\n"u8.ToArray().Select(b => b),
            0x7b, 0x22, 0x74, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d, 0x0a, .. "{broken\n[1]\n{\"other\":1}\n"u8]);
        var (code, _, error) = Run("jsonl: { paths: [in.jsonl] }", "[clean]", "-o", "json");
        Assert.True(code == 0, error);
        var stage = File.ReadAllText(Directory.EnumerateFiles(_program.Out, "stage.json", SearchOption.AllDirectories).Single());
        Assert.Contains("\"in\": 6", stage);
        Assert.Contains("jsonl.invalid-json", stage);
        Assert.Contains("jsonl.invalid-utf8", stage);
        Assert.Contains("jsonl.no-text", stage);
    }

    [Fact]
    public void An_empty_file_is_no_mistake()
    {
        _program.Write("in.jsonl", "");
        var (code, output, _) = Run("jsonl: { paths: [in.jsonl] }", "[clean, deduplicate, { tokenize: { tokenizer: byte } }, audit]");
        Assert.Equal(0, code);
        Assert.StartsWith("Run bad-1 done", output);
    }

    [Fact]
    public void A_run_that_keeps_nothing_says_which_stage_and_which_rule()
    {
        _program.Write("in.jsonl", $$"""{"text":"{{Prose}}"}""" + "\n" + """{"text":"short"}""" + "\n" + """{"text":"1 2 3 4 5 6 7 8"}""" + "\n");
        const string Stages = "[clean, { filter: { steps: [{ gopher-quality: { minWords: 2, minStopWords: 8 } }] } }, deduplicate, { tokenize: { tokenizer: byte } }]";
        var (code, output, error) = Run("jsonl: { paths: [in.jsonl] }", Stages);
        Assert.Equal(0, code);
        Assert.StartsWith("Run bad-1 done", output);
        Assert.Contains("corpusforge: warning: stage 'filter' kept none of its 3 documents: gopher-quality.", error);
        Assert.DoesNotContain("stage 'tokenize'", error);
        Assert.Contains(" warning bad-1 empty: stage 'filter' kept none", _program.Run("logs", "bad-1", "--failed").Output);
        _program.Write("in.jsonl", "");
        Assert.Contains("warning: stage 'clean' had no documents to read", Run("jsonl: { paths: [in.jsonl] }", Stages).Error);
        _program.Write("in.jsonl", $$"""{"text":"{{Prose}}"}""");
        Assert.DoesNotContain("warning", Run("jsonl: { paths: [in.jsonl] }", "[clean, { tokenize: { tokenizer: byte } }]").Error);
    }

    [Fact]
    public void A_unit_that_failed_is_told_by_the_names_of_its_stage_and_phase()
    {
        _program.Write("in.jsonl.gz", Gzip(Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 2000).Select(i => $$"""{"text":"{{Prose}} {{SplitMix64.Mix((ulong)i)}}"}"""))))[..2000]);
        Assert.Equal(1, Run("jsonl: { paths: [in.jsonl.gz] }").Code);
        foreach (var look in (string[][])[["units", "list", "bad-1"], ["logs", "bad-1", "--failed"], ["runs", "show", "bad-1"]])
            Assert.Matches("clean/extract/[0-9a-f]{32}", _program.Run([.. look, "--out", _program.Out]).Output);
        Assert.DoesNotMatch("0/0/[0-9a-f]{32}", _program.Run("logs", "bad-1", "--failed", "--out", _program.Out).Output);
    }

    [Fact]
    public void A_truncated_file_fails_its_unit_names_file_and_offset_and_leaves_the_others_done()
    {
        _program.Write("in/a.jsonl", $$"""{"text":"{{Prose}}"}""");
        var whole = Gzip(Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 2000).Select(i => $$"""{"text":"{{Prose}} {{SplitMix64.Mix((ulong)i)}}"}"""))));
        _program.Write("in/b.jsonl.gz", whole[..(whole.Length / 2)]);
        var (code, output, error) = Run("jsonl: { paths: [in/*] }");
        Assert.Equal(1, code);
        Assert.Contains("b.jsonl.gz: at byte", error);
        Assert.StartsWith("Run bad-1 failed: 1 unit done", output);

        _program.Write("in/b.jsonl.gz", whole);
        var mended = _program.Run("run", Path.Combine(_program.Folder, "p.yaml"), "--out", _program.Out);
        Assert.True(mended.Code == 0, mended.Error);
        Assert.StartsWith("Run bad-1 done: 1 unit done, 1 reused", mended.Output);
    }

    [Fact]
    public void A_damaged_warc_fails_with_its_offset_and_retry_takes_only_that_unit()
    {
        var record = Gzip(Record("https://example.org/", $"<html><body><main><p>{Prose} {Prose} {Prose}</p></main></body></html>"));
        _program.Write("in/good.warc.gz", record);
        _program.Write("in/bad.warc.gz", [.. record, .. record[..(record.Length - 9)]]);
        var (code, _, error) = Run("warc: { paths: [in/*] }");
        Assert.Equal(1, code);
        Assert.Contains($"bad.warc.gz: at byte {record.Length:N0}", error);
        var retry = _program.Run("runs", "retry", "bad-1", "--out", _program.Out);
        Assert.Equal(1, retry.Code);
        Assert.StartsWith("Run bad-1 failed: 0 units done, 1 reused", retry.Output);
    }

    [Fact]
    public void Hostile_pages_are_dropped_by_rule_and_the_others_are_kept()
    {
        byte[][] records =
        [
            Record("https://example.org/good", $"<html><body><main><p>{Prose} {Prose} {Prose}</p></main></body></html>"),
            Record("https://example.org/deep", string.Concat(Enumerable.Repeat("<div>", 100_000)) + Prose),
            Record("https://example.org/formatting", string.Concat(Enumerable.Range(0, 10_000).Select(i => $"<p><b id={i}>"))),
            Record("https://example.org/large", new string('x', 100 << 20)),
            Record("https://example.org/bomb", Gzip(new byte[20 << 20]), "Content-Encoding: gzip\r\n"),
            Record("https://example.org/missing", "", status: "404 Not Found"),
            Record("https://example.org/pdf", "%PDF-1.7", type: "application/pdf"),
            Record("http://exa mple.org/<a b>", $"<p>{Prose} {Prose} {Prose}</p>"),
        ];
        _program.Write("in.warc.gz", [.. records.SelectMany(Gzip)]);
        var (code, _, error) = Run("warc: { paths: [in.warc.gz] }");
        Assert.True(code == 0, error);
        var to = Path.Combine(_program.Folder, "x");
        var stage = Path.GetDirectoryName(Directory.EnumerateFiles(_program.Out, "stage.json", SearchOption.AllDirectories).Single())!;
        Assert.Equal(0, _program.Run("export", stage, "--to", to).Code);
        var rows = Directory.EnumerateFiles(to, "*.jsonl", SearchOption.AllDirectories).SelectMany(File.ReadLines)
            .Select(l => System.Text.Json.Nodes.JsonNode.Parse(l)!).ToDictionary(r => (string)r["url"]!, r => (string?)r["rule"]);
        Assert.Equal(records.Length, rows.Count);
        Assert.Null(rows["https://example.org/good"]);
        Assert.Null(rows["http://exa mple.org/<a b>"]);
        Assert.Equal("too-deep", rows["https://example.org/deep"]);
        Assert.NotNull(rows["https://example.org/formatting"]);
        Assert.Equal("body-too-large", rows["https://example.org/large"]);
        Assert.Equal("decompression-bomb", rows["https://example.org/bomb"]);
        Assert.Equal("http-status", rows["https://example.org/missing"]);
        Assert.Equal("unsupported-media-type", rows["https://example.org/pdf"]);
    }

    [Fact]
    public void A_parquet_file_without_the_named_column_is_an_error_that_lists_those_there_are()
    {
        _program.Write("in.jsonl", $$"""{"text":"{{Prose}}"}""");
        Run("jsonl: { paths: [in.jsonl] }");
        var stage = Path.GetDirectoryName(Directory.EnumerateFiles(_program.Out, "stage.json", SearchOption.AllDirectories).Single())!;
        Assert.Equal(0, _program.Run("export", stage, "--format", "parquet", "--to", Path.Combine(_program.Folder, "pq")).Code);
        var (code, _, error) = Run("parquet: { paths: [pq/*.parquet], text: body }");
        Assert.Equal(2, code);
        Assert.Contains("body", error);
        Assert.Contains("locator", error);
    }

    [Fact]
    public void A_second_run_in_the_same_folder_is_refused_while_the_first_goes_on()
    {
        _program.Write("in.jsonl", $$"""{"text":"{{Prose}}"}""");
        Run("jsonl: { paths: [in.jsonl] }");
        using var held = new FileStream(Path.Combine(_program.Out, ".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        var (code, _, error) = _program.Run("run", Path.Combine(_program.Folder, "p.yaml"), "--out", _program.Out);
        Assert.Equal(2, code);
        Assert.Contains("another process is running a pipeline in this folder", error);
    }

    [Fact]
    public void An_output_folder_that_cannot_be_made_is_wrong_usage()
    {
        _program.Write("in.jsonl", $$"""{"text":"{{Prose}}"}""");
        _program.Write("file", "not a folder");
        _program.Write("p.yaml", "name: bad\nsources:\n  - jsonl: { paths: [in.jsonl] }\nstages: [clean]\n");
        foreach (var folder in (string[])["file/out", "/proc/out"])
        {
            var (code, _, error) = _program.Run("run", "p.yaml", "--out", folder);
            Assert.Equal(2, code);
            Assert.Contains($"--out {folder}: the folder cannot be", error);
        }
    }

    [Fact]
    public async Task Ctrl_c_stops_cleanly_with_130_and_the_same_command_goes_on()
    {
        for (var i = 0; i < 6; i++)
            _program.Write($"in/{i}.jsonl", string.Join('\n', Enumerable.Range(0, 6000).Select(n => $$"""{"text":"{{Prose}} {{SplitMix64.Mix((ulong)(n + (i << 20)))}}"}""")));
        var file = _program.Write("p.yaml", "name: bad\nsources:\n  - jsonl: { paths: [in/*] }\nstages: [clean, { tokenize: { tokenizer: cl100k_base } }]\n");
        using var process = _program.Start("run", file, "--out", _program.Out, "--workers", "1");
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        while (!Directory.Exists(Path.Combine(_program.Out, "bad")) && !process.HasExited)
            Thread.Yield();
        Signals.Send(process.Id, "INT");
        await process.WaitForExitAsync();
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("the same command goes on where it stopped", await error);
        Assert.Contains("cancelled", await output);
        Assert.Empty(Directory.EnumerateFiles(_program.Out, ".tmp-*", SearchOption.AllDirectories));
        Assert.Equal(0, _program.Run("run", file, "--out", _program.Out).Code);
    }

    static byte[] Record(string url, string body, string headers = "", string status = "200 OK", string type = "text/html") =>
        Record(url, Encoding.UTF8.GetBytes(body), headers, status, type);

    static byte[] Record(string url, byte[] body, string headers = "", string status = "200 OK", string type = "text/html")
    {
        byte[] http = [.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: {type}\r\n{headers}\r\n"), .. body];
        var head = $"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-8000-8000-000000000001>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
            + $"WARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {http.Length}\r\n\r\n";
        return [.. Encoding.UTF8.GetBytes(head), .. http, .. "\r\n\r\n"u8];
    }

    static byte[] Gzip(byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.SmallestSize))
            gzip.Write(bytes);
        return memory.ToArray();
    }

    public void Dispose() => _program.Dispose();
}
