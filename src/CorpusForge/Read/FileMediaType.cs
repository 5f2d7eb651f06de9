using System.Collections.Frozen;
using CorpusForge.Crawl;
using CorpusForge.Settings;

namespace CorpusForge.Read;

/// <summary>The media type of a file by the extension of its name, else by how it begins.</summary>
internal static class FileMediaType
{
    private static readonly FrozenDictionary<string, string> s_byExtension = new Dictionary<string, string>
    {
        [".html"] = "text/html",
        [".htm"] = "text/html",
        [".xhtml"] = "application/xhtml+xml",
        [".xml"] = "application/xml",
        [".txt"] = "text/plain",
        [".text"] = "text/plain",
        [".md"] = "text/markdown",
        [".markdown"] = "text/markdown",
        [".rst"] = "text/x-rst",
        [".tex"] = "application/x-tex",
        [".pdf"] = "application/pdf",
        [".json"] = "application/json",
        [".csv"] = "text/csv",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is wrong with the media type of a column in a pipeline file: none makes text of it, or another was meant.</summary>
    public static string? Problem(string type)
    {
        string[] known = ["text/html", "application/xhtml+xml", "text/plain", "text/markdown", "text/x-rst", "text/csv", "text/xml", "application/xml"];
        var reads = type.StartsWith("text/", StringComparison.Ordinal) || type.EndsWith("+xml", StringComparison.Ordinal);
        return known.Contains(type) || (reads && SettingsBinder.Closest(type, known, most: 2) is null) ? null : $"mediaType: nothing makes text of '{type}'{SettingsBinder.Nearest(type, known)}";
    }

    /// <summary>Null when neither says anything.</summary>
    public static string? Of(string name, ReadOnlySpan<byte> content) =>
        s_byExtension.TryGetValue(Path.GetExtension(name), out var known) ? known : Sniff(content);

    private static string? Sniff(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
            return null;
        return MediaTypes.Sniff(content) switch
        {
            "application/octet-stream" => null,
            "application/xml" when content[..Math.Min(content.Length, 1024)].IndexOf("http://www.w3.org/1999/xhtml"u8) >= 0 => "application/xhtml+xml",
            var type => type,
        };
    }
}
