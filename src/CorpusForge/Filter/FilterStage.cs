using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Filter;

/// <summary>Whether a stage keeps what its filters measured.</summary>
public enum Signals
{
    None,
    All,
}

/// <summary>Runs taggers, filters and transforms over the documents: keeps some, drops the others with the rule that they broke.</summary>
public sealed record FilterStage : IStepStage
{
    /// <summary>Names the stage where a pipeline has two filter stages.</summary>
    public string? Id { get; init; }

    // 2: also the limits of what taggers and fastText models measure are signals. 3: also the kinds of toxicity.
    public int Version => Signals == Signals.All ? 3 : 1;

    /// <summary>In the order in which they run.</summary>
    [Needed]
    public IReadOnlyList<ConfiguredStep> Steps { get; init; } = [];

    /// <summary>`all` evaluates every rule of every document and keeps the values as columns `step.rule`.</summary>
    public Signals Signals { get; init; }

    /// <summary>What a word is in Chinese, Japanese, Thai, Lao, Burmese and Khmer.</summary>
    public Segmentation Words { get; init; }

    /// <summary>Which version of ICU `words: dictionary` must have; without it, the one that is there.</summary>
    public string? IcuVersion { get; init; }

    public Product Consumes => Product.Documents;
    public Product Produces => Product.Documents;
    public IReadOnlyList<IPhase> Phases => [new Judge(this)];

    public IStage Resolve(IReadOnlyList<PipelineSource> sources) => this with { IcuVersion = IcuWords.VersionFor(Words, IcuVersion) };

    private sealed record Judge(FilterStage Stage) : IPhase
    {
        public string Name => "judge";
        public bool Result => true;

        public IEnumerable<Unit> Plan(PhaseInput input) =>
            input.Upstream.Select(part => Unit.Of(input, this, "", [UnitInput.Of(part)]));

        public void Execute(UnitWork work)
        {
            var part = work.Input.Part(work.Unit.Inputs[0].Name);
            var runner = new StepRunner(Stage.Steps, Stage.Signals == Signals.All, Stage.Words);
            using (var output = new DocumentOutput(work, runner.Signals))
            {
                foreach (var document in DocumentShard.Read(work.OpenRead(part.Documents!)))
                {
                    work.Cancel.ThrowIfCancellationRequested();
                    work.Tally.In++;
                    work.Tally.BytesIn += System.Text.Encoding.UTF8.GetByteCount(document.Text);
                    if (runner.Run(document, out var reject) is { } kept)
                        output.Keep(kept);
                    else
                        output.Drop(reject!);
                    if (work.Tally.In % 1024 == 0)
                        work.Report((double)work.Tally.In / Math.Max(1, part.Documents!.Rows));
                }
            }
            foreach (var (change, count) in runner.Changes)
                work.Tally.Changed[change] = count;
        }
    }
}
