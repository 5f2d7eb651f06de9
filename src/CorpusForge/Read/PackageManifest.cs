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

    // How a manifest is quoted that names a file with the licence.
    internal const string FilePrefix = "file ";

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
            xml.Read();
            while (!xml.EOF)
            {
                // Reading the content of an element moves on to what follows it.
                if (xml.NodeType != XmlNodeType.Element || xml.LocalName is not ("PackageLicenseExpression" or "PackageLicenseFile" or "license" or "licenseUrl"))
                {
                    xml.Read();
                    continue;
                }
                var (name, type) = (xml.LocalName, xml.GetAttribute("type"));
                var value = xml.ReadElementContentAsString().Trim();
                if (name == "PackageLicenseExpression" || (name == "license" && type == "expression"))
                    return value;
                stated ??= name == "licenseUrl" ? OfUrl(value) : $"{FilePrefix}{value}";
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
        : LicenseAddress().Match(url) is { Success: true } known ? (known.Groups["apache"].Success ? "Apache-2.0" : "MIT")
        : url;

    // The addresses at which the licence itself is published; what lies at others may change.
    [GeneratedRegex(@"^https?://(www\.)?((?<apache>apache\.org/licenses/LICENSE-2\.0(\.txt|\.html)?|opensource\.org/licenses?/apache-2\.0(\.php)?)|opensource\.org/licenses?/mit(-license)?(\.php)?)/?$",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LicenseAddress();

    [GeneratedRegex("""^license\s*=\s*(\{\s*(text|file)\s*=\s*)?["'](?<value>[^"']*)["']""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TomlLicense();
}
