using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge;

/// <summary>What a document is; a step says which kinds it is for.</summary>
public enum Kind
{
    Text,
    Code,
    Caption,
}

/// <summary>One web page, source file or captioned image, as it flows between stages.</summary>
/// <remarks>
/// <see cref="Text"/> is well-formed UTF-16 once `clean` is done. The columns in which a document is kept on disk are
/// those of `schemas/documents.md`. Absent means unknown, never empty.
/// </remarks>
public sealed record Document
{
    /// <summary>64 lower-case hexadecimal digits, see <see cref="IdOf"/>.</summary>
    public required string Id { get; init; }

    /// <summary>The id that the input brought, verbatim.</summary>
    public string? SourceId { get; init; }

    public required Kind Kind { get; init; }
    public required string Text { get; init; }

    /// <summary>Verbatim as the input has it.</summary>
    public string? Url { get; init; }

    /// <summary>The name of the source in the pipeline file.</summary>
    public required string Source { get; init; }

    /// <summary>Where the source has it: logical file name, `@`, and byte offset or row.</summary>
    public required string Locator { get; init; }

    public string? Title { get; init; }

    /// <summary>ISO 639-1 for text, the language's name in lower case for code.</summary>
    public string? Language { get; init; }

    public double? LanguageScore { get; init; }
    public double? Toxicity { get; init; }

    /// <summary>An SPDX licence expression.</summary>
    public string? License { get; init; }

    /// <summary>What the licence was read from, for example `package-manifest:Dapper.nuspec`.</summary>
    public string? LicenseEvidence { get; init; }

    /// <summary>Raw consent evidence as a JSON object: robots rules, headers, meta tags.</summary>
    public string? Consent { get; init; }

    public Image? Image { get; init; }

    /// <summary>The id of the survivor of the duplicate cluster that this document is in; its own id when it survived.</summary>
    public string? Cluster { get; init; }

    /// <summary>How many documents the cluster has, the survivor included; only on the survivor.</summary>
    public int? ClusterSize { get; init; }

    /// <summary>Everything else that the source or an extractor knew, keys in kebab case.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = NoMetadata;

    /// <summary>Measured values by `step.rule`, only where a stage says `signals: all`.</summary>
    public SignalValues Signals { get; init; } = SignalValues.None;

    public static ImmutableSortedDictionary<string, string> NoMetadata { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>SHA-256 over the locator (the URL, else logical path and row), a zero byte, and the raw bytes.</summary>
    public static string IdOf(string locator, ReadOnlySpan<byte> raw)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(locator));
        hash.AppendData([0]);
        hash.AppendData(raw);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>The image of a caption document: what its header says, and where its bytes are.</summary>
/// <remarks><see cref="Bytes"/> travel only from the extractor to the shard writer, which sets <see cref="Shard"/> and <see cref="Row"/>.</remarks>
public sealed record Image
{
    /// <summary>SHA-256 of the encoded bytes, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    public required string MediaType { get; init; }

    /// <summary>In pixels.</summary>
    public required int Width { get; init; }

    /// <summary>In pixels.</summary>
    public required int Height { get; init; }

    /// <summary>The file under `images/` that holds the bytes.</summary>
    public string? Shard { get; init; }

    public int Row { get; init; }
    public ReadOnlyMemory<byte> Bytes { get; init; }
}
