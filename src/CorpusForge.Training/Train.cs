using System.Text.Json;
using CorpusForge.Settings;

namespace CorpusForge.Training;

/// <summary>Where a model is trained.</summary>
public enum TrainingDevice
{
    /// <summary>A CUDA device if there is one.</summary>
    Auto,
    Cpu,
    Cuda,
}

/// <summary>The learning rate as a function of the step.</summary>
public enum LearningRateSchedule
{
    /// <summary>Half a cosine down to the lowest.</summary>
    Cosine,

    /// <summary>Stable, and in the last steps straight down to the lowest.</summary>
    WarmupStableDecay,

    /// <summary>Straight down to the lowest.</summary>
    Linear,
    Constant,
}

/// <summary>Pretrains a language model on the token shards.</summary>
/// <remarks>
/// With one thread on a CPU, the same shards and settings give the same weights to the last bit, also when training was interrupted;
/// another kind of CPU may take other vector kernels and differ in the last bits, and so may another number of threads.
/// </remarks>
public sealed record Train : IStage
{
    /// <summary>Names the stage where a pipeline has two train stages.</summary>
    public string? Id { get; init; }

    /// <summary>A named size: gpt-tiny (0.8 million parameters and the vocabulary's) to gpt-large, llama-10m to llama-1b, gpt2-tiny to gpt2-1558m, bert-tiny to bert-110m.</summary>
    public string Model { get; init; } = "gpt-tiny";

    /// <summary>Another family than that of the named size.</summary>
    public ModelFamily? Family { get; init; }

    /// <summary>Another number of layers than the named size has.</summary>
    [Range(1, 1000)]
    public int? Layers { get; init; }

    /// <summary>Another number of attention heads.</summary>
    [Range(1, 1e4)]
    public int? Heads { get; init; }

    /// <summary>Another number of heads of keys and values, each shared by a group of heads; llama only.</summary>
    [Range(1, 1e4)]
    public int? KeyValueHeads { get; init; }

    /// <summary>Another width of the hidden states.</summary>
    [Range(2, 1e6)]
    public int? Width { get; init; }

    /// <summary>Another width inside the feed-forward part.</summary>
    [Range(1, 1e6)]
    public int? Hidden { get; init; }

    /// <summary>A matrix for the output of its own instead of the embedding's.</summary>
    public bool UntiedHead { get; init; }

    [Range(1, 1e12)]
    public long MaxSteps { get; init; } = 200;

    /// <summary>Sequences in a step.</summary>
    [Range(1, 1e6)]
    public int BatchSize { get; init; } = 8;

    /// <summary>Parts in which a step's batch goes through the model, to save memory; they divide the batch.</summary>
    [Range(1, 1e6)]
    public int Accumulate { get; init; } = 1;

    /// <summary>A folder with the config.json and model.safetensors of a model to go on from, instead of a named size with random weights.</summary>
    [Reaches(Reach.OwnMachine)]
    public string? InitialModel { get; init; }

    /// <summary>Attention does not reach over the start of a document, and positions are counted from it.</summary>
    public bool MaskDocuments { get; init; }

    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AdamW;

    /// <summary>How the learning rate goes on after the warm-up.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>The share of the steps, at the end, in which a stable learning rate decays.</summary>
    [Range(0, 1)]
    public double DecayShare { get; init; } = 0.2;

    /// <summary>Steps whose loss or gradient norm lies more than so many standard deviations above the last 128 are not taken; 0 takes all.</summary>
    [Range(0, 1e6)]
    public double SkipAboveDeviations { get; init; }

    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Keeps the input of each layer alone and computes the rest again on the way back: less memory, a third more work, the same weights.</summary>
    [OutsideDigest]
    public bool Recompute { get; init; }

    /// <summary>Tokens in a sequence; null is that of the model.</summary>
    [Range(1, 1e6)]
    public int? Context { get; init; }

    [Range(1e-12, 1e3)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Steps in which the learning rate rises from nothing.</summary>
    [Range(0, 1e12)]
    public long WarmupSteps { get; init; } = 20;

    /// <summary>The learning rate of the last step, as a share of the highest.</summary>
    [Range(0, 1)]
    public double MinLearningRateShare { get; init; } = 0.1;

    /// <summary>Of matrices; gains of norms do not decay.</summary>
    [Range(0, 1e3)]
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>The longest gradient; a longer one is scaled down. 0 is no limit.</summary>
    [Range(0, 1e9)]
    public double GradientClip { get; init; } = 1;

    /// <summary>Steps between measurements of the validation loss.</summary>
    [Range(1, 1e12)]
    public long ValidationEvery { get; init; } = 50;

    /// <summary>At most so many sequences of the validation split are measured, the same each time.</summary>
    [Range(0, 1e9)]
    public long MaxValidationSequences { get; init; } = 64;

    /// <summary>Steps between texts that the model writes into `samples.jsonl`; 0 is none.</summary>
    [Range(0, 1e12), OutsideDigest]
    public long SampleEvery { get; init; }

    /// <summary>What the device can do at best in the precision used, for the share of it in the log; 989 for an H100 in bfloat16.</summary>
    [Range(1e-3, 1e6), OutsideDigest]
    public double? PeakTeraflops { get; init; }

    /// <summary>Steps between checkpoints.</summary>
    [Range(1, 1e12), OutsideDigest]
    public long CheckpointEvery { get; init; } = 100;

    /// <summary>How many of the newest checkpoints are kept; two or more, so that a damaged one is no loss.</summary>
    [Range(1, 1000), OutsideDigest]
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Initial weights and the order of the sequences; null is the pipeline's seed.</summary>
    public long? Seed { get; init; }

    /// <summary>CPU threads of torch; results are promised to repeat for one.</summary>
    [Range(1, 1024)]
    public int Threads { get; init; } = 1;

    public TrainingDevice Device { get; init; } = TrainingDevice.Auto;

    /// <summary>Devices that share each batch, a process on each; they divide the batch together with `accumulate`. On processors it is so many processes.</summary>
    [Range(1, 64)]
    public int Devices { get; init; } = 1;

    /// <summary>A folder with another libtorch (2.10 or later), for example that of PyTorch.</summary>
    [OutsideDigest, Reaches(Reach.OwnMachine)]
    public string? Libtorch { get; init; }

    public Product Consumes => Product.Tokens;
    public Product Produces => Product.Model;
    public IReadOnlyList<IPhase> Phases => [new TrainPhase(this)];

    public IStage Resolve(IReadOnlyList<PipelineSource> sources)
    {
        try
        {
            Check();
            // Of the vocabulary alone a shape knows nothing yet.
            if (InitialModel is null)
                ShapeFor(vocabularySize: 256).Check();
            else
                ShapeFor(vocabularySize: 1);
            return this;
        }
        catch (TrainingException e)
        {
            throw new PipelineException($"train: {e.Message}");
        }
    }

    /// <summary>The learning rate of a step, from 0: linear warm-up, then the schedule.</summary>
    public double LearningRateAt(long step)
    {
        if (step < WarmupSteps)
            return LearningRate * (step + 1) / WarmupSteps;
        var progress = Math.Min(1, (double)(step + 1 - WarmupSteps) / Math.Max(1, MaxSteps - WarmupSteps));
        var height = Schedule switch
        {
            LearningRateSchedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * progress)),
            LearningRateSchedule.WarmupStableDecay => Math.Min(1, (MaxSteps - step - 1) / Math.Max(1, DecayShare * MaxSteps)),
            LearningRateSchedule.Linear => 1 - progress,
            _ => 1,
        };
        return LearningRate * (MinLearningRateShare + ((1 - MinLearningRateShare) * Math.Max(0, height)));
    }

    /// <summary>That of the initial model, or the named size with the changes of the other settings.</summary>
    internal ModelShape ShapeFor(int vocabularySize)
    {
        if (InitialModel is not null)
            return Pretrained.ShapeOf(InitialModel, Context, vocabularySize);
        var named = ModelShape.Of(Model, vocabularySize);
        var resized = Width is not null || Heads is not null || Family is not null;
        return named with
        {
            Family = Family ?? named.Family,
            VocabularySize = vocabularySize + ((Family ?? named.Family) == ModelFamily.Bert ? 1 : 0),
            Layers = Layers ?? named.Layers,
            Heads = Heads ?? named.Heads,
            KeyValueHeads = KeyValueHeads ?? (resized ? 0 : named.KeyValueHeads),
            Width = Width ?? named.Width,
            Hidden = Hidden ?? (resized ? 0 : named.Hidden),
            Context = Context ?? named.Context,
            UntiedHead = UntiedHead,
        };
    }

    /// <summary>The digest of everything that decides the weights; what only says where and how often is left out.</summary>
    internal string DigestFor(ModelShape shape, string shards, string? initial)
    {
        var deciding = SettingsJson.Of(this with { ValidationEvery = 1, MaxValidationSequences = 0, Threads = 1, Device = TrainingDevice.Auto, Devices = 1, InitialModel = null }, all: false);
        deciding["shape"] = JsonSerializer.SerializeToNode(shape);
        deciding["shards"] = shards;
        deciding["initial"] = initial;
        return Digests.Of(deciding.ToJsonString());
    }

    /// <exception cref="TrainingException">A setting makes no sense.</exception>
    internal void Check()
    {
        foreach (var setting in Setting.Of(typeof(Train)))
        {
            if (setting.Range is { } range && setting.Property.GetValue(this) is IConvertible number
                && !(number.ToDouble(null) is var value && value >= range.Min && value <= range.Max))
                throw new TrainingException($"{setting.Name} is {number}; it must lie between {range.Min} and {range.Max}.");
        }
        if (BatchSize % Accumulate != 0)
            throw new TrainingException($"accumulate is {Accumulate}; it must divide batchSize, which is {BatchSize}.");
        if (BatchSize % (Accumulate * Devices) != 0)
            throw new TrainingException($"devices is {Devices}; with accumulate, {Accumulate}, it must divide batchSize, which is {BatchSize}.");
    }
}
