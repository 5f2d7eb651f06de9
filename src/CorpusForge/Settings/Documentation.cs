using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CorpusForge.Settings;

/// <summary>The summaries of types and settings, read from the documentation file that the compiler writes beside each assembly.</summary>
public static partial class Documentation
{
    private static readonly ConcurrentDictionary<Assembly, Dictionary<string, string>> s_members = new();

    /// <summary>The summary as plain text, or nothing where there is none.</summary>
    public static string Of(Type type) => Find(type.Assembly, $"T:{Name(type)}");

    public static string Of(Setting setting) =>
        Find(setting.Property.DeclaringType!.Assembly, $"P:{Name(setting.Property.DeclaringType!)}.{setting.Property.Name}");

    private static string Name(Type type) => type.FullName!.Replace('+', '.');

    private static string Find(Assembly assembly, string member) => s_members.GetOrAdd(assembly, Read).GetValueOrDefault(member, "");

    private static Dictionary<string, string> Read(Assembly assembly)
    {
        var path = Path.ChangeExtension(assembly.Location, ".xml");
        return File.Exists(path)
            ? XDocument.Load(path).Descendants("member")
                .Where(m => m.Element("summary") is not null)
                .ToDictionary(m => m.Attribute("name")!.Value, m => Text(m.Element("summary")!), StringComparer.Ordinal)
            : [];
    }

    private static string Text(XElement element)
    {
        var parts = element.Nodes().Select(n => n switch
        {
            XText text => text.Value,
            XElement e when (e.Attribute("cref") ?? e.Attribute("name")) is { } reference => $"`{AsWritten(reference.Value)}`",
            XElement e => e.Value,
            _ => "",
        });
        return Spaces().Replace(string.Concat(parts), " ").Trim();
    }

    // As a pipeline file writes it: a type is a step, a property a setting.
    private static string AsWritten(string reference)
    {
        var name = reference[(reference.LastIndexOf('.') + 1)..];
        return reference.StartsWith("T:", StringComparison.Ordinal) ? JsonNamingPolicy.KebabCaseLower.ConvertName(name)
            : reference.StartsWith("P:", StringComparison.Ordinal) ? JsonNamingPolicy.CamelCase.ConvertName(name) : name;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
