using System.Net.Sockets;
using System.Security.Cryptography;
using TorchSharp;
using Xunit;

namespace CorpusForge.Training.Tests;

/// <summary>Several ranks that train one model: here threads of one process, which exchange as processes do.</summary>
public sealed class RanksTests
{
    private static readonly Train s_settings = new()
    {
        Context = 16,
        BatchSize = 8,
        MaxSteps = 8,
        WarmupSteps = 3,
        CheckpointEvery = 4,
        ValidationEvery = 5,
        Device = TrainingDevice.Cpu,
        Seed = 3,
    };

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Sums_are_those_of_all_in_the_order_of_the_ranks_and_the_same_for_each(int count)
    {
        const int length = 700_001;
        NativeTorch.Load();
        var random = new Random(1);
        float[][] values = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, length).Select(_ => (float)random.NextDouble() - 0.5F).ToArray())];
        var results = Each(count, ranks =>
        {
            using var tensor = torch.tensor(values[ranks.Rank]);
            ranks.Sum(tensor);
            var sum = ranks.Sum(ranks.Rank + 0.5);
            byte[] shared = ranks.Rank == 0 ? [1, 2, 3] : new byte[3];
            ranks.Share(shared);
            return (tensor.data<float>().ToArray(), sum, shared);
        });
        var expected = new float[length];
        for (var i = 0; i < length; i++)
        {
            expected[i] = values[0][i];
            for (var rank = 1; rank < count; rank++)
                expected[i] += values[rank][i];
        }
        Assert.All(results, r => Assert.Equal(expected, r.Item1));
        Assert.All(results, r => Assert.Equal(count * count / 2.0, r.sum));
        Assert.All(results, r => Assert.Equal([1, 2, 3], r.shared));
    }

    [Theory]
    [InlineData("gpt-tiny", 2, 1, OptimizerKind.AdamW)]
    [InlineData("gpt-tiny", 4, 2, OptimizerKind.Muon)]
    [InlineData("gpt2-tiny", 2, 2, OptimizerKind.AdamW)]
    [InlineData("bert-tiny", 2, 1, OptimizerKind.AdamW)]
    public void Losses_are_those_of_one_and_the_weights_of_all_are_the_same_to_the_last_bit(string model, int count, int accumulate, OptimizerKind optimizer)
    {
        using var shards = new Shards();
        var open = shards.Open(Shards.Counting(60), Shards.Counting(40, seed: 2));
        var settings = s_settings with { Model = model, Layers = 2, Width = 32, Heads = 2, Accumulate = accumulate, Optimizer = optimizer };
        var one = Train(settings, shards, open, 1);
        var several = Train(settings, shards, open, count);
        Assert.Single(several.Select(r => r.Weights).Distinct());
        Assert.All(several, r => Assert.Equal(one[0].Steps.Select(s => s.Loss), r.Steps.Select(s => s.Loss), (a, b) => Math.Abs(a - b) < 1e-5));
        Assert.All(several, r => Assert.Equal(one[0].Steps.Select(s => s.GradientNorm), r.Steps.Select(s => s.GradientNorm), (a, b) => Math.Abs(a - b) < 1e-4));
        // The first alone measures, and what it measures is the same.
        Assert.Equal(one[0].Steps[4].ValidationLoss!.Value, several[0].Steps[4].ValidationLoss!.Value, 1e-4);
        Assert.Null(several[1].Steps[4].ValidationLoss);
    }

    [Fact]
    public void A_resumed_training_of_several_equals_an_uninterrupted_one_to_the_last_bit()
    {
        using var shards = new Shards();
        var open = shards.Open(Shards.Counting(60), Shards.Counting(40, seed: 2));
        var expected = Train(s_settings, shards, open, 2, folder: "straight");
        Train(s_settings, shards, open, 2, folder: "resumed", steps: 6);
        var resumed = Train(s_settings, shards, open, 2, folder: "resumed");
        Assert.Equal(4, resumed[0].Steps.Length);
        Assert.Equal(4, resumed[1].Steps.Length);
        Assert.Single(expected.Concat(resumed).Select(r => r.Weights).Distinct());
    }

    [Fact]
    public void Who_goes_away_is_missed_at_once()
    {
        using var shards = new Shards();
        var open = shards.Open(Shards.Counting(60), Shards.Counting(40, seed: 2));
        var errors = Each(2, ranks =>
        {
            using var trainer = new Trainer(s_settings, open, "d", Path.Combine(shards.Folder, "work"), ranks: ranks);
            trainer.Step();
            return ranks.Rank == 1 ? null : Assert.Throws<TrainingException>(() => trainer.Run());
        });
        Assert.Contains("gone", errors[0]!.Message);
    }

    // No device here has NCCL. This stands in its place, on memory of the processor, and takes no call of another form than nccl.h has.
    private const string InPlaceOfNccl = """
        #include <stdlib.h>
        typedef struct { char internal[128]; } ncclUniqueId;
        int ncclGetUniqueId(ncclUniqueId* id) { for (int i = 0; i < 128; i++) id->internal[i] = (char)(i * 7 + 1); return 0; }
        int ncclCommInitRank(void** comm, int count, ncclUniqueId id, int rank) {
            for (int i = 0; i < 128; i++) if (id.internal[i] != (char)(i * 7 + 1)) return 5;
            int* c = malloc(12); c[0] = 4711; c[1] = count; c[2] = rank; *comm = c;
            return count == 2 && (rank == 0 || rank == 1) ? 0 : 5; }
        int ncclAllReduce(const void* from, void* to, size_t count, int type, int op, void* comm, void* stream) {
            if (type != 7 || op != 0 || stream != 0 || *(int*)comm != 4711) return 4;
            for (size_t i = 0; i < count; i++) ((float*)to)[i] = 2 * ((const float*)from)[i];
            return 0; }
        int ncclCommAbort(void* comm) { int* c = comm; if (c[0] != 4711) return 4; c[0] = 0; free(comm); return 0; }
        const char* ncclGetErrorString(int result) { return result == 4 ? "invalid argument" : "invalid usage"; }
        """;

    [Fact]
    public void Calls_to_NCCL_have_the_form_of_its_header()
    {
        using var shards = new Shards();
        var (source, library) = (Path.Combine(shards.Folder, "nccl.c"), Path.Combine(shards.Folder, "libnccl-stand-in.so"));
        File.WriteAllText(source, InPlaceOfNccl);
        try
        {
            using var compiler = System.Diagnostics.Process.Start("cc", ["-shared", "-fPIC", "-o", library, source]);
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("there is no C compiler");
        }
        var sums = Each(2, ranks =>
        {
            using var nccl = new NcclRanks(ranks, library);
            using var tensor = torch.tensor([1F, 2, 3]);
            nccl.Sum(tensor);
            return (tensor.data<float>().ToArray(), nccl.Sum(1.5), nccl.Rank, nccl.Count);
        });
        Assert.All(sums, s => Assert.Equal([2, 4, 6], s.Item1));
        Assert.All(sums, s => Assert.Equal(3, s.Item2));
        Assert.Equal([(0, 2), (1, 2)], sums.Select(s => (s.Rank, s.Count)));
        // With three, it refuses, and what it says is told.
        Assert.Contains("NCCL: invalid usage", Assert.Throws<TrainingException>(() => Each(3, ranks => new NcclRanks(ranks, library))).Message);
    }

    [Fact]
    public void Without_NCCL_it_says_what_to_install()
    {
        Assert.SkipWhen(System.Runtime.InteropServices.NativeLibrary.TryLoad("libnccl.so.2", out _), "there is NCCL");
        Assert.Contains("libnccl.so.2", Assert.Throws<TrainingException>(() => new NcclRanks(new Alone())).Message);
    }

    [Fact]
    public void Shares_of_a_batch_must_come_out_even() =>
        Assert.Contains("devices is 3", Assert.Throws<TrainingException>(() => RankProcesses.Start(s_settings with { Devices = 3 }, [])).Message);

    [Fact]
    public void A_process_that_dies_as_it_comes_is_named_with_what_it_said()
    {
        using var shards = new Shards();
        var program = Path.Combine(shards.Folder, "corpusforge");
        File.WriteAllText(program, """
            #!/usr/bin/perl
            use IO::Socket::UNIX;
            my $socket = IO::Socket::UNIX->new(Peer => $ARGV[1]) or die;
            print STDERR "no memory on $ARGV[0] $ARGV[2]\n";
            exit 7;
            """);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var error = Assert.Throws<TrainingException>(() => RankProcesses.Start(s_settings with { Devices = 2 }, [], program));
        Assert.Equal("The process for device 1 ended with 7: no memory on train-rank 1", error.Message);
    }

    [Fact]
    public void A_process_gets_all_settings()
    {
        var settings = s_settings with { InitialModel = "m", Optimizer = OptimizerKind.Muon, Devices = 2, PeakTeraflops = 3, Hidden = 7 };
        var job = System.Text.Json.Nodes.JsonNode.Parse(RankProcesses.JobOf(settings, [("/a/b.arrow", "s")]))!;
        Assert.Equal(settings, System.Text.Json.JsonSerializer.Deserialize<Train>(job["settings"]));
        Assert.Equal("/a/b.arrow", (string?)job["shards"]![0]!["path"]);
    }

    private static (TrainingStep[] Steps, string Weights)[] Train(Train settings, Shards shards, IReadOnlyList<CorpusForge.Tokenize.TokenShardReader> open, int count, string? folder = null, int steps = int.MaxValue)
    {
        var work = Path.Combine(shards.Folder, folder ?? $"work-{count}");
        return Each(count, ranks =>
        {
            using var trainer = new Trainer(settings, open, "d", ranks.Rank == 0 ? work : "", ranks: ranks);
            var done = new List<TrainingStep>();
            while (!trainer.Finished && done.Count < steps)
            {
                done.Add(trainer.Step());
                if (ranks.Rank == 0 && trainer.StepsDone % settings.CheckpointEvery == 0)
                    trainer.Save();
            }
            return (done.ToArray(), Convert.ToHexStringLower(SHA256.HashData(trainer.Model.Weights.bytes)));
        });
    }

    // One thread a rank; streams over loopback.
    private static T[] Each<T>(int count, Func<IRanks, T> work)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen();
        var pairs = Enumerable.Range(1, count - 1).Select(_ =>
        {
            var other = new TcpClient();
            other.Connect((System.Net.IPEndPoint)listener.LocalEndPoint!);
            return (First: (Stream)new NetworkStream(listener.Accept(), ownsSocket: true), Other: (Stream)other.GetStream());
        }).ToArray();
        var ranks = count == 1 ? [new Alone()] : new IRanks[] { new StreamRanks(0, count, [.. pairs.Select(p => p.First)]) }.Concat(pairs.Select((p, i) => (IRanks)new StreamRanks(i + 1, count, [p.Other]))).ToArray();
        var tasks = ranks.Select(r => Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return work(r);
                }
                finally
                {
                    r.Dispose();
                }
            },
            TaskCreationOptions.LongRunning)).ToArray();
        return Task.WhenAll(tasks).GetAwaiter().GetResult();
    }
}
