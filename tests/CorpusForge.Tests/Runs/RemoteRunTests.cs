using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Runs;

/// <summary>The same pipeline over folders and over S3.</summary>
public sealed class RemoteRunTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-remote-").FullName;

    [Fact]
    public async Task Output_in_S3_has_the_names_and_bytes_of_output_in_a_folder()
    {
        await using var place = await S3Place.Open();
        var input = WriteInput();
        var local = Run($"{input}/*", new LocalStorage($"{_folder}/out"), place.Storages);
        var remote = Run($"{input}/*", place.Storage, place.Storages);
        Assert.True(local.Count > 20, $"only {local.Count} files");
        Assert.Equal(local, remote);
        Assert.DoesNotContain(place.ScratchFiles(), f => f.Contains(".tmp-", StringComparison.Ordinal) || f.Contains(".work-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Input_in_S3_gives_the_bytes_that_the_same_files_on_a_disk_give()
    {
        await using var place = await S3Place.Open();
        var input = WriteInput();
        foreach (var path in Directory.GetFiles(input))
            place.Write($"in/{Path.GetFileName(path)}", File.ReadAllBytes(path));
        var local = Run($"{input}/*", new LocalStorage($"{_folder}/out"), place.Storages);
        var remote = Run($"{place.Address}/in/*", new LocalStorage($"{_folder}/remote"), place.Storages);
        // Units are named after their input, which is known by its ETag here and by its SHA-256 there; what is in the shards is the same.
        Assert.Equal(Shards(local), Shards(remote));
        Assert.True(Shards(local).Length >= 9);
    }

    static string[] Shards(SortedDictionary<string, string> files) =>
        [.. files.Where(f => f.Key.EndsWith(".arrow", StringComparison.Ordinal)).Select(f => $"{f.Key.Split('/')[1]} {f.Value}").Order(StringComparer.Ordinal)];

    string WriteInput()
    {
        var random = new SplitMix64(5);
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "in")).FullName;
        string[] words = [.. Enumerable.Range(0, 300).Select(i => $"word{i}")];
        string Text() => string.Join(' ', Enumerable.Range(0, 60).Select(_ => words[random.Next() % 300]));
        string[] texts = [.. Enumerable.Range(0, 120).Select(_ => Text())];
        for (var file = 0; file < 3; file++)
        {
            var lines = string.Concat(Enumerable.Range(0, 80).Select(i => $"{{\"text\":\"{texts[(file * 30) + (i % 60)]}\",\"url\":\"https://example.org/{file}/{i}\"}}\n"));
            using var stream = File.Create(Path.Combine(folder, file == 2 ? "part-2.jsonl.gz" : $"part-{file}.jsonl"));
            using Stream content = file == 2 ? new GZipStream(stream, CompressionLevel.Fastest) : stream;
            content.Write(Encoding.UTF8.GetBytes(lines));
        }
        return folder;
    }

    /// <summary>Runs a pipeline of several stages and returns the SHA-256 of every file that it left.</summary>
    SortedDictionary<string, string> Run(string paths, IStorage output, Storages storages)
    {
        var pipeline = PipelineFile.Parse($$"""
            name: p
            sources:
              - jsonl: { paths: ["{{paths}}"] }
            stages:
              - clean
              - deduplicate: { minhash: {} }
              - filter: { steps: [gopher-quality: { minWords: 10, maxWords: 1000, minStopWords: 0 }] }
              - tokenize: { tokenizer: cl100k_base }
            """, "p.yaml", new Settings.Catalogue(Sources.Catalogue, Stages.Catalogue, Steps.Catalogue));
        var ledger = new Ledger(Path.Combine(_folder, $"{Path.GetRandomFileName()}.db"), TimeProvider.System);
        var run = ledger.CreateRun(pipeline, "d", "p.yaml", "", "[]").Id;
        var context = new RunContext(pipeline, output, new Inputs(new MemoryDigestCache(), storages));
        for (var stage = 0; stage < pipeline.Stages.Count; stage++)
        {
            for (var phase = 0; phase < pipeline.Stages[stage].Stage.Phases.Count; phase++)
            {
                var units = context.Plan(stage, phase);
                ledger.PlanPhase(run, stage, phase, "work", "cpu", units.Select(u => (u, false)));
                foreach (var unit in units)
                {
                    var id = new UnitId(run, stage, phase, unit.Key);
                    Assert.True(new UnitRunner(ledger, "w").Run(context, id, null, default) == Outcome.Done, ledger.Unit(id)?.Error);
                }
                context.Close(stage, phase, [.. context.Find(stage, phase, units.Select(u => u.Key)).Select(m => m!)]);
            }
            context.WriteStage(stage);
        }
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in output.List("p").ToList())
        {
            using var stream = output.OpenRead(file.Name);
            files.Add(file.Name, Convert.ToHexStringLower(SHA256.HashData(stream)));
        }
        return files;
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
