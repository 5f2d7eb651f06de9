using System.Security.Cryptography;
using System.Text.Json;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Host.Tests.Service;

/// <summary>A service whose output is in S3: training goes on on another machine, and every command that looks at output works as it does over a folder.</summary>
public sealed class S3OutputTests
{
    private const string Kept = "the keeper of the lamp saw that the river and the stone have been with us at dawn and that a letter to the harbour is to be made by hand";

    [Fact]
    public async Task Training_goes_on_from_a_checkpoint_in_S3_and_every_command_reads_what_lies_there()
    {
        await using var s3 = await S3Fake.Start();
        // Each worker has a disk of its own, as on machines of their own.
        Fleet.Member? first = null;
        using var service = new Fleet(s3: s3);
        var input = Directory.CreateDirectory(Path.Combine(service.Folder, "in")).FullName;
        for (var file = 0; file < 2; file++)
            File.WriteAllLines(Path.Combine(input, $"{file}.jsonl"), Enumerable.Range(0, 30).Select(i => $$"""{"id":"{{file}}-{{i}}","url":"https://example.org/{{file}}/{{i}}","text":"{{(i == 0 ? "too short." : i == 29 ? $"{Kept} and no other." : $"{Kept} in the year {file * 1000 + i * 7}, when {string.Concat(Enumerable.Repeat((char)('a' + i % 26), 4))} came {i} times.")}}"}"""));
        var yaml =
            $$"""
            name: s3
            seed: 3
            sources:
              - jsonl: { paths: ["{{input}}/*.jsonl"] }
            stages:
              - clean
              - filter: { steps: [gopher-quality: { minWords: 10 }] }
              - deduplicate
              - tokenize: { tokenizer: byte, validationShare: 0.1 }
              - train: { model: gpt-tiny, context: 32, batchSize: 2, maxSteps: 10, validationEvery: 5, checkpointEvery: 2, keepCheckpoints: 9, device: cpu }
              - audit
            """;
        var embedded = Embedded(service, yaml);

        // The first worker dies while it publishes the checkpoint of the sixth step.
        s3.Misbehave = request =>
        {
            if (first is { } killed && request.Key.Contains("/.work-", StringComparison.Ordinal) && request.Key.EndsWith("step-0000000006.safetensors", StringComparison.Ordinal) && request.Method == "PUT")
            {
                first = null;
                killed.Signal("KILL");
                return new S3Fault(500);
            }
            return null;
        };
        service.Serve();
        first = service.Worker("first");
        var run = service.Submit(yaml);
        service.Until(() => first is null, 120, "the sixth step");
        var asked = s3.Requests.Count;
        service.Worker("second");
        service.Finish(run);
        Assert.Equal(2, service.Ask<long>("SELECT attempt FROM units WHERE stage = 4"));
        var after = s3.Requests.Skip(asked).ToArray();
        Assert.Contains(after, r => r.Method == "GET" && r.Key.EndsWith("step-0000000004.safetensors", StringComparison.Ordinal));
        Assert.DoesNotContain(after, r => r.Method == "PUT" && r.Key.EndsWith("step-0000000002.safetensors", StringComparison.Ordinal));
        foreach (var (name, digest) in embedded.Where(e => !e.Key.Contains("/.work-", StringComparison.Ordinal)))
            Assert.True(s3.Objects.TryGetValue($"out/{name}", out var bytes) && Convert.ToHexStringLower(SHA256.HashData(bytes)) == digest, $"{name} is not what the embedded run left");

        // Looking at it.
        Assert.Contains("gopher-quality.too-few-words", Run(service, "stats", run));
        Assert.Contains("s3-1", Run(service, "runs", "list"));
        Assert.Contains(": done", Run(service, "runs", "show", run));
        Assert.Contains("too short.", Run(service, "inspect", "filter", "--dropped"));
        Assert.Contains("too short.", Run(service, "inspect", $"{run}/filter", "--rule", "gopher-quality.too-few-words"));
        var folder = s3.Objects.Keys.First(k => k.StartsWith("out/s3/filter-", StringComparison.Ordinal)).Split('/')[2];
        Assert.Contains("too short.", Run(service, "inspect", $"s3://{S3Fake.Bucket}/out/s3/{folder}", "--dropped"));
        var units = JsonDocument.Parse(Run(service, "units", "list", $"{run}/filter", "-o", "json")).RootElement;
        var unit = $"{run}/filter/0/{units[0].GetProperty("key").GetString()}";
        Assert.Contains("made ", Run(service, "units", "show", unit));
        Assert.Contains("dropped by", Run(service, "inspect", unit, "--dropped"));
        var cluster = Run(service, "clusters", run).Split(' ')[0];
        Assert.Contains("survivor of ", Run(service, "clusters", $"{run}/{cluster}"));
        Assert.Contains("tokenize", Run(service, "lineage", cluster[..12]));
        Assert.Contains("10 steps of 10", Run(service, "curve", run));
        Assert.Contains("s3/train", Run(service, "datasets"));
        var target = Path.Combine(service.Folder, "exported");
        Assert.Contains("Wrote 58 documents and 2 rejects", Run(service, "export", $"{run}/filter", "--to", target));
        Assert.Contains("Wrote 58 documents and 2 rejects", Run(service, "export", $"s3://{S3Fake.Bucket}/out/s3/{folder}", "--to", target, "--format", "parquet"));
        Assert.Contains("Wrote ", Run(service, "export", $"{run}/tokenize", "--to", target, "--format", "nanogpt"));
        var audit = JsonDocument.Parse(Run(service, "units", "list", $"{run}/audit", "-o", "json")).RootElement[0].GetProperty("key").GetString();
        Run(service, "units", "get", $"{run}/audit/0/{audit}", $"part-{audit}.report.html", "--to", target + ".html");
        Assert.StartsWith("<!doctype html", File.ReadAllText(target + ".html"), StringComparison.OrdinalIgnoreCase);
        File.WriteAllText(Path.Combine(service.Folder, "p.yaml"), yaml);
        Assert.Contains("Nothing to do", Run(service, "plan", Path.Combine(service.Folder, "p.yaml")));
        Assert.Equal("s3-1 done", Run(service, "runs", "watch", run).Trim().Split('\n')[^1]);

        // A second run makes most of the first unneeded.
        var second = service.Submit(yaml.Replace("minWords: 10", "minWords: 1").Split("  - train")[0]);
        service.Finish(second);
        var before = s3.Objects.Count;
        Assert.Contains("forgot s3-1; kept s3-2", Run(service, "prune"));
        Assert.True(s3.Objects.Count < before, "nothing was removed");
        Assert.Contains("Nothing to prune", Run(service, "prune"));
        Assert.Contains("the same bytes", Run(service, "runs", "diff", second, second));
    }

    [Fact]
    public async Task Input_in_S3_is_planned_and_read_where_the_settings_say()
    {
        await using var s3 = await S3Fake.Start();
        s3.Objects["in/a.jsonl"] = System.Text.Encoding.UTF8.GetBytes($$"""{"text":"{{Kept}}"}""");
        using var service = new Fleet(s3: s3);
        service.Serve();
        using var http = new HttpClient();
        var yaml = $"name: far\nsources: [jsonl: {{ paths: [\"s3://{S3Fake.Bucket}/in/*.jsonl\"] }}]\nstages: [clean]\n";
        foreach (var (path, status) in ((string, System.Net.HttpStatusCode)[])[("pipelines:plan", System.Net.HttpStatusCode.OK), ("runs", System.Net.HttpStatusCode.Created)])
        {
            using var answer = await http.PostAsync($"{service.Address}/api/v1/{path}", new StringContent(yaml, System.Text.Encoding.UTF8, "application/yaml"), TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == status, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
        service.Worker("worker");
        service.Finish("far-1");
        Assert.Contains(s3.Objects.Keys, k => k.StartsWith("out/far/clean-", StringComparison.Ordinal));
    }

    [Fact]
    public void An_output_in_S3_needs_a_ledger_that_is_named()
    {
        using var program = new ProgramRun();
        program.Write("in/a.jsonl", """{"text":"one"}""");
        var pipeline = program.Write("p.yaml", "name: p\nsources: [jsonl: { paths: [in/*.jsonl] }]\nstages: [clean]\n");
        foreach (var arguments in (string[][])[["run", pipeline], ["stats"], ["prune"], ["serve"]])
        {
            var (code, _, error) = program.Run([.. arguments, "--out", "s3://corpus/out"]);
            Assert.Equal(2, code);
            Assert.Contains("Ledger", error);
            Assert.False(Directory.Exists(Path.Combine(program.Folder, "s3:")));
        }
    }

    private static SortedDictionary<string, string> Embedded(Fleet service, string yaml)
    {
        using var program = new ProgramRun();
        var (code, _, error) = program.Run("run", program.Write("p.yaml", yaml), "--out", program.Out, "--workers", "1");
        Assert.True(code == 0, error);
        Assert.True(Directory.Exists(service.Folder));
        return ProgramRun.Digests(program.Out);
    }

    private static int s_number;

    // A command over the service's settings; what it wrote.
    private static string Run(Fleet service, params string[] arguments)
    {
        // `--out` is what the settings say where a command has none.
        var member = service.Start($"{arguments[0]}-{s_number++}", [.. arguments, "--out", service.Out]);
        var code = member.Ended(TimeSpan.FromSeconds(60));
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: {code}\n{member.Log}");
        return member.Log;
    }
}
