using System.Text.Json;
using CorpusForge.Runs;
using CorpusForge.Tokenize;

namespace CorpusForge.Export;

/// <summary>A column of an export.</summary>
/// <param name="Name">As the rest of the world sees it.</param>
/// <param name="Type">string, double or int, which may be null, or int[].</param>
/// <param name="Value">Reads it from a row.</param>
internal sealed record ExportColumn(string Name, Type Type, Func<ExportRow, object?> Value);

/// <summary>One document on its way out, kept or dropped, from a shard of documents or of tokens.</summary>
internal sealed record ExportRow(Document Document, Reject? Reject, int[] Tokens)
{
    private static readonly ExportColumn[] s_document =
    [
        Text("id", d => d.Id), Text("sourceId", d => d.SourceId), Text("text", d => d.Text), Text("url", d => d.Url),
        Text("kind", d => DocumentShard.NameOf(d.Kind)), Text("language", d => d.Language), Real("languageScore", d => d.LanguageScore),
        Text("license", d => d.License), Text("licenseEvidence", d => d.LicenseEvidence), Text("source", d => d.Source),
        Text("locator", d => d.Locator), Text("title", d => d.Title), Real("toxicity", d => d.Toxicity), Text("consent", d => d.Consent),
        Text("imageSha256", d => d.Image?.Sha256), Text("imageMediaType", d => d.Image?.MediaType), Whole("imageWidth", d => d.Image?.Width),
        Whole("imageHeight", d => d.Image?.Height), Text("cluster", d => d.Cluster), Whole("clusterSize", d => d.ClusterSize),
        Text("metadata", d => d.Metadata.IsEmpty ? null : JsonSerializer.Serialize(d.Metadata, Manifest.Json)),
        Text("signals", d => d.Signals.IsEmpty ? null : JsonSerializer.Serialize(d.Signals, s_json)),
    ];

    private static readonly ExportColumn[] s_verdict =
    [
        new("step", typeof(string), r => r.Reject!.Step), new("stepVersion", typeof(int), r => r.Reject!.StepVersion),
        new("rule", typeof(string), r => r.Reject!.Rule), new("measured", typeof(double), r => r.Reject!.Measured),
        new("limit", typeof(double), r => r.Reject!.Limit),
    ];

    private static readonly JsonSerializerOptions s_json = new(Manifest.Json)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static IReadOnlyList<ExportColumn> Columns(string role) => role switch
    {
        Roles.Rejects => [.. s_document, .. s_verdict],
        Roles.Tokens => [.. s_document, new("validation", typeof(string), r => r.Document.Metadata["validation"]), new("tokens", typeof(int[]), r => r.Tokens)],
        _ => s_document,
    };

    /// <summary>The rows of a token shard; the text is decoded from the ids.</summary>
    public static IEnumerable<ExportRow> OfTokens(IStorage storage, ManifestFile shard)
    {
        using var reader = TokenShardReader.Open(RecordedFile.LocalPath(storage, shard.Name, shard));
        var tokenizer = Tokenizers.Of(reader.Info, storage, shard.Name);
        foreach (var batch in reader.Batches)
        {
            for (var i = 0; i < batch.Rows; i++)
            {
                var row = batch.Row(i);
                var ids = IdsOf(batch, i);
                var document = new Document
                {
                    Id = row.Id,
                    Kind = row.Kind,
                    Text = tokenizer.Decode(ids),
                    Url = row.Url,
                    Source = row.Source,
                    Locator = row.Id,
                    Language = row.Language,
                    License = row.License,
                    Metadata = Document.NoMetadata.Add("validation", row.Validation ? "true" : "false"),
                    Image = row.ImageSha256 is null ? null : new Image { Sha256 = row.ImageSha256, MediaType = row.ImageMediaType ?? "", Width = 0, Height = 0 },
                };
                yield return new ExportRow(document, null, ids);
            }
        }
    }

    /// <summary>How much text a row takes, roughly, in UTF-16 units.</summary>
    public long Weight => Document.Text.Length + (2L * Tokens.Length);

    /// <summary>The tokens of a document.</summary>
    public static int[] IdsOf(TokenBatch batch, int row)
    {
        var wide = new long[batch.Length(row)];
        batch.CopyTo(row, 0, wide);
        return Array.ConvertAll(wide, id => (int)id);
    }

    private static ExportColumn Text(string name, Func<Document, string?> value) => new(name, typeof(string), r => value(r.Document));

    private static ExportColumn Real(string name, Func<Document, double?> value) => new(name, typeof(double), r => value(r.Document));

    private static ExportColumn Whole(string name, Func<Document, int?> value) => new(name, typeof(int), r => value(r.Document));
}
