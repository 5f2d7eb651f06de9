using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CorpusForge.Runs;

/// <summary>What one unit made; it is written last, so a part exists when its manifest does.</summary>
/// <remarks>Holds no run id, time, host, path or worker count: the same unit gives the same manifest everywhere. See `schemas/manifest.schema.json`.</remarks>
public sealed record Manifest
{
    public const string CurrentFormat = "corpusforge.manifest/1";

    public string Format { get; init; } = CurrentFormat;

    /// <summary>The unit's key.</summary>
    public required string Unit { get; init; }

    public required string Stage { get; init; }
    public required string StageDigest { get; init; }
    public required string Phase { get; init; }
    public required IReadOnlyList<UnitInput> Inputs { get; init; }
    public required IReadOnlyList<ManifestFile> Files { get; init; }
    public required Tally Tally { get; init; }

    /// <summary>What later units see as the digest of this part: over its files, unless the phase says what counts (a crawl leaves dates out).</summary>
    public required string ContentDigest { get; init; }

    /// <summary>Figures that a phase wants to be remembered with the part, for example a number of clusters.</summary>
    public SortedDictionary<string, double> Figures { get; init; } = new(StringComparer.Ordinal);

    [JsonIgnore]
    public ManifestFile? Documents => File(Roles.Documents);

    [JsonIgnore]
    public ManifestFile? Rejects => File(Roles.Rejects);

    public ManifestFile? File(string role) => Files.FirstOrDefault(f => f.Role == role);

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(),
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    // What is written leaves nothing out that is not null anyway.
    private static readonly JsonSerializerOptions s_whole = new(Json) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>The same, for files that people read.</summary>
    public static JsonSerializerOptions Indented { get; } = new(Json) { WriteIndented = true };

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, Indented) + "\n");

    public static Manifest Read(IStorage storage, string name) => Read<Manifest>(storage, name, "a manifest") is { ContentDigest: var digest } manifest && digest.Length % 2 == 0 && digest.All(char.IsAsciiHexDigit)
        ? manifest
        : throw new InputException(name, 0, "not a manifest: its content digest is not hexadecimal");

    /// <summary>Reads a file of the same kind of JSON; <paramref name="what"/> says in an error what it should be.</summary>
    internal static T Read<T>(IStorage storage, string name, string what)
    {
        using var stream = storage.OpenRead(name);
        try
        {
            return JsonSerializer.Deserialize<T>(stream, s_whole) ?? throw new JsonException("the file is empty");
        }
        catch (JsonException e)
        {
            throw new InputException(name, e.BytePositionInLine ?? 0, $"not {what}: {e.Message}", e);
        }
    }
}

/// <summary>One file of a part.</summary>
/// <param name="Role">What it is for, see <see cref="Roles"/>.</param>
/// <param name="Name">Relative to the pipeline's folder.</param>
/// <param name="Rows">Documents, or whatever the role counts.</param>
/// <param name="Bytes">The length.</param>
/// <param name="Sha256">Of the whole file.</param>
public sealed record ManifestFile(string Role, string Name, long Rows, long Bytes, string Sha256);

/// <summary>The roles of files that more than one room knows.</summary>
public static class Roles
{
    public const string Documents = "documents";
    public const string Rejects = "rejects";
    public const string Tokens = "tokens";
    public const string Images = "images";
    public const string Warc = "warc";
}

/// <summary>The counts of a unit, a stage or a run. In + created = out + Σ dropped, always.</summary>
public sealed record Tally
{
    /// <summary>Documents read.</summary>
    public long In { get; set; }

    /// <summary>Documents found inside others, for example the figures of a page.</summary>
    public long Created { get; set; }

    /// <summary>Documents written.</summary>
    public long Out { get; set; }

    /// <summary>UTF-8 bytes of text (raw bytes in the first stage) read.</summary>
    public long BytesIn { get; set; }

    /// <summary>UTF-8 bytes of text written.</summary>
    public long BytesOut { get; set; }

    /// <summary>Tokens written.</summary>
    public long Tokens { get; set; }

    /// <summary>Documents dropped, by `step.rule`.</summary>
    public SortedDictionary<string, long> Dropped { get; init; } = new(StringComparer.Ordinal);

    /// <summary>What transforms changed, by `step.change`.</summary>
    public SortedDictionary<string, long> Changed { get; init; } = new(StringComparer.Ordinal);

    [JsonIgnore]
    public bool Balanced => In + Created == Out + Dropped.Values.Sum();

    public void Drop(string step, string rule)
    {
        var key = $"{step}.{rule}";
        Dropped[key] = Dropped.GetValueOrDefault(key) + 1;
    }

    public void Add(Tally other)
    {
        In += other.In;
        Created += other.Created;
        Out += other.Out;
        BytesIn += other.BytesIn;
        BytesOut += other.BytesOut;
        Tokens += other.Tokens;
        foreach (var (key, count) in other.Dropped)
            Dropped[key] = Dropped.GetValueOrDefault(key) + count;
        foreach (var (key, count) in other.Changed)
            Changed[key] = Changed.GetValueOrDefault(key) + count;
    }

    public static Tally Sum(IEnumerable<Tally> tallies)
    {
        var sum = new Tally();
        foreach (var tally in tallies)
            sum.Add(tally);
        return sum;
    }
}
