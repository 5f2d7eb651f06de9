using Apache.Arrow;
using Apache.Arrow.Types;

namespace CorpusForge.Tokenize;

/// <summary>What the tokens of a shard mean: the tokenizer, its vocabulary and the stage that wrote it.</summary>
/// <remarks>Kept as schema metadata; `schemas/tokens.arrow.json` describes the columns and the keys.</remarks>
public sealed record TokenShardInfo
{
    internal const string Format = "tokens/1";

    public required string Tokenizer { get; init; }

    /// <summary>SHA-256 of the tokenizer's file, lower-case hexadecimal.</summary>
    public required string TokenizerSha256 { get; init; }

    /// <summary>Every token is below this number.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The token between documents; it is not part of a document's own tokens.</summary>
    public int? EndOfText { get; init; }

    public required string StageDigest { get; init; }

    /// <summary>Whether tokens take two bytes or four.</summary>
    public bool Narrow => VocabularySize <= 1 << 16;

    /// <summary>The Arrow schema of a shard.</summary>
    public Schema ToSchema() => new Schema.Builder()
        .Field(new Field("tokens", TokensOf(Narrow), false))
        .Field(new Field("id", StringType.Default, false))
        .Field(new Field("kind", StringType.Default, false))
        .Field(new Field("language", StringType.Default, true))
        .Field(new Field("license", StringType.Default, true))
        .Field(new Field("source", StringType.Default, false))
        .Field(new Field("url", StringType.Default, true))
        .Field(new Field("validation", BooleanType.Default, false))
        .Field(new Field("image", BinaryType.Default, true))
        .Field(new Field("imageSha256", StringType.Default, true))
        .Field(new Field("imageMediaType", StringType.Default, true))
        .Metadata("corpusforge.format", Format)
        .Metadata("tokenizer", Tokenizer)
        .Metadata("tokenizerSha256", TokenizerSha256)
        .Metadata("vocabularySize", $"{VocabularySize}")
        .Metadata("endOfText", $"{EndOfText}")
        .Metadata("stageDigest", StageDigest)
        .Build();

    internal static ListType TokensOf(bool narrow) => new(new Field("item", narrow ? UInt16Type.Default : UInt32Type.Default, false));

    internal static TokenShardInfo Of(Schema schema, string file)
    {
        var info = new TokenShardInfo
        {
            Tokenizer = Value("tokenizer"),
            TokenizerSha256 = Value("tokenizerSha256"),
            VocabularySize = int.TryParse(Value("vocabularySize"), out var size) && size > 0 ? size : throw Wrong("vocabularySize"),
            EndOfText = Value("endOfText") is not { Length: > 0 } end ? null : int.TryParse(end, out var id) ? id : throw Wrong("endOfText"),
            StageDigest = Value("stageDigest"),
        };
        if (Value("corpusforge.format") != Format)
            throw Wrong("corpusforge.format");
        var promised = info.ToSchema().FieldsList;
        if (promised.Count != schema.FieldsList.Count || promised.Zip(schema.FieldsList).Any(p => !Same(p.First, p.Second)))
            throw new InputException(file, 0, "its columns are not those of a token shard (schemas/tokens.arrow.json)");
        return info;

        string Value(string key) => schema.Metadata is not null && schema.Metadata.TryGetValue(key, out var value)
            ? value
            : throw new InputException(file, 0, $"not a token shard: the schema has no metadata {key}");
        InputException Wrong(string key) => new(file, 0, $"not a token shard of format {Format}: {key} is '{Value(key)}'");
    }

    private static bool Same(Field a, Field b) =>
        a.Name == b.Name && a.DataType.TypeId == b.DataType.TypeId
        && (a.DataType is not ListType list || list.ValueDataType.TypeId == ((ListType)b.DataType).ValueDataType.TypeId);
}

/// <summary>One document of a token shard, without its tokens.</summary>
public sealed record TokenRow
{
    public required string Id { get; init; }
    public required Kind Kind { get; init; }
    public string? Language { get; init; }
    public string? License { get; init; }
    public required string Source { get; init; }
    public string? Url { get; init; }

    /// <summary>Whether the document is held out from training.</summary>
    public bool Validation { get; init; }

    public string? ImageSha256 { get; init; }
    public string? ImageMediaType { get; init; }

    /// <summary>The encoded image of a caption; empty is none.</summary>
    public ReadOnlyMemory<byte> Image { get; init; }

    public static TokenRow Of(Document document, bool validation, ReadOnlyMemory<byte> image = default) => new()
    {
        Id = document.Id,
        Kind = document.Kind,
        Language = document.Language,
        License = document.License,
        Source = document.Source,
        Url = document.Url,
        Validation = validation,
        ImageSha256 = document.Image?.Sha256,
        ImageMediaType = document.Image?.MediaType,
        Image = image,
    };
}
