using Xunit;

namespace CorpusForge.Host.Tests.Commands;

public sealed class VerifyCommandTests : IDisposable
{
    private const string Pipeline =
        """
        name: web
        sources:
          - jsonl: { paths: [in/*.jsonl] }
        stages:
          - clean: { steps: [extract-text] }
          - filter: { steps: [gopher-quality: { minWords: 20 }] }
          - deduplicate
          - tokenize: { tokenizer: byte }
          - audit
        """;

    private readonly ProgramRun _program = new();
    private readonly string _file;

    public VerifyCommandTests()
    {
        CorpusRun.WriteInput(_program);
        _file = _program.Write("p.yaml", Pipeline);
        var (code, _, error) = _program.Run("run", _file);
        Assert.True(code == 0, error);
    }

    public void Dispose() => _program.Dispose();

    private string[] Files(string stage, string pattern) => [.. Directory.GetFiles(Directory.GetDirectories(Path.Combine(_program.Out, "web"), $"{stage}-*").Single(), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(file, bytes);
    }

    private string Damaged(params string[] arguments)
    {
        var (code, output, error) = _program.Run(["verify", .. arguments]);
        Assert.True(code == 1, output + error);
        return output;
    }

    [Fact]
    public void What_is_as_it_was_recorded_is_whole()
    {
        foreach (var of in (string[][])[[], ["web-1"], ["web-1/clean"], ["tokenize"], [_program.Out], [Path.GetDirectoryName(Files("filter", "stage.json")[0])!]])
            Assert.True(CorpusRun.Json(_program, ["verify", .. of]).GetProperty("whole").GetBoolean());
        CorpusRun.Refuses(_program, "there are: web-1, clean,", "verify", "web-2");
    }

    [Theory]
    [InlineData("clean", "part-*.arrow"), InlineData("filter", "part-*.arrow"), InlineData("deduplicate", "part-*.arrow"), InlineData("deduplicate", "part-*.index.bin"), InlineData("tokenize", "part-*.arrow"), InlineData("audit", "*.html")]
    public void A_bit_that_turned_over_is_found_and_its_file_named(string stage, string pattern)
    {
        if (Files(stage, pattern) is not [var file, ..])
            file = Files(stage, "part-*").First(f => !f.EndsWith(".json", StringComparison.Ordinal));
        Flip(file);
        var output = Damaged();
        Assert.Contains($"{Path.GetRelativePath(_program.Out, file)} has the SHA-256 ", output, StringComparison.Ordinal);
        Assert.Contains(": 1 thing is not as recorded", output, StringComparison.Ordinal);
        Assert.Contains("DAMAGED", Damaged("web-1/" + stage), StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains("is missing", Damaged(), StringComparison.Ordinal);
        Assert.Equal(0, _program.Run("run", _file).Code);
        Assert.Equal(0, _program.Run("verify").Code);
    }

    [Fact]
    public void Counts_roots_and_manifests_that_were_changed_are_found()
    {
        var (stage, manifest) = (Files("filter", "stage.json")[0], Files("filter", "part-*.json")[0]);
        var (before, part) = (File.ReadAllText(stage), File.ReadAllText(manifest));
        File.WriteAllText(stage, before.Replace("\"root\": \"", "\"root\": \"00", StringComparison.Ordinal));
        Assert.Contains("has the root 00", Damaged(), StringComparison.Ordinal);
        File.WriteAllText(stage, before.Replace("\"in\": 40", "\"in\": 41", StringComparison.Ordinal));
        Assert.Contains("counts that are not the sum of its parts", Damaged(), StringComparison.Ordinal);
        File.Delete(stage);
        Assert.Contains("is missing, and a run recorded the root", Damaged("web-1"), StringComparison.Ordinal);
        File.WriteAllText(stage, before);
        var digest = part.IndexOf("contentDigest", StringComparison.Ordinal) + 17;
        File.WriteAllText(manifest, part[..digest] + (part[digest] == '0' ? '1' : '0') + part[(digest + 1)..]);
        Assert.Contains("content digest that is not that of its files", Damaged(), StringComparison.Ordinal);
        File.WriteAllText(manifest, part.Replace("\"contentDigest\": \"", "\"contentDigest\": \"zz", StringComparison.Ordinal));
        Assert.Contains("not a manifest: its content digest is not hexadecimal", Damaged(), StringComparison.Ordinal);
        File.WriteAllText(manifest, part.Replace("\"sha256\"", "\"sha255\"", StringComparison.Ordinal));
        Assert.Contains("not a manifest", Damaged(), StringComparison.Ordinal);
        File.WriteAllText(stage, "{}");
        Assert.Contains("not a stage file", Damaged(), StringComparison.Ordinal);
        File.WriteAllText(stage, before);
        File.WriteAllText(manifest, part[..^40]);
        Assert.Contains("not a manifest", Damaged(), StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(stage)!, recursive: true);
        Assert.Contains("is missing, and a run recorded the root", Damaged(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_that_nobody_recorded_is_found()
    {
        // Another corpus under the same configuration, whole in itself.
        var folder = Path.GetDirectoryName(Files("clean", "stage.json")[0])!;
        var other = Path.Combine(_program.Folder, "other");
        _program.Write("in/1.jsonl", "{\"text\":\"another text\"}\n");
        Assert.Equal(0, _program.Run("run", _file, "--out", other).Code);
        Directory.Delete(folder, recursive: true);
        Directory.Move(Directory.GetDirectories(Path.Combine(other, "web"), "clean-*").Single(), folder);
        Assert.Equal(0, _program.Run("verify", folder).Code);
        Assert.Contains("which no run and no takedown recorded", Damaged(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_takedown_left_is_whole()
    {
        var id = CorpusRun.Json(_program, "inspect", "clean", "-n", "1").GetProperty("documents")[0].GetProperty("id").GetString();
        var (code, _, error) = _program.Run("takedown", "--from", _program.Write("list.txt", $"id:{id}\n"));
        Assert.True(code == 0, error);
        var (again, output, _) = _program.Run("verify");
        Assert.True(again == 0, output);
        File.WriteAllText(Path.Combine(_program.Out, "takedowns", "takedown-0002.json"), "{}");
        var (broken, _, told) = _program.Run("verify");
        Assert.Equal(1, broken);
        Assert.Contains(": not a receipt of a takedown", told, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_program.Out, "takedowns", "begun.json"), "{}");
        CorpusRun.Refuses(_program, "a takedown was stopped", "verify");
    }

    [Theory, InlineData("clean", "filter"), InlineData("deduplicate", "tokenize")]
    public void A_stage_does_not_read_a_shard_that_is_damaged(string damaged, string reader)
    {
        var shard = Files(damaged, "part-*.arrow").First(f => Path.GetFileName(f).Length == 43);
        Flip(shard);
        Directory.Delete(Path.GetDirectoryName(Files(reader, "stage.json")[0])!, recursive: true);
        var (code, _, error) = _program.Run("run", _file);
        Assert.Equal(1, code);
        Assert.Contains($"{shard}: at byte 0: the file has the SHA-256", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        foreach (var look in (string[][])[["inspect", damaged], ["export", $"web-1/{damaged}", "--to", "exported"], ["lineage", "00000000"]])
        {
            (code, _, error) = _program.Run(look);
            Assert.Equal(1, code);
            Assert.Contains(shard, error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
    }
}
