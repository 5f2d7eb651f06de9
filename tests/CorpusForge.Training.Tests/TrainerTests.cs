using TorchSharp;
using Xunit;

namespace CorpusForge.Training.Tests;

public sealed class TrainerTests
{
    private static readonly Train s_settings = new()
    {
        Context = 16,
        BatchSize = 4,
        MaxSteps = 12,
        WarmupSteps = 3,
        CheckpointEvery = 4,
        ValidationEvery = 5,
        Device = TrainingDevice.Cpu,
        Seed = 3,
    };

    [Fact]
    public void The_first_loss_is_that_of_guessing()
    {
        using var shards = new Shards();
        using var trainer = Start(s_settings, shards);
        Assert.InRange(trainer.Step().Loss, Math.Log(64) - 0.1, Math.Log(64) + 0.1);
    }

    // Three bytes a character and sequences of 16 tokens: most sequences end within one.
    [Fact]
    public void Bits_are_counted_by_the_bytes_of_the_text_whatever_the_tokenizer_and_the_sequences()
    {
        using var folder = new Shards();
        CorpusForge.Tokenize.ITokenizer tokenizer = new CorpusForge.Tokenize.ByteTokenizer();
        string[] texts = ["a" + string.Concat(Enumerable.Repeat("北京", 20)), "", "河流", "été"];
        var shards = folder.Open(257, 256, [.. texts.Select(t => (Ids(t), true)), (Ids("text to train on, a little"), false)]);
        using var trainer = new Trainer(s_settings, shards, "d", Path.Combine(folder.Folder, "work"), tokenizer: tokenizer);
        var (loss, bits) = trainer.Validate();
        // The first token has none before it, and the four ends of text have no bytes.
        var bytes = texts.Sum(t => System.Text.Encoding.UTF8.GetByteCount(t)) - 1;
        Assert.Equal(loss!.Value * (bytes + 4) / Math.Log(2) / bytes, bits!.Value, 1e-9);

        int[] Ids(string text)
        {
            var ids = new List<int>();
            tokenizer.Encode(text, ids);
            return [.. ids];
        }
    }

    [Fact]
    public void It_learns_a_repeated_sequence_and_says_it_again()
    {
        using var folder = new Shards();
        var shards = folder.Open([([.. Enumerable.Range(0, 600).Select(i => 1 + (i % 7))], false)]);
        var settings = s_settings with { MaxSteps = 40, LearningRate = 3e-3 };
        using var trainer = new Trainer(settings, shards, "d", Path.Combine(folder.Folder, "work"));
        var losses = new List<double>();
        trainer.Run(s => losses.Add(s.Loss));
        Assert.True(losses[^1] < 0.1, $"the last loss is {losses[^1]}");
        var text = new Sampler { Temperature = 0, MaxTokens = 10 }.Text(trainer.Model, [3, 4], t => string.Concat(t));
        Assert.Equal("5671234567", text);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void A_resumed_training_equals_an_uninterrupted_one_to_the_last_bit(int stopAfter)
    {
        using var shards = new Shards();
        using var other = new Shards();
        var open = shards.Open(Shards.Counting(60), Shards.Counting(40, seed: 2));
        var (straight, resumed) = (Path.Combine(shards.Folder, "straight"), Path.Combine(shards.Folder, "resumed"));
        string expected;
        using (var trainer = new Trainer(s_settings, open, "d", straight))
        {
            trainer.Run();
            expected = HashOf(trainer.Model);
        }
        using (var cancel = new CancellationTokenSource())
        using (var trainer = new Trainer(s_settings, open, "d", resumed))
        {
            Assert.Throws<OperationCanceledException>(() => trainer.Run(s =>
            {
                if (s.Step == stopAfter)
                    cancel.Cancel();
            }, cancel.Token));
        }
        using (var trainer = new Trainer(s_settings, open, "d", resumed))
        {
            Assert.Equal(4, trainer.StepsDone);
            trainer.Run();
            Assert.Equal(expected, HashOf(trainer.Model));
        }
        Assert.Equal(File.ReadAllText(Path.Combine(straight, "curve.jsonl")), File.ReadAllText(Path.Combine(resumed, "curve.jsonl")));
        Assert.Equal(12, File.ReadAllLines(Path.Combine(resumed, "curve.jsonl")).Length);
        Assert.Equal(File.ReadAllBytes(Path.Combine(straight, "step-0000000012.safetensors")), File.ReadAllBytes(Path.Combine(resumed, "step-0000000012.safetensors")));
    }

    [Fact]
    public void A_curve_has_no_timings_and_a_log_has()
    {
        using var shards = new Shards();
        using (var trainer = Start(s_settings with { MaxSteps = 5 }, shards))
            trainer.Run();
        var curve = File.ReadAllLines(Path.Combine(shards.Folder, "work", "curve.jsonl"));
        Assert.All(curve, l => Assert.DoesNotContain("tokensPerSecond", l));
        Assert.Contains("validationLoss", curve[4]);
        var log = File.ReadAllLines(Path.Combine(shards.Folder, "work", "log.jsonl"))[0];
        Assert.All(["tokensPerSecond", "teraflops", "memoryBytes"], name => Assert.Contains($"\"{name}\":", log));
        Assert.Single(Directory.GetFiles(Path.Combine(shards.Folder, "work"), "events.out.tfevents.*"));
    }

    [Fact]
    public void Only_the_newest_checkpoints_are_kept()
    {
        using var shards = new Shards();
        using var trainer = Start(s_settings, shards);
        trainer.Run();
        Assert.Equal(["step-0000000008.safetensors", "step-0000000012.safetensors"], Names(shards));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("flipped")]
    [InlineData("empty")]
    public void A_damaged_newest_checkpoint_falls_back_to_the_one_before(string damage)
    {
        using var shards = new Shards();
        var open = shards.Open(Shards.Counting(60));
        var folder = Path.Combine(shards.Folder, "work");
        using (var trainer = new Trainer(s_settings, open, "d", folder))
            trainer.Run();
        var newest = Path.Combine(folder, "step-0000000012.safetensors");
        var bytes = File.ReadAllBytes(newest);
        bytes[^10] ^= 1;
        File.WriteAllBytes(newest, damage switch { "cut" => bytes[..^5], "empty" => [], _ => bytes });
        var said = new List<string>();
        using var resumed = new Trainer(s_settings, open, "d", folder, say: said.Add);
        Assert.Equal(8, resumed.StepsDone);
        Assert.Contains("step 12 is damaged", Assert.Single(said));
    }

    [Fact]
    public void With_no_whole_checkpoint_it_starts_from_the_initial_weights()
    {
        using var shards = new Shards();
        var open = shards.Open(Shards.Counting(60));
        var folder = Path.Combine(shards.Folder, "work");
        using (var trainer = new Trainer(s_settings with { MaxSteps = 4 }, open, "d", folder))
            trainer.Run();
        var only = Path.Combine(folder, "step-0000000004.safetensors");
        var bytes = File.ReadAllBytes(only);
        bytes[^10] ^= 1;
        File.WriteAllBytes(only, bytes);
        using var resumed = new Trainer(s_settings with { MaxSteps = 4 }, open, "d", folder);
        using var fresh = new Trainer(s_settings with { MaxSteps = 4 }, open, "d", Path.Combine(shards.Folder, "fresh"));
        Assert.Equal(0, resumed.StepsDone);
        Assert.Equal(fresh.Step(), resumed.Step());
    }

    [Fact]
    public void Checkpoints_of_other_shards_settings_or_shapes_are_refused()
    {
        using var shards = new Shards();
        var open = shards.Open(Shards.Counting(60));
        var folder = Path.Combine(shards.Folder, "work");
        using (var trainer = new Trainer(s_settings, open, "d", folder))
            trainer.Run();
        Refused(s_settings, "other shards");
        Refused(s_settings with { LearningRate = 2e-3 }, "d");
        Refused(s_settings with { Context = 8 }, "d");
        using var same = new Trainer(s_settings with { KeepCheckpoints = 7, CheckpointEvery = 1 }, open, "d", folder);
        Assert.True(same.Finished);

        void Refused(Train settings, string digest) => Assert.Contains("another model, other settings or other token shards",
            Assert.Throws<TrainingException>(() => new Trainer(settings, open, digest, folder)).Message);
    }

    [Fact]
    public void Each_step_takes_the_next_sequences()
    {
        using var shards = new Shards();
        using var trainer = Start(s_settings with { LearningRate = 1e-12, WeightDecay = 0 }, shards);
        var losses = Enumerable.Range(0, 6).Select(_ => Math.Round(trainer.Step().Loss, 5)).ToArray();
        Assert.Equal(6, losses.Distinct().Count());
    }

    [Fact]
    public void Two_trainings_cannot_share_a_folder()
    {
        using var shards = new Shards();
        var open = shards.Open(Shards.Counting(10));
        using var first = new Trainer(s_settings, open, "d", shards.Folder);
        Assert.Throws<IOException>(() => new Trainer(s_settings, open, "d", shards.Folder));
    }

    [Fact]
    public void Accumulated_parts_equal_the_whole_batch()
    {
        using var one = new Shards();
        using var two = new Shards();
        using var whole = Start(s_settings with { BatchSize = 8 }, one);
        using var parts = Start(s_settings with { BatchSize = 8, Accumulate = 4 }, two);
        for (var i = 0; i < 3; i++)
        {
            var (a, b) = (whole.Step(), parts.Step());
            Assert.Equal(a.Loss, b.Loss, 1e-5);
            Assert.Equal(a.GradientNorm, b.GradientNorm, 1e-5);
        }
    }

    [Fact]
    public void The_number_of_live_tensors_does_not_grow()
    {
        using var shards = new Shards();
        using var trainer = Start(s_settings with { ValidationEvery = 1 }, shards);
        trainer.Step();
        var live = Live();
        for (var i = 0; i < 5; i++)
            trainer.Step();
        trainer.Save();
        Assert.Equal(live, torch.Tensor.TotalCount);
    }

    [Fact]
    public void A_disposed_trainer_leaves_no_tensor()
    {
        using var shards = new Shards();
        var open = shards.Open(Shards.Counting(60));
        var live = Live();
        using (var trainer = new Trainer(s_settings with { MaxSteps = 2 }, open, "d", Path.Combine(shards.Folder, "work")))
            trainer.Run();
        Assert.Equal(live, torch.Tensor.TotalCount);
    }

    [Fact]
    public void Divergence_is_an_error_that_names_the_step()
    {
        using var shards = new Shards();
        using var trainer = Start(s_settings with { LearningRate = 1e3, WeightDecay = 1e3, WarmupSteps = 0 }, shards);
        Assert.Contains("step", Assert.Throws<TrainingException>(() => trainer.Run()).Message);
    }

    [Fact]
    public void The_learning_rate_rises_and_falls()
    {
        var train = new Train { LearningRate = 1, WarmupSteps = 4, MaxSteps = 14, MinLearningRateShare = 0.1 };
        Assert.Equal([0.25, 0.5, 0.75, 1], Enumerable.Range(0, 4).Select(s => train.LearningRateAt(s)));
        Assert.Equal(0.55, train.LearningRateAt(8), 1e-12);
        Assert.Equal(0.1, train.LearningRateAt(13), 1e-12);
    }

    [Fact]
    public void A_stable_learning_rate_decays_at_the_end()
    {
        var train = new Train { LearningRate = 1, WarmupSteps = 2, MaxSteps = 20, MinLearningRateShare = 0, Schedule = LearningRateSchedule.WarmupStableDecay };
        Assert.Equal([0.5, 1, 1, 1, 0.75, 0.5, 0.25, 0], new[] { 0L, 1, 2, 15, 16, 17, 18, 19 }.Select(train.LearningRateAt));
        Assert.Equal(0.5, (train with { Schedule = LearningRateSchedule.Linear }).LearningRateAt(10), 1e-12);
        Assert.Equal(1, (train with { Schedule = LearningRateSchedule.Constant }).LearningRateAt(19));
    }

    [Theory]
    [InlineData("gpt2-tiny", OptimizerKind.AdamW, false)]
    [InlineData("bert-tiny", OptimizerKind.AdamW, true)]
    [InlineData("gpt-tiny", OptimizerKind.Muon, true)]
    public void Every_family_resumes_to_the_last_bit(string model, OptimizerKind optimizer, bool maskDocuments)
    {
        using var shards = new Shards();
        var open = shards.Open(Shards.Counting(60));
        var settings = s_settings with { Model = model, Layers = 1, Width = 16, Heads = 2, Optimizer = optimizer, MaskDocuments = maskDocuments, MaxSteps = 8 };
        string expected;
        using (var trainer = new Trainer(settings, open, "d", Path.Combine(shards.Folder, "straight")))
        {
            trainer.Run();
            expected = HashOf(trainer.Model);
        }
        using (var trainer = new Trainer(settings, open, "d", Path.Combine(shards.Folder, "resumed")))
        {
            for (var i = 0; i < 4; i++)
                trainer.Step();
            trainer.Save();
            trainer.Step();
        }
        using (var trainer = new Trainer(settings, open, "d", Path.Combine(shards.Folder, "resumed")))
        {
            Assert.Equal(4, trainer.StepsDone);
            trainer.Run();
            Assert.Equal(expected, HashOf(trainer.Model));
        }
    }

    [Theory]
    [InlineData("gpt2-tiny", OptimizerKind.Muon, 80)]
    [InlineData("bert-tiny", OptimizerKind.AdamW, 100)]
    public void Every_family_learns(string model, OptimizerKind optimizer, int steps)
    {
        using var folder = new Shards();
        var shards = folder.Open([([.. Enumerable.Range(0, 600).Select(i => 1 + (i % 8))], false)]);
        var settings = s_settings with { Model = model, Layers = 2, Width = 64, Heads = 2, Optimizer = optimizer, MaxSteps = steps, LearningRate = 3e-3, BatchSize = 8 };
        using var trainer = new Trainer(settings, shards, "d", Path.Combine(folder.Folder, "work"));
        var losses = new List<double>();
        trainer.Run(s => losses.Add(s.Loss));
        Assert.True(losses[^1] < 0.5, $"the last loss is {losses[^1]}");
    }

    [Fact]
    public void Training_goes_on_from_the_weights_of_another()
    {
        using var shards = new Shards();
        var open = shards.Open(Shards.Counting(60));
        var folder = Directory.CreateDirectory(Path.Combine(shards.Folder, "pretrained")).FullName;
        double last;
        using (var trainer = new Trainer(s_settings with { Model = "gpt2-tiny", MaxSteps = 8 }, open, "d", Path.Combine(shards.Folder, "first")))
        {
            trainer.Run();
            last = trainer.ValidationLoss()!.Value;
            File.WriteAllText(Path.Combine(folder, Pretrained.Config), trainer.Model.Shape.ToConfig(0));
            using var file = File.Create(Path.Combine(folder, Pretrained.Weights));
            SafeTensors.Write(file, trainer.Model.Parameters, []);
        }
        using (var trainer = new Trainer(s_settings with { InitialModel = folder }, open, "d", Path.Combine(shards.Folder, "second")))
            Assert.Equal(last, trainer.ValidationLoss()!.Value, 1e-6);
    }

    [Fact]
    public void Outliers_are_not_taken()
    {
        using var guard = new OutlierGuard(6);
        for (var i = 0; i < 1000; i++)
            Assert.False(guard.Outlier(2 + (0.1 * Math.Sin(i)), 1 + (0.1 * Math.Cos(i))));
        Assert.True(guard.Outlier(3, 1));
        Assert.True(guard.Outlier(2, 9));
        Assert.False(guard.Outlier(2, 1));
        using var off = new OutlierGuard(0);
        for (var i = 0; i < 200; i++)
            Assert.False(off.Outlier(i == 199 ? 100 : 1, 1));
    }

    [Theory]
    [InlineData("{\"BatchSize\":8,\"Accumulate\":3}", "accumulate")]
    [InlineData("{\"MaxSteps\":0}", "maxSteps")]
    [InlineData("{\"Threads\":0}", "threads")]
    public void A_setting_out_of_range_is_named(string json, string setting)
    {
        var settings = System.Text.Json.JsonSerializer.Deserialize<Train>(json)!;
        Assert.Contains(setting, Assert.Throws<TrainingException>(() => new Trainer(settings, [], "d", "unused")).Message);
    }

    [Fact]
    public void Without_training_tokens_it_says_so()
    {
        using var shards = new Shards();
        var open = shards.Open([([1, 2, 3], true)]);
        Assert.Contains("tokens to train on", Assert.Throws<TrainingException>(() => new Trainer(s_settings, open, "d", shards.Folder)).Message);
    }

    // What other tests left to the finalizer must be gone first.
    private static long Live()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }

    private static Trainer Start(Train settings, Shards shards) =>
        new(settings, shards.Open(Shards.Counting(60)), "d", Path.Combine(shards.Folder, "work"));

    private static IEnumerable<string> Names(Shards shards) =>
        Directory.EnumerateFiles(Path.Combine(shards.Folder, "work"), "*.safetensors").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    private static string HashOf(Transformer model) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(model.Weights.bytes));
}
