using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace CorpusForge.Clean.Content;

/// <summary>A page whose main content somebody has marked, for measuring extraction and for training it.</summary>
/// <remarks>Read from a folder with `truth/ID.json` (url, page_type, main_content, and snippets `with` and `without`) and `html/ID.html.gz`.</remarks>
public sealed record ExtractionTruth
{
    public required string Id { get; init; }
    public string Url { get; init; } = "";

    /// <summary>The kind of page, such as article or forum.</summary>
    public string PageType { get; init; } = "";

    public string MainContent { get; init; } = "";

    /// <summary>Snippets that have to be in the main content.</summary>
    public IReadOnlyList<string> With { get; init; } = [];

    /// <summary>Snippets that must not be in it.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>The page as it was fetched.</summary>
    public required RawDocument Raw { get; init; }

    /// <summary>The pages of a folder by their ids.</summary>
    /// <exception cref="PipelineException">The folder has no such pages, or a page is missing.</exception>
    public static IEnumerable<ExtractionTruth> Read(string folder) => Files(folder).Select(f => Read(f.Truth, f.Html));

    /// <summary>SHA-256 of the names and bytes of all files, lower-case hexadecimal.</summary>
    public static string Digest(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (truth, html) in Files(folder))
            foreach (var path in (string[])[truth, html])
            {
                hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(path)));
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(path)));
            }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<(string Truth, string Html)> Files(string folder)
    {
        var truths = Path.Combine(folder, "truth");
        var files = Directory.Exists(truths) ? Directory.GetFiles(truths, "*.json") : [];
        if (files.Length == 0)
            throw new PipelineException($"{truths}: there are no pages with a main content (ID.json)");
        return files.Order(StringComparer.Ordinal).Select(t => (t, Path.Combine(folder, "html", Path.GetFileNameWithoutExtension(t) + ".html.gz")));
    }

    private static ExtractionTruth Read(string truth, string html)
    {
        if (!File.Exists(html))
            throw new PipelineException($"{html}: there is no such file");
        using var json = JsonDocument.Parse(File.ReadAllBytes(truth));
        using var unzip = new GZipStream(File.OpenRead(html), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unzip.CopyTo(bytes);
        var (id, url) = (Path.GetFileNameWithoutExtension(truth), Text("url"));
        return new ExtractionTruth
        {
            Id = id,
            Url = url,
            PageType = Text("page_type"),
            MainContent = Text("main_content"),
            With = List("with"),
            Without = List("without"),
            Raw = new RawDocument { Source = "extraction", Locator = id, Url = url.Length > 0 ? url : null, MediaType = "text/html", Bytes = bytes.ToArray() },
        };

        string Text(string name) => json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

        List<string> List(string name) => json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => v.GetString()!)] : [];
    }
}
