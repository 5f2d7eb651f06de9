using System.Collections.Immutable;

namespace CorpusForge;

/// <summary>What a source yields: bytes with what the source knows about them, before an extractor makes text of them.</summary>
/// <remarks>
/// A source that drops a record by a rule of its own (an HTTP error, a vendored file) yields it with <see cref="Verdict"/>
/// set, so that it is counted and kept in the rejects like any other drop; <see cref="Bytes"/> may then be empty.
/// </remarks>
public sealed record RawDocument
{
    public Kind Kind { get; init; } = Kind.Text;
    public required string Source { get; init; }

    /// <summary>Logical file name, `@`, and byte offset or row.</summary>
    public required string Locator { get; init; }

    /// <summary>Verbatim; for a caption the URL of the image.</summary>
    public string? Url { get; init; }

    public string? SourceId { get; init; }
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Lower case, without parameters, for example `text/html`; null is unknown.</summary>
    public string? MediaType { get; init; }

    /// <summary>The charset that the transport names, if any.</summary>
    public string? Charset { get; init; }

    public string? Title { get; init; }
    public string? Language { get; init; }
    public string? License { get; init; }
    public string? LicenseEvidence { get; init; }
    public string? Consent { get; init; }

    /// <summary>For a caption: the caption as found.</summary>
    public string? Caption { get; init; }

    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = Document.NoMetadata;
    public Verdict Verdict { get; init; }

    /// <summary>The document of this record with the given text; every other field is carried over.</summary>
    public Document ToDocument(string text) => new()
    {
        Id = Document.IdOf(Url ?? Locator, Bytes.Span),
        SourceId = SourceId,
        Kind = Kind,
        Text = text,
        Url = Url,
        Source = Source,
        Locator = Locator,
        Title = Title,
        Language = Language,
        License = License,
        LicenseEvidence = LicenseEvidence,
        Consent = Consent,
        Metadata = Metadata,
    };
}
