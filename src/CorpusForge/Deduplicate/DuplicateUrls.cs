using System.Text.Json;

namespace CorpusForge.Deduplicate;

/// <summary>The URLs of the documents that joined a survivor: a JSON array in its metadata.</summary>
internal sealed class DuplicateUrls(int max)
{
    /// <summary>The key in <see cref="Document.Metadata"/>.</summary>
    public const string Key = "duplicate-urls";

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<string> _joined = [];
    private string? _own;

    public bool IsFull => _joined.Count >= max;

    /// <summary>The URL of a document, or the empty string, and behind it those of the documents that joined it in an earlier stage.</summary>
    public static byte[] Of(Document document)
    {
        var earlier = document.Metadata.GetValueOrDefault(Key);
        return document.Url is null && earlier is null ? [] : JsonSerializer.SerializeToUtf8Bytes<string[]>([document.Url ?? "", .. Parse(earlier)], Runs.Manifest.Json);
    }

    public static string[] Parse(ReadOnlySpan<byte> json) => json.IsEmpty ? [] : JsonSerializer.Deserialize<string[]>(json) ?? [];

    /// <summary>What the metadata of a document name; metadata that came with the input may hold anything under this key.</summary>
    public static string[] Parse(string? json)
    {
        try
        {
            return json is null ? [] : JsonSerializer.Deserialize<string[]>(json) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>Begins with what the survivor has itself.</summary>
    public void Start(string[] own)
    {
        _known.Clear();
        _joined.Clear();
        _own = own.FirstOrDefault();
        if (_own is not null)
            _known.Add(_own);
        Add(own.AsSpan(Math.Min(1, own.Length)));
    }

    public void Add(ReadOnlySpan<string> urls)
    {
        foreach (var url in urls)
        {
            if (!IsFull && url is { Length: > 0 } && _known.Add(url))
                _joined.Add(url);
        }
    }

    public byte[] ToJson() => _joined.Count == 0 ? [] : JsonSerializer.SerializeToUtf8Bytes(_joined, Runs.Manifest.Json);
}
