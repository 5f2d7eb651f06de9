using System.Text.Json;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Training.Tests;

public sealed class TrainTests : IDisposable
{
    private readonly Shards _shards = new();

    private static readonly Train s_settings = new()
    {
        Context = 16,
        BatchSize = 2,
        MaxSteps = 6,
        WarmupSteps = 2,
        CheckpointEvery = 2,
        ValidationEvery = 3,
        Device = TrainingDevice.Cpu,
    };

    public void Dispose() => _shards.Dispose();

    [Fact]
    public void The_part_holds_weights_config_curve_and_samples()
    {
        using var work = Work(s_settings);
        work.Phase.Execute(work);
        var files = Publish(work);

        Assert.Equal(["model", "config", "curve", "samples"], files.Keys);
        using (var model = Pretrained.Open(files["config"], files["model"]))
            Assert.Equal(4, model.Shape.Layers);
        Assert.Equal([1, 2, 3, 4, 5, 6], File.ReadLines(files["curve"]).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("step").GetInt32()));
        Assert.DoesNotContain("tokensPerSecond", File.ReadAllText(files["curve"]));
        Assert.Contains("--- sample 4", File.ReadAllText(files["samples"]));
        Assert.Equal(6, work.Figures["steps"]);
        Assert.True(work.Tally.Balanced);
    }

    [Fact]
    public void A_later_attempt_goes_on_from_the_checkpoint_of_the_killed_one_and_ends_the_same()
    {
        using var cancel = new CancellationTokenSource();
        using (var killed = Work(s_settings, attempt: 1, cancel: cancel.Token))
        {
            killed.Report = share =>
            {
                if (share > 0.6)
                    cancel.Cancel();
            };
            Assert.Throws<OperationCanceledException>(() => killed.Phase.Execute(killed));
        }
        using var resumed = Work(s_settings, attempt: 2);
        var steps = new List<double>();
        resumed.Report = steps.Add;
        resumed.Phase.Execute(resumed);
        Assert.Equal(2, steps.Count);

        using var straight = Work(s_settings with { Seed = 1, KeepCheckpoints = 3 }, key: "other");
        straight.Phase.Execute(straight);
        Assert.Equal(File.ReadAllBytes(Publish(straight)["model"]), File.ReadAllBytes(Publish(resumed)["model"]));
    }

    [Fact]
    public void Another_machine_goes_on_from_the_checkpoint_and_the_curve_of_one_that_died()
    {
        using var cancel = new CancellationTokenSource();
        using (var killed = Work(s_settings, attempt: 1, cancel: cancel.Token, machine: "a"))
        {
            killed.Report = share =>
            {
                if (share > 0.6)
                    cancel.Cancel();
            };
            Assert.Throws<OperationCanceledException>(() => killed.Phase.Execute(killed));
        }
        Directory.Delete(Path.Combine(_shards.Folder, "machine-a"), recursive: true);
        using var resumed = Work(s_settings, attempt: 2, machine: "b");
        var steps = new List<double>();
        resumed.Report = steps.Add;
        resumed.Phase.Execute(resumed);
        Assert.Equal(2, steps.Count);

        using var straight = Work(s_settings, key: "other");
        straight.Phase.Execute(straight);
        var (expected, files) = (Publish(straight), Publish(resumed));
        Assert.Equal(File.ReadAllBytes(expected["model"]), File.ReadAllBytes(files["model"]));
        Assert.Equal(File.ReadAllBytes(expected["curve"]), File.ReadAllBytes(files["curve"]));
    }

    [Fact]
    public void A_mistake_of_the_user_is_told_as_one()
    {
        using var work = Work(s_settings with { Model = "gpt-huge" });
        Assert.Contains("gpt-tiny, gpt-mini", Assert.Throws<PipelineException>(() => work.Phase.Execute(work)).Message);
    }

    [Fact]
    public void A_shard_that_is_not_what_its_manifest_names_is_refused()
    {
        using var work = Work(s_settings);
        var shard = Path.Combine(_shards.Folder, "p", "tokenize", "part-a.arrow");
        var bytes = File.ReadAllBytes(shard);
        bytes[^100] ^= 1;
        File.WriteAllBytes(shard, bytes);
        Assert.Contains("its SHA-256 is another", Assert.Throws<PipelineException>(() => work.Phase.Execute(work)).Message);
    }

    [Fact]
    public void There_is_one_unit_over_all_parts_and_its_key_follows_their_content()
    {
        var phase = s_settings.Phases[0];
        var one = Assert.Single(phase.Plan(Input(s_settings, Part("a", "1"), Part("b", "2"))));
        var other = Assert.Single(phase.Plan(Input(s_settings, Part("a", "1"), Part("b", "3"))));
        Assert.NotEqual(one.Key, other.Key);
        Assert.Empty(phase.Plan(Input(s_settings)));
    }

    [Theory]
    [InlineData(TrainingDevice.Cpu, Queues.Cpu)]
    [InlineData(TrainingDevice.Cuda, Queues.Gpu)]
    public void The_device_decides_the_queue(TrainingDevice device, string queue) =>
        Assert.Equal(queue, (s_settings with { Device = device }).Phases[0].Queue);

    private UnitWork Work(Train settings, int attempt = 1, string key = "unit", string? machine = null, CancellationToken cancel = default)
    {
        var documents = Shards.Counting(60);
        var folder = Path.Combine(_shards.Folder, "p", "tokenize");
        Directory.CreateDirectory(folder);
        var name = Path.Combine(folder, "part-a.arrow");
        if (!File.Exists(name))
        {
            using var shards = new Shards();
            shards.Open(257, 256, documents);
            File.Copy(Path.Combine(shards.Folder, "shard-0.arrow"), name);
        }
        var input = Input(settings, Part("a", "1", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(name)))));
        if (machine is not null)
            input = input with { Storage = new Remote(new LocalStorage(_shards.Folder), Path.Combine(_shards.Folder, $"machine-{machine}")) };
        return new UnitWork(input, settings.Phases[0], new Unit(key, [], "\"\""), attempt, cancel);
    }

    private PhaseInput Input(Train settings, params Manifest[] parts)
    {
        var stage = new PlannedStage("train", "train", settings, "d", "p/train");
        var pipeline = new Pipeline("p", 1, null, [], [stage]);
        return new PhaseInput(pipeline, stage, [], parts, new Dictionary<string, IReadOnlyList<Manifest>>(), null!, new LocalStorage(_shards.Folder));
    }

    private static Manifest Part(string key, string digest, string sha256 = "") => new()
    {
        Unit = key,
        Stage = "tokenize",
        StageDigest = "",
        Phase = "encode",
        Inputs = [],
        Tally = new Tally(),
        ContentDigest = digest,
        Files = [new ManifestFile(Roles.Tokens, $"tokenize/part-{key}.arrow", 0, 0, sha256)],
    };

    private Dictionary<string, string> Publish(UnitWork work)
    {
        foreach (var file in work.Files)
        {
            file.File.Dispose();
            work.Storage.Publish(file.Temporary, file.Name);
        }
        return work.Files.ToDictionary(f => f.Role, f => Path.Combine(_shards.Folder, f.Name));
    }

    /// <summary>Storage whose scratch files lie on a machine of their own.</summary>
    private sealed class Remote(LocalStorage shared, string machine) : IStorage
    {
        public bool Exists(string name) => shared.Exists(name);

        public long Length(string name) => shared.Length(name);

        public Stream OpenRead(string name, long offset = 0) => shared.OpenRead(name, offset);

        public Stream Create(string name) => shared.Create(name);

        public void Publish(string from, string to) => shared.Publish(from, to);

        public void Delete(string name) => shared.Delete(name);

        public IEnumerable<StoredFile> List(string folder) => shared.List(folder);

        public IEnumerable<string> Folders(string folder) => shared.Folders(folder);

        public string LocalPath(string name) => shared.LocalPath(name);

        public string ScratchPath(string name) => Path.Combine(machine, name);
    }
}
