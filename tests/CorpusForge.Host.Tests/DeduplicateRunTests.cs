using System.Text.Json;
using System.Text.Json.Nodes;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Host.Tests;

/// <summary>Deduplication through the whole program: shuffled rows, other files, one worker or five, one run or a dump after the other.</summary>
public sealed class DeduplicateRunTests : IDisposable
{
    private const string OneSource = "name: one\nsources: [jsonl: { paths: [in/*] }]\nstages: [clean, deduplicate: { keep: KEEP }]\n";
    private const string Dumps = "name: dumps\nsources: [SOURCES]\nstages: [clean, deduplicate: { keep: KEEP }]\n";

    private readonly ProgramRun _program = new();

    [Theory, InlineData("first"), InlineData("longest")]
    public void Shuffled_rows_in_other_files_and_other_workers_keep_and_drop_the_same(string keep)
    {
        var rows = Rows(240);
        var file = _program.Write("p.yaml", OneSource.Replace("KEEP", keep, StringComparison.Ordinal));
        WriteFiles(rows, 120, 240);
        Run(file, "a", "1");
        Run(file, "b", "5");
        Assert.Equal(ProgramRun.Digests(Path.Combine(_program.Folder, "a")), ProgramRun.Digests(Path.Combine(_program.Folder, "b")));
        var expected = Outcome("a");
        Assert.Equal(240, expected.Count);
        Assert.InRange(expected.Count(l => l.Contains("duplicate", StringComparison.Ordinal)), 40, 200);

        var random = new SplitMix64(8);
        WriteFiles([.. rows.OrderBy(_ => random.Next())], 17, 90, 91, 240);
        Run(file, "c", "2");
        Assert.Equal(expected, Outcome("c"));
    }

    [Theory, InlineData("first"), InlineData("latest")]
    public void A_dump_after_the_other_gives_the_bytes_of_both_at_once_and_signs_only_the_new_one(string keep)
    {
        var rows = Rows(240);
        _program.Write("1.jsonl", string.Join('\n', rows[..120]));
        _program.Write("2.jsonl", string.Join('\n', rows[120..]));
        var pipeline = Dumps.Replace("KEEP", keep, StringComparison.Ordinal);
        var first = _program.Write("first.yaml", pipeline.Replace("SOURCES", Source(1), StringComparison.Ordinal));
        var both = _program.Write("both.yaml", pipeline.Replace("SOURCES", $"{Source(1)}, {Source(2)}", StringComparison.Ordinal));
        Run(first, "later", "2");
        var kept = Outcome("later").Where(l => l.Contains("kept", StringComparison.Ordinal)).Select(l => l.Split(' ')[0]).ToArray();
        var signed = Signed("later");
        Run(both, "later", "2");
        Run(both, "once", "2");

        Assert.Equal(Outcome("once"), Outcome("later"));
        var (once, later) = (ProgramRun.Digests(Path.Combine(_program.Folder, "once")), ProgramRun.Digests(Path.Combine(_program.Folder, "later")));
        Assert.All(once, f => Assert.Equal(f.Value, later[f.Key]));
        Assert.Single(signed);
        Assert.Equal(2, Signed("later").Count);
        Assert.All(signed, f => Assert.Equal(f.Value, Signed("later")[f.Key]));
        var now = Outcome("later").Where(l => l.Contains("kept", StringComparison.Ordinal)).Select(l => l.Split(' ')[0]).ToHashSet();
        Assert.Equal(keep == "first", kept.All(now.Contains));

        static string Source(int dump) => $"jsonl: {{ id: dump-{dump}, paths: [{dump}.jsonl], metadata: [date] }}";
    }

    /// <summary>When the manifests of the signed parts were written.</summary>
    private Dictionary<string, DateTime> Signed(string output) => Directory.EnumerateFiles(Path.Combine(_program.Folder, output), "part-*.json", SearchOption.AllDirectories)
        .Where(f => f.Contains("/sign/", StringComparison.Ordinal)).ToDictionary(f => f, File.GetLastWriteTimeUtc);

    private void Run(string pipeline, string output, string workers)
    {
        var (code, _, error) = _program.Run("run", pipeline, "--out", output, "--workers", workers);
        Assert.True(code == 0, error);
    }

    /// <summary>What became of every document, by the ids that the input brought.</summary>
    private List<string> Outcome(string output)
    {
        var folder = Directory.EnumerateDirectories(Path.Combine(_program.Folder, output), "deduplicate-*", SearchOption.AllDirectories).Single();
        var lines = new List<string>();
        List<(Document Document, Reject? Reject)> all = [];
        foreach (var key in JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "stage.json")))!["result"]!.AsArray())
        {
            foreach (var file in (string[])[$"part-{key}.arrow", $"rejects/part-{key}.arrow"])
            {
                if (!File.Exists(Path.Combine(folder, file)))
                    continue;
                using var stream = File.OpenRead(Path.Combine(folder, file));
                all.AddRange(DocumentShard.Find(stream, _ => true).Select(r => (r.Document, r.Reject)));
            }
        }
        var names = all.ToDictionary(d => d.Document.Id, d => d.Document.SourceId!);
        foreach (var (document, reject) in all)
            lines.Add($"{document.SourceId} {(reject is null ? "kept" : $"{reject.Rule} {reject.Measured}")} {(document.Cluster is { } c ? names[c] : "alone")} {document.ClusterSize}");
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private void WriteFiles(string[] rows, params int[] ends)
    {
        if (Directory.Exists(Path.Combine(_program.Folder, "in")))
            Directory.Delete(Path.Combine(_program.Folder, "in"), recursive: true);
        var start = 0;
        foreach (var end in ends)
        {
            _program.Write($"in/{start:000}.jsonl", string.Join('\n', rows[start..end]));
            start = end;
        }
    }

    /// <summary>JSON Lines without URLs, so that document ids depend on the place; near copies of thirty texts, some of them exact.</summary>
    private static string[] Rows(int count)
    {
        var random = new SplitMix64(4);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var words = new SplitMix64(random.Next(60));
            string[] text = [.. Enumerable.Range(0, 80).Select(_ => Word(words.Next(600)))];
            for (var changes = random.Next(4); changes > 0; changes--)
                text[^(1 + (int)random.Next(5))] = Word(random.Next(600));
            return JsonSerializer.Serialize(new { id = $"doc-{i}", text = string.Join(' ', text), date = $"20{10 + random.Next(10)}-01-01" });
        })];
    }

    // Digits would be levelled.
    private static string Word(ulong number) => string.Concat((char)('a' + (number % 26)), (char)('a' + (number / 26)));

    public void Dispose() => _program.Dispose();
}
