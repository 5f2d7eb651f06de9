using System.Text;

namespace CorpusForge.Read;

/// <summary>Which column of a table holds what of a document, and the values of the row at hand.</summary>
/// <remarks>One per reader, made with the name of the format for the evidence of a licence; <see cref="Values"/> run parallel to <see cref="Names"/>, and null means absent.</remarks>
internal sealed class Columns
{
    private const int SourceId = 1, UrlColumn = 2, Title = 3, Language = 4, License = 5, Metadata = 6, MaxMetadata = 64 - Metadata;
    private readonly string _format;

    public Columns(
        string format, string text, string sourceId, string url, string? title, string? language, string? license, IReadOnlyList<string> metadata)
    {
        if (metadata.Count > MaxMetadata)
            throw new PipelineException($"{format}: 'metadata' lists {metadata.Count} columns; at most {MaxMetadata} can be carried along");
        _format = format;
        Names = [text, sourceId, url, title, language, license, .. metadata];
        Utf8 = [.. Names.Select(n => n is null ? null : Encoding.UTF8.GetBytes(n))];
        Values = new string?[Names.Length];
    }

    public string?[] Names { get; }
    public byte[]?[] Utf8 { get; }
    public string?[] Values { get; }

    /// <summary>The text of the row; the column's string is not made.</summary>
    public ReadOnlyMemory<byte>? TextBytes { get; set; }

    /// <summary>The value of the column of the URL.</summary>
    public string? Url => Values[UrlColumn];

    /// <summary>A column that may be missing from a table with a header.</summary>
    public string? Optional { get; init; }

    /// <summary>The columns that a table with a header must have.</summary>
    public IEnumerable<string> Needed => Names.OfType<string>().Where(n => n != Optional);

    public void Clear()
    {
        TextBytes = null;
        Array.Clear(Values);
    }

    /// <summary>The document of the row.</summary>
    public RawDocument Fill(RawDocument raw)
    {
        var (license, evidence) = (Values[License], default(string));
        if (license is not null)
            (license, evidence) = (Spdx.Normalize(license), $"{_format}-column:{Names[License]}={license}");
        var metadata = raw.Metadata;
        for (var i = Metadata; i < Names.Length; i++)
        {
            if (Values[i] is { } value)
                metadata = metadata.SetItem(KebabCase(Names[i]!), value);
        }
        return raw with
        {
            Bytes = TextBytes!.Value,
            SourceId = Values[SourceId],
            Url = Values[UrlColumn],
            Title = Values[Title],
            Language = raw.Kind == Kind.Code ? Values[Language]?.ToLowerInvariant() : Values[Language],
            License = license,
            LicenseEvidence = evidence,
            Metadata = metadata,
        };
    }

    private static string KebabCase(string name) =>
        System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(name).Replace('_', '-');
}
