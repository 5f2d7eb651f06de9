using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge;

/// <summary>What a stage leaves behind for the stages after it.</summary>
public enum Product
{
    /// <summary>Nothing but the sources themselves.</summary>
    Raw,
    Documents,
    Tokens,
    Model,
    Report,
}

/// <summary>Works on the whole corpus, with a barrier after it. A stage is a sealed record; its init properties are its settings.</summary>
public interface IStage
{
    int Version => 1;

    /// <summary>Set where two stages of the pipeline are alike; the stage's name otherwise.</summary>
    string? Id { get; }

    /// <summary>What it reads: the result of the last stage before it that produces this.</summary>
    Product Consumes { get; }

    Product Produces { get; }

    /// <summary>The stage with everything that it does spelled out as settings, so that its digest covers it.</summary>
    IStage Resolve(IReadOnlyList<PipelineSource> sources) => this;

    /// <summary>In order, each with a barrier after it; the units of the phases that are <see cref="IPhase.Result"/> are the stage's result.</summary>
    IReadOnlyList<IPhase> Phases { get; }
}

/// <summary>A part of a stage with its own barrier.</summary>
public interface IPhase
{
    string Name { get; }

    /// <summary>The resource that its units need: cpu, net or gpu.</summary>
    string Queue => Queues.Cpu;

    /// <summary>Whether its parts belong to the result of the stage, rather than being for its later phases only.</summary>
    bool Result { get; }

    /// <summary>False where the world decides (a crawl): a repeated unit may then give other bytes, and the first to commit counts.</summary>
    bool Pure => true;

    /// <summary>The units, in an order and a number that depend on the input and the configuration alone.</summary>
    IEnumerable<Unit> Plan(PhaseInput input);

    /// <summary>Does one unit. Bad data is a drop; an exception fails the unit.</summary>
    void Execute(UnitWork work);
}

/// <summary>The queues that units wait in.</summary>
public static class Queues
{
    public const string Cpu = "cpu";
    public const string Net = "net";
    public const string Gpu = "gpu";
}

/// <summary>One piece of a phase, a pure function of its inputs and the configuration; what a worker takes.</summary>
/// <param name="Key">32 hexadecimal digits: names the output.</param>
/// <param name="Inputs">What it reads, for the manifest and the key.</param>
/// <param name="Payload">What the phase needs to do it, as JSON.</param>
public sealed record Unit(string Key, IReadOnlyList<UnitInput> Inputs, string Payload)
{
    /// <summary>The key is a digest of stage digest, phase, payload and the digests of the inputs.</summary>
    public static Unit Of<T>(PhaseInput input, IPhase phase, T payload, IEnumerable<UnitInput> inputs)
    {
        UnitInput[] list = [.. inputs];
        var json = JsonSerializer.Serialize(payload, Manifest.Json);
        var text = new StringBuilder().Append(input.Stage.Digest).Append('\n').Append(phase.Name).Append('\n').Append(KeyOf(payload, json));
        foreach (var one in list)
            text.Append('\n').Append(one.Name).Append(' ').Append(one.Digest);
        return new Unit(Digests.Short(text.ToString()), list, json);
    }

    /// <summary>Reads the payload back.</summary>
    public T Read<T>() => JsonSerializer.Deserialize<T>(Payload, Manifest.Json)!;

    private static string KeyOf<T>(T payload, string json) => payload is IKeyed keyed ? keyed.Key : json;
}

/// <summary>A payload that carries paths or other things of one machine says here what of it belongs in the unit's key.</summary>
public interface IKeyed
{
    string Key { get; }
}

/// <summary>One input of a unit: a name that is the same everywhere, and a digest of what is in it.</summary>
public sealed record UnitInput(string Name, string Digest)
{
    public static UnitInput Of(Manifest part) => new(part.Unit, part.ContentDigest);
}

/// <summary>Digests as the project writes them: SHA-256 in lower-case hexadecimal.</summary>
public static class Digests
{
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The first 32 digits (128 bits).</summary>
    public static string Short(string text) => Of(text)[..32];
}

/// <summary>What a phase sees when it plans, and its units when they work.</summary>
/// <param name="Pipeline">The pipeline as resolved.</param>
/// <param name="Stage">The stage that the phase belongs to.</param>
/// <param name="Earlier">Every stage before this one, with its result.</param>
/// <param name="Upstream">The result of the last stage before this one that produces what this one consumes.</param>
/// <param name="Phases">The parts of this stage's phases before this one, by name of phase.</param>
/// <param name="Inputs">Finds the files of the sources.</param>
/// <param name="Storage">The output folder and the inputs.</param>
public sealed record PhaseInput(
    Pipeline Pipeline,
    PlannedStage Stage,
    IReadOnlyList<StageResult> Earlier,
    IReadOnlyList<Manifest> Upstream,
    IReadOnlyDictionary<string, IReadOnlyList<Manifest>> Phases,
    Inputs Inputs,
    IStorage Storage)
{
    private readonly Lazy<Dictionary<string, Manifest>> _parts = new(() => Upstream.ToDictionary(p => p.Unit, StringComparer.Ordinal));

    /// <summary>The part of <see cref="Upstream"/> that the unit of this key made.</summary>
    public Manifest Part(string unit) => _parts.Value[unit];
}

/// <summary>A stage of a pipeline with its digest and its folder.</summary>
/// <param name="Id">Unique in the pipeline.</param>
/// <param name="Name">The name in the catalogue.</param>
/// <param name="Stage">The settings.</param>
/// <param name="Digest">32 hexadecimal digits over the configuration of this stage and of all before it.</param>
/// <param name="Folder">Relative to the output folder.</param>
public sealed record PlannedStage(string Id, string Name, IStage Stage, string Digest, string Folder);

/// <summary>What a finished stage left.</summary>
public sealed record StageResult(PlannedStage Stage, IReadOnlyList<Manifest> Parts, Tally Tally);

/// <summary>The ordered catalogue of stages. A stage with another dependency closure (train) is added by the program.</summary>
public static class Stages
{
    public static IReadOnlyList<CatalogueEntry> Catalogue { get; } =
    [
        CatalogueEntry.Of<Crawl.CrawlStage>("crawl"),
        CatalogueEntry.Of<Clean.CleanStage>("clean"),
        CatalogueEntry.Of<Deduplicate.DeduplicateStage>("deduplicate"),
        CatalogueEntry.Of<Deduplicate.DeduplicateTextStage>("deduplicate-text"),
        CatalogueEntry.Of<Filter.FilterStage>("filter"),
        CatalogueEntry.Of<Mix.MixStage>("mix"),
        CatalogueEntry.Of<Tokenize.TokenizeStage>("tokenize"),
        CatalogueEntry.Of<Audit.AuditStage>("audit"),
    ];
}

/// <summary>A stage that runs steps.</summary>
public interface IStepStage : IStage
{
    IReadOnlyList<Settings.ConfiguredStep> Steps { get; }
}
