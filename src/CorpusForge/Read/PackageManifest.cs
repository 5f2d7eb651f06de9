using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;

namespace CorpusForge.Read;

/// <summary>Reads the licence out of the manifest of a package: NuGet, MSBuild, npm, Cargo, Python.</summary>
public static partial class PackageManifest
{
    private static readonly string[] s_names = ["package.json", "Cargo.toml", "pyproject.toml", "Directory.Build.props"];
    private static readonly string[] s_extensions = [".nuspec", ".csproj", ".fsproj", ".vbproj"];

    public static bool Is(string fileName) =>
        s_names.Contains(fileName, StringComparer.Ordinal) || s_extensions.Contains(Path.GetExtension(fileName), StringComparer.OrdinalIgnoreCase);

    /// <summary>What the manifest states as the licence, verbatim; null when it states none or cannot be read.</summary>
    public static string? StatedLicense(string fileName, ReadOnlySpan<byte> content)
    {
        var stated = Path.GetExtension(fileName).ToLowerInvariant() switch
        {
            ".json" => OfJson(content),
            ".toml" => OfToml(Encoding.UTF8.GetString(content)),
            _ => OfXml(content),
        };
        return string.IsNullOrWhiteSpace(stated) ? null : stated.Trim();
    }

    private static string? OfJson(ReadOnlySpan<byte> content)
    {
        try
        {
            using var json = JsonDocument.Parse(content.StartsWith("\uFEFF"u8) ? content[3..].ToArray() : content.ToArray());
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("license", out var license))
                return null;
            if (license.ValueKind == JsonValueKind.Object && license.TryGetProperty("type", out var type))
                license = type;
            return license.ValueKind == JsonValueKind.String ? license.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // The sections that describe the package itself; a line `license = "…"` elsewhere is about something else.
    private static string? OfToml(string content)
    {
        var inPackage = false;
        foreach (var line in content.EnumerateLines())
        {
            var text = line.Trim();
            if (text.StartsWith("["))
                inPackage = text is "[package]" or "[workspace.package]" or "[project]" or "[tool.poetry]";
            else if (inPackage && TomlLicense().Match(text.ToString()) is { Success: true } match)
                return match.Groups["value"].Value;
        }
        return null;
    }

    private static string? OfXml(ReadOnlySpan<byte> content)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = 16 << 20 };
        string? stated = null;
        try
        {
            using var xml = XmlReader.Create(new MemoryStream(content.ToArray()), settings);
            while (xml.Read())
            {
                if (xml.NodeType != XmlNodeType.Element)
                    continue;
                var expression = xml.LocalName == "PackageLicenseExpression" || (xml.LocalName == "license" && xml.GetAttribute("type") == "expression");
                if (expression)
                    return xml.ReadElementContentAsString();
                if (xml.LocalName is "PackageLicenseFile" or "license")
                    stated ??= $"file {xml.ReadElementContentAsString()}";
                else if (xml.LocalName == "licenseUrl")
                    stated ??= OfUrl(xml.ReadElementContentAsString().Trim());
            }
        }
        catch (XmlException)
        {
            return stated;
        }
        return stated;
    }

    // nuget.org writes such an address into every package that has an expression or a file.
    private static string? OfUrl(string url) =>
        url.StartsWith("https://licenses.nuget.org/", StringComparison.Ordinal) ? Uri.UnescapeDataString(url["https://licenses.nuget.org/".Length..])
        : url == "https://aka.ms/deprecateLicenseUrl" ? null
        : url;

    [GeneratedRegex("""^license\s*=\s*(\{\s*(text|file)\s*=\s*)?["'](?<value>[^"']*)["']""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TomlLicense();
}
