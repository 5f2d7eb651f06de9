using System.Text.Json;
using System.Text.Json.Nodes;

namespace CorpusForge.Training;

/// <summary>Where a model is trained.</summary>
public enum TrainingDevice
{
    /// <summary>A CUDA device if there is one.</summary>
    Auto,
    Cpu,
    Cuda,
}

/// <summary>Pretrains a language model on the token shards.</summary>
/// <remarks>
/// With one thread on a CPU, the same shards and settings give the same weights to the last bit, also when training was interrupted;
/// another kind of CPU may take other vector kernels and differ in the last bits, and so may another number of threads.
/// </remarks>
public sealed record Train
{
    /// <summary>A named size: gpt-tiny (0.8 million parameters and the vocabulary's), gpt-mini, gpt-small, gpt-medium, gpt-large.</summary>
    public string Model { get; init; } = "gpt-tiny";

    public long MaxSteps { get; init; } = 200;

    /// <summary>Sequences in a step.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Parts in which a step's batch goes through the model, to save memory; they divide the batch.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Tokens in a sequence; null is that of the model.</summary>
    public int? Context { get; init; }

    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Steps in which the learning rate rises from nothing.</summary>
    public long WarmupSteps { get; init; } = 20;

    /// <summary>The learning rate of the last step, as a share of the highest.</summary>
    public double MinLearningRateShare { get; init; } = 0.1;

    /// <summary>Of matrices; gains of norms do not decay.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>The longest gradient; a longer one is scaled down. 0 is no limit.</summary>
    public double GradientClip { get; init; } = 1;

    /// <summary>Steps between measurements of the validation loss.</summary>
    public long ValidationEvery { get; init; } = 50;

    /// <summary>At most so many sequences of the validation split are measured, the same each time.</summary>
    public long MaxValidationSequences { get; init; } = 64;

    /// <summary>Steps between checkpoints.</summary>
    public long CheckpointEvery { get; init; } = 100;

    /// <summary>How many of the newest checkpoints are kept; two or more, so that a damaged one is no loss.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Initial weights and the order of the sequences; null is the pipeline's seed.</summary>
    public long? Seed { get; init; }

    /// <summary>CPU threads of torch; results are promised to repeat for one.</summary>
    public int Threads { get; init; } = 1;

    public TrainingDevice Device { get; init; } = TrainingDevice.Auto;

    /// <summary>A folder with another libtorch (2.10 or later), for example that of PyTorch.</summary>
    public string? Libtorch { get; init; }

    /// <summary>The learning rate of a step, from 0: linear warm-up, then a cosine down to the lowest.</summary>
    public double LearningRateAt(long step)
    {
        if (step < WarmupSteps)
            return LearningRate * (step + 1) / WarmupSteps;
        var progress = (double)(step + 1 - WarmupSteps) / Math.Max(1, MaxSteps - WarmupSteps);
        var share = MinLearningRateShare + ((1 - MinLearningRateShare) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress))));
        return LearningRate * share;
    }

    /// <summary>The digest of everything that decides the weights; what only says where and how often is left out.</summary>
    internal string DigestFor(ModelShape shape, string shards)
    {
        var deciding = this with
        {
            CheckpointEvery = 0, KeepCheckpoints = 0, ValidationEvery = 0, MaxValidationSequences = 0,
            Threads = 0, Device = TrainingDevice.Auto, Libtorch = null,
        };
        return Digests.Of(new JsonArray(
            JsonSerializer.SerializeToNode(deciding), JsonSerializer.SerializeToNode(shape), shards).ToJsonString());
    }

    /// <exception cref="TrainingException">A setting makes no sense.</exception>
    internal void Check()
    {
        Require(MaxSteps >= 1, nameof(MaxSteps));
        Require(BatchSize >= 1, nameof(BatchSize));
        Require(Accumulate >= 1 && BatchSize % Math.Max(1, Accumulate) == 0, nameof(Accumulate));
        Require(Context is null or >= 1, nameof(Context));
        Require(LearningRate > 0, nameof(LearningRate));
        Require(WarmupSteps >= 0, nameof(WarmupSteps));
        Require(MinLearningRateShare is >= 0 and <= 1, nameof(MinLearningRateShare));
        Require(WeightDecay >= 0, nameof(WeightDecay));
        Require(GradientClip >= 0, nameof(GradientClip));
        Require(ValidationEvery >= 1, nameof(ValidationEvery));
        Require(MaxValidationSequences >= 0, nameof(MaxValidationSequences));
        Require(CheckpointEvery >= 1, nameof(CheckpointEvery));
        Require(KeepCheckpoints >= 1, nameof(KeepCheckpoints));
        Require(Threads >= 1, nameof(Threads));

        static void Require(bool holds, string setting)
        {
            if (!holds)
                throw new TrainingException($"train: {char.ToLowerInvariant(setting[0])}{setting[1..]} is out of range.");
        }
    }
}
