using System.Text.Json;
using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Host.Tests.Commands;

/// <summary>`tokenizer encode|decode|inspect|train`, and a run whose tokenizer is the one that was trained.</summary>
public sealed class TokenizerCommandTests : IDisposable
{
    readonly ProgramRun _program = new();

    string Texts => _program.Write("texts.jsonl", string.Concat(Enumerable.Range(0, 40).Select(i =>
        JsonSerializer.Serialize(new { id = $"{i}", text = $"Text {i}: the river runs through the old town, and the town lives by the river; nobody counts its {i * 7} bridges." }) + "\n")));

    string Train(string folder, params string[] more)
    {
        var (code, output, error) = _program.Run(["tokenizer", "train", "--input", Texts, "--to", Path.Combine(_program.Folder, folder), "--vocabulary-size", "300", .. more]);
        Assert.True(code == 0, error);
        Assert.Contains("301 ids, 300 ends a text", output);
        return Path.Combine(_program.Folder, folder, "tokenizer.json");
    }

    [Fact]
    public void Text_is_encoded_and_decoded_line_by_line()
    {
        const string lines = "{\"text\": \"Hello, wörld <|endoftext|>\\n\"}\n{\"text\": \"\"}\n";
        var (code, ids, error) = _program.RunWith(lines, "tokenizer", "encode", "--tokenizer", "cl100k_base", "--format", "jsonl");
        Assert.True(code == 0, error);
        Assert.Equal("{\"ids\":[9906,11,289,9603,509,83739,8862,728,428,91,397]}\n{\"ids\":[]}\n", ids);
        var (_, texts, _) = _program.RunWith(ids, "tokenizer", "decode");
        Assert.Equal("{\"text\":\"Hello, wörld <|endoftext|>\\n\"}\n{\"text\":\"\"}\n", texts);
        Assert.Equal("9906 11\n", _program.RunWith("Hello,\n", "tokenizer", "encode", "--format", "text").Output);
        Assert.Equal("Hello,\n", _program.RunWith("9906 11\n", "tokenizer", "decode", "--format", "text").Output);
    }

    [Fact]
    public void Escapes_halves_of_pairs_other_keys_and_long_lines_are_read()
    {
        var text = string.Concat(Enumerable.Repeat("long \\\"line\\\" \\u00e9\\ud83e\\udd8a\\n", 20_000));
        var lines = $"\uFEFF{{\"id\": [{{\"text\": 1}}], \"text\": \"\\ud800x\\udc00\", \"more\": {{}}}}\r\n{{\"text\":\"{text}\"}}\n{{\"text\":\"\\/\\b\\f\\t\\r\\\\\"}}";
        var (code, ids, error) = _program.RunWith(lines, "tokenizer", "encode");
        Assert.True(code == 0, error);
        var (_, texts, _) = _program.RunWith(ids, "tokenizer", "decode");
        var decoded = texts.Split('\n')[..^1].Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()).ToArray();
        Assert.Equal(["\uFFFDx\uFFFD", string.Concat(Enumerable.Repeat("long \"line\" é🦊\n", 20_000)), "/\b\f\t\r\\"], decoded);
    }

    [Theory]
    [InlineData("encode", "{\"txt\": 1}", "line 1: expected JSON such as {\"text\": \"…\"}")]
    [InlineData("encode", "{\"text\": \"a\"}\n\n", "line 2: expected JSON")]
    [InlineData("encode", "{\"text\": \"\\u12\"}", "line 1: expected JSON")]
    [InlineData("encode", "{\"text\": \"a\"} {}", "line 1: expected JSON")]
    [InlineData("encode", "[\"text\"]", "line 1: expected JSON")]
    [InlineData("encode", "nonsense", "line 1: expected JSON")]
    [InlineData("decode", "{\"ids\": [1, \"x\"]}", "line 1: expected JSON such as {\"ids\": [1, 2]}")]
    [InlineData("decode", "{\"ids\": [5]}\n{\"ids\": [-1]}", "line 2: cl100k_base has ids from 0 to 100276, and not -1")]
    [InlineData("decode", "{\"ids\": [100277]}", "and not 100277")]
    public void A_line_that_cannot_be_read_is_named(string verb, string input, string problem)
    {
        var (code, _, error) = _program.RunWith(input + "\n", "tokenizer", verb);
        Assert.Equal(2, code);
        Assert.Contains(problem, error);
    }

    [Theory]
    [InlineData("tokenizer encode -t nowhere.json", "there is no tokenizer 'nowhere.json', and no file of this name")]
    [InlineData("tokenizer inspect texts.jsonl", "not JSON")]
    [InlineData("tokenizer train --input nowhere.jsonl --to x", "there is no file 'nowhere.jsonl'")]
    [InlineData("tokenizer train --input texts.jsonl --to x --vocabulary-size 10", "from 256 to")]
    public void What_is_asked_for_wrongly_is_an_error_that_says_so(string arguments, string problem)
    {
        var texts = Texts;
        var (code, _, error) = _program.Run(arguments.Replace("texts.jsonl", texts, StringComparison.Ordinal).Split(' '));
        Assert.Equal(2, code);
        Assert.Contains(problem, error);
    }

    [Theory]
    [InlineData("bad.jsonl", "{\"text\":\"a\"}\nno\n", 2, "bad.jsonl: line 2: expected JSON such as {\"text\": \"…\"}")]
    [InlineData("bad.arrow", "ARROW1 and no more", 1, "bad.arrow: at byte 0: this is no whole Arrow file: it was cut off, or is something else")]
    public void A_file_that_cannot_be_trained_on_is_named(string name, string content, int exit, string problem)
    {
        var file = _program.Write(name, content);
        foreach (var command in (string[][])[["tokenizer", "train", "--to", "x"], ["perplexity", "train", "--to", "m.cfng"]])
        {
            var (code, _, error) = _program.Run([.. command, "--input", file]);
            Assert.Equal(exit, code);
            Assert.Contains(problem, error);
            Assert.DoesNotContain("   at ", error);
        }
    }

    [Fact]
    public void Training_gives_the_same_files_with_any_number_of_threads()
    {
        var (one, four) = (Train("one", "--threads", "1"), Train("four", "--threads", "4"));
        Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(four));
        Assert.Equal(File.ReadAllBytes(Path.ChangeExtension(one, ".tiktoken")), File.ReadAllBytes(Path.ChangeExtension(four, ".tiktoken")));
        Assert.Contains("\" the\"", _program.Run("tokenizer", "inspect", one, "--text", "by the river").Output);
    }

    [Fact]
    public void A_run_takes_a_tokenizer_from_a_file_and_its_shards_keep_it()
    {
        var tokenizer = Train("own");
        var pipeline = _program.Write("p.yaml", $$"""
            name: own
            sources:
              - jsonl: { paths: ["{{Texts}}"] }
            stages:
              - clean
              - tokenize: { tokenizerFile: "{{tokenizer}}" }
            """);
        var (code, _, error) = _program.Run("run", pipeline, "--out", _program.Out);
        Assert.True(code == 0, error);
        var before = ProgramRun.Digests(_program.Out);
        Assert.Contains(before.Keys, k => k.EndsWith(".json", StringComparison.Ordinal) && k.Contains("/tokenizer-", StringComparison.Ordinal));

        // The shards are read without the file that the pipeline named.
        File.Delete(tokenizer);
        var exported = Path.Combine(_program.Folder, "again");
        (code, _, error) = _program.Run("export", Directory.EnumerateDirectories(Path.Combine(_program.Out, "own"), "tokenize-*").Single(), "--format", "jsonl", "--to", exported);
        Assert.True(code == 0, error);
        Assert.Equal(
            File.ReadLines(Texts).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("text").GetString()).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(exported, "*.jsonl").SelectMany(File.ReadLines).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("text").GetString()).Order(StringComparer.Ordinal));

        (code, _, error) = _program.Run("run", pipeline, "--out", _program.Out);
        Assert.Equal(2, code);
        Assert.Contains("tokenizer.json", error);
    }

    [Fact]
    public void Code_that_is_not_held_out_is_rearranged_and_nothing_else()
    {
        for (var i = 0; i < 20; i++)
            _program.Write($"tree/part{i}.py", $"def part{i}(a):\n    return a * {i}\n\n\nprint(part{i}({i}))\n");
        var pipeline = _program.Write("p.yaml", $$"""
            name: own
            sources:
              - jsonl: { paths: ["{{Texts}}"] }
              - code: { paths: ["{{_program.Folder}}/tree"] }
            stages:
              - clean
              - tokenize: { tokenizer: cl100k_base, validationShare: 0.3, fim: { rate: 1 } }
            """);
        var (code, _, error) = _program.Run("run", pipeline, "--out", _program.Out);
        Assert.True(code == 0, error);
        var rows = new List<(bool Code, bool HeldOut, bool Moved)>();
        foreach (var path in Directory.EnumerateFiles(Directory.EnumerateDirectories(Path.Combine(_program.Out, "own"), "tokenize-*").Single(), "*.arrow"))
        {
            using var shard = TokenShardReader.Open(path);
            foreach (var batch in shard.Batches)
            {
                for (var row = 0; row < batch.Rows; row++)
                    rows.Add((batch.Row(row).Kind == Kind.Code, batch.Validation(row), batch.Wide(row)[0] == 100_258));
            }
        }
        Assert.Equal((60, 20), (rows.Count, rows.Count(r => r.Code)));
        Assert.All(rows, r => Assert.Equal(r.Code && !r.HeldOut, r.Moved));
        Assert.Contains(rows, r => r.Code && r.HeldOut);

        (code, _, error) = _program.Run("validate", pipeline, "--set", "stages.tokenize.tokenizer=o200k_base");
        Assert.Equal(2, code);
        Assert.Contains("o200k_base does not have them", error);
    }

    [Fact]
    public void A_tokenizer_that_is_not_the_one_that_was_meant_is_refused()
    {
        var pipeline = _program.Write("p.yaml", $$"""
            name: own
            sources:
              - jsonl: { paths: ["{{Texts}}"] }
            stages:
              - clean
              - tokenize: { tokenizerFile: "{{Train("own")}}", tokenizerSha256: "{{new string('0', 64)}}" }
            """);
        var (code, _, error) = _program.Run("run", pipeline, "--out", _program.Out);
        Assert.Equal(2, code);
        Assert.Contains("and not 0000", error);
    }

    public void Dispose() => _program.Dispose();
}
