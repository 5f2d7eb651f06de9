using System.Collections.Immutable;
using CorpusForge.Clean;
using CorpusForge.Deduplicate;
using CorpusForge.Filter;

namespace CorpusForge;

/// <summary>The kinds of document that a step is for; others pass it untouched.</summary>
[Flags]
public enum Kinds
{
    None = 0,
    Text = 1,
    Code = 2,
    Caption = 4,
    All = Text | Code | Caption,
}

/// <summary>Works on one document alone. A step is a sealed record; its init properties are its settings.</summary>
/// <remarks>
/// Steps are pure, synchronous and thread-safe: no I/O, no clock, no randomness without a seed. <see cref="Version"/> is in
/// the digest of the stage; raise it when what the step does changes (StepGoldenTests tell).
/// </remarks>
public interface IStep
{
    int Version => 1;
    Kinds For => Kinds.All;

    /// <summary>What is wrong with the settings taken together, or for these sources; null when nothing is.</summary>
    string? Problem(IReadOnlyList<PipelineSource> sources) => null;
}

/// <summary>Makes text of the bytes of the media types it knows.</summary>
public interface IExtractor : IStep
{
    /// <summary>Whether this extractor is the one for the raw document.</summary>
    bool Handles(RawDocument raw);

    /// <summary>Never throws for what the bytes are: bad bytes are a drop.</summary>
    Extraction Extract(RawDocument raw);
}

/// <summary>A document or the rule by which there is none, and the further raw documents found inside it.</summary>
public readonly record struct Extraction(Document? Document, Verdict Verdict, IReadOnlyList<RawDocument> Created)
{
    public static implicit operator Extraction(Document document) => new(document, Verdict.Keep, []);

    public static Extraction Drop(string rule, double measured = 1, double limit = 0) =>
        new(null, Verdict.Drop(rule, measured, limit), []);
}

/// <summary>Same id, new text.</summary>
public interface ITransform : IStep
{
    /// <summary>Returns the same instance when nothing changed; counts what it changed by name.</summary>
    Document Apply(Document document, Changes changes);
}

/// <summary>What transforms changed, by `step.change`, summed over the documents of a unit. Owned by one worker.</summary>
public sealed class Changes
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public string Step { get; set; } = "";

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public void Count(string change, long times = 1)
    {
        if (times == 0)
            return;
        var key = $"{Step}.{change}";
        _counts[key] = _counts.GetValueOrDefault(key) + times;
    }
}

/// <summary>Measures fields of the document (language, licence, toxicity) that filters then read.</summary>
public interface ITagger : IStep
{
    Fields Tag(TextView text);
}

/// <summary>What a tagger found; null leaves the document's field as it is.</summary>
public readonly record struct Fields
{
    public string? Language { get; init; }
    public double? LanguageScore { get; init; }
    public double? Toxicity { get; init; }
    public string? License { get; init; }
    public string? LicenseEvidence { get; init; }

    /// <summary>Set beside the metadata that the document has.</summary>
    public ImmutableSortedDictionary<string, string>? Metadata { get; init; }

    public Document On(Document document) => document with
    {
        Language = Language ?? document.Language,
        LanguageScore = LanguageScore ?? document.LanguageScore,
        Toxicity = Toxicity ?? document.Toxicity,
        License = License ?? document.License,
        LicenseEvidence = LicenseEvidence ?? document.LicenseEvidence,
        Metadata = Metadata is null ? document.Metadata : document.Metadata.SetItems(Metadata),
    };
}

/// <summary>Judges; never changes the document.</summary>
public interface IFilter : IStep
{
    Verdict Judge(TextView text);
}

/// <summary>A step that needs a model: opened once per process, shared read-only by all workers.</summary>
public interface IOpenable : IStep
{
    /// <summary>The SHA-256 of the model, which is in the digest of the stage.</summary>
    string ModelDigest { get; }

    /// <summary>The opened step, which is an <see cref="ITagger"/> or <see cref="IFilter"/>.</summary>
    IStep Open();
}

/// <summary>The ordered catalogue of steps. Adding a step is one file, one line here, one test.</summary>
public static class Steps
{
    public static IReadOnlyList<CatalogueEntry> Catalogue { get; } =
    [
        CatalogueEntry.Of<ExtractHtml>("extract-html"),
        CatalogueEntry.Of<ExtractText>("extract-text"),
        CatalogueEntry.Of<ExtractCode>("extract-code"),
        CatalogueEntry.Of<ExtractCaption>("extract-caption"),
        CatalogueEntry.Of<RepairText>("repair-text"),
        CatalogueEntry.Of<RedactPii>("redact-pii"),
        CatalogueEntry.Of<UrlBlocklist>("url-blocklist"),
        CatalogueEntry.Of<UrlLists>("url-lists"),
        CatalogueEntry.Of<Exclude>("exclude"),
        CatalogueEntry.Of<Decontaminate>("decontaminate"),
        CatalogueEntry.Of<ConsentFilter>("consent"),
        CatalogueEntry.Of<LicenseFilter>("license"),
        CatalogueEntry.Of<Language>("language"),
        CatalogueEntry.Of<GopherRepetition>("gopher-repetition"),
        CatalogueEntry.Of<GopherQuality>("gopher-quality"),
        CatalogueEntry.Of<C4Lines>("c4-lines"),
        CatalogueEntry.Of<C4Quality>("c4-quality"),
        CatalogueEntry.Of<DclmLines>("dclm-lines"),
        CatalogueEntry.Of<FineWebQuality>("fineweb-quality"),
        CatalogueEntry.Of<PerplexityFilter>("perplexity"),
        CatalogueEntry.Of<RedPajamaSignals>("redpajama-signals"),
        CatalogueEntry.Of<CodeQuality>("code-quality"),
        CatalogueEntry.Of<CaptionQuality>("caption-quality"),
        CatalogueEntry.Of<FastTextFilter>("fasttext"),
        CatalogueEntry.Of<WordList>("word-list"),
        CatalogueEntry.Of<Toxicity>("toxicity"),
    ];
}

/// <summary>One line of a catalogue: the name in the pipeline file and the record that holds the settings.</summary>
public sealed record CatalogueEntry(string Name, Type Type)
{
    public static CatalogueEntry Of<T>(string name) where T : class, new() => new(name, typeof(T));

    public object Create() => Activator.CreateInstance(Type)!;
}
