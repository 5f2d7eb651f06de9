using System.Collections;
using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace CorpusForge.Settings;

/// <summary>Binds YAML to records of settings, strictly, and collects every problem with its place.</summary>
/// <remarks>
/// A scalar becomes what the setting is: `keep: [no]` is a list of one language, not of a boolean. An unknown or repeated key, a
/// wrong type, a number out of range and a missing needed setting are problems; binding goes on to find the others.
/// </remarks>
public sealed class SettingsBinder(string file, Catalogue catalogue, List<string> problems)
{
    // Nobody reads more, and what is made to be wrong a hundred thousand times takes no time.
    private const int MaxProblems = 100;

    // Of a long list of names the first will do.
    private const int MaxNamed = 40;

    private readonly Dictionary<ConfiguredStep, YamlNode> _places = new(ReferenceEqualityComparer.Instance);

    /// <summary>Where a step stands in the file; null for one that does not stand there.</summary>
    public YamlNode? PlaceOf(ConfiguredStep step) => _places.GetValueOrDefault(step);

    /// <summary>Whether there are so many problems that looking for more is of no use.</summary>
    public bool IsFull => problems.Count >= MaxProblems;

    public void Problem(YamlNode node, string text) =>
        problems.Add(Overrides.TryGetValue(node, out var option) ? $"--set {option}: {text}" : $"{file}:{node.Start.Line}:{node.Start.Column}: {text}");

    /// <summary>Nodes that came from the command line, with the option that they came from.</summary>
    public Dictionary<YamlNode, string> Overrides { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>What the pipeline may touch; null where it is the user's own.</summary>
    public Confinement? Within { get; init; }

    /// <summary>`name`, or `name: { settings }`; null after a problem.</summary>
    public (string Name, object Record, YamlNode Node)? BindEntry(YamlNode node, string what, IReadOnlyList<CatalogueEntry> entries)
    {
        YamlNode key = node;
        YamlNode? body = null;
        if (node is YamlMappingNode { Children.Count: 1 } map)
            (key, body) = map.Children.First();
        if (key is not YamlScalarNode { Value: { Length: > 0 } name })
        {
            Problem(node, $"expected a {what}: its name, or its name with settings as `name: {{ … }}`"
                + (node is YamlMappingNode { Children: { Count: > 1 } several }
                    ? $"; here are {string.Join(", ", several.Keys.Take(4).Select(k => $"'{(k as YamlScalarNode)?.Value}'"))} side by side: settings are indented deeper than the name, and a second {what} has a `-` of its own"
                    : ""));
            return null;
        }
        if (entries.FirstOrDefault(e => e.Name == name) is not { } entry)
        {
            Problem(key, $"there is no {what} '{name}'{(what == "step" && Presets.Catalogue.ContainsKey(name) ? $"; it is a preset: write `preset: {name}`" : Nearest(name, entries.Select(e => e.Name)))}");
            return null;
        }
        var record = entry.Create();
        var empty = body is null or YamlScalarNode { Value: null or "" or "~" or "null" };
        if (!empty && body is not YamlMappingNode)
        {
            Problem(body!, $"the settings of {what} '{name}' are a mapping: `{name}: {{ setting: value }}`");
            return null;
        }
        Bind(record, empty ? null : (YamlMappingNode)body!, $"{what} '{name}'", node);
        return (name, record, node);
    }

    private void Bind(object record, YamlMappingNode? map, string owner, YamlNode at)
    {
        var settings = Setting.Of(record.GetType());
        var seen = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach (var (key, value) in (map ?? new YamlMappingNode()).Children)
        {
            if (IsFull)
                return;
            var name = (key as YamlScalarNode)?.Value ?? "";
            if (settings.FirstOrDefault(s => s.Name == name) is not { } setting)
            {
                Problem(key, $"{owner} has no setting '{name}'{Nearest(name, settings.Select(s => s.Name))}");
                continue;
            }
            seen[name] = value;
            if (value is YamlScalarNode { Value: null or "~" or "null" or "", Style: YamlDotNet.Core.ScalarStyle.Plain } or YamlScalarNode { Value: null })
            {
                if (setting.Optional)
                    setting.Property.SetValue(record, null);
                else
                    Problem(value, $"'{name}' of {owner} needs a value: {Expected(setting.Type)}");
                continue;
            }
            if (Convert(value, setting.Type, $"'{name}' of {owner}") is not { } converted)
                continue;
            if (setting.Range is { } range && converted is IConvertible number && converted is not string
                && number.ToDouble(CultureInfo.InvariantCulture) is var d && !(d >= range.Min && d <= range.Max))
            {
                Problem(value, $"'{name}' of {owner} is {Plain(d)}; it must lie between {Plain(range.Min)} and {Plain(range.Max)}");
                continue;
            }
            if (Within is not null && setting.Reaches is { } what)
                Confine(what, value, converted, $"'{name}' of {owner}");
            setting.Property.SetValue(record, converted);
        }
        foreach (var setting in settings.Where(s => s.Needed && !seen.ContainsKey(s.Name)))
            Problem(at, $"{owner} needs the setting '{setting.Name}': {Expected(setting.Type)}");
        // Of two limits of one thing nothing lies between when they have changed places.
        foreach (var least in settings.Where(s => s.Name.StartsWith("min", StringComparison.Ordinal)))
        {
            if (settings.FirstOrDefault(s => s.Name == $"max{least.Name[3..]}") is { } most && (seen.GetValueOrDefault(least.Name) ?? seen.GetValueOrDefault(most.Name)) is { } place
                && Number(least) is { } low && Number(most) is { } high && low > high)
                Problem(place, $"'{least.Name}' of {owner} is {Plain(low)} and '{most.Name}' {Plain(high)}: nothing lies between them");
        }

        double? Number(Setting setting) => setting.Property.GetValue(record) is IConvertible number and not string and not bool ? number.ToDouble(CultureInfo.InvariantCulture) : null;
    }

    private void Confine(Reach what, YamlNode node, object value, string owner)
    {
        var items = value is IList list
            ? list.Cast<string>().Zip(((YamlSequenceNode)node).Children)
            : value is string text ? [(text, node)]
            : value is true ? [("true", node)]
            : [];
        foreach (var (item, at) in items)
            if (!IsFull && Within!.Refuse(what, item) is { } problem)
                Problem(Overrides.ContainsKey(node) ? node : at, $"{owner}: {problem}");
    }

    private object? Convert(YamlNode node, Type type, string owner)
    {
        if (Setting.ItemOf(type) is { } item)
            return ConvertList(node, item, owner);
        if (Setting.IsNested(type))
        {
            if (node is not YamlMappingNode map)
                return Wrong(node, owner, type);
            var record = Activator.CreateInstance(type)!;
            Bind(record, map, owner, node);
            return record;
        }
        if (node is not YamlScalarNode { Value: { } text })
            return Wrong(node, owner, type);
        if (type == typeof(string))
            return text;
        if (type == typeof(bool))
            return text is "true" or "false" ? text == "true" : Wrong(node, owner, type);
        if (type.IsEnum)
            return Setting.MembersOf(type).TryGetValue(text, out var member) ? member : Wrong(node, owner, type);
        if (type == typeof(int))
            return int.TryParse(text.Replace("_", ""), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var i) ? i : Wrong(node, owner, type);
        if (type == typeof(long))
            return long.TryParse(text.Replace("_", ""), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var l) ? l : Wrong(node, owner, type);
        if (type == typeof(double))
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) && double.IsFinite(d) ? d : Wrong(node, owner, type);
        throw new NotSupportedException($"a setting cannot be a {type.Name}");
    }

    private IList? ConvertList(YamlNode node, Type item, string owner)
    {
        if (node is not YamlSequenceNode sequence)
        {
            Problem(node, $"{owner} must be a list: `[a, b]`, or one `- a` a line");
            return null;
        }
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var child in item == typeof(ConfiguredStep) ? sequence.Children.SelectMany(Expanded) : sequence.Children)
        {
            if (IsFull)
                break;
            if (item == typeof(ConfiguredStep))
            {
                if (BindStep(child, ids) is { } step)
                    list.Add(step);
            }
            else if (Convert(child, item, $"an item of {owner}") is { } value)
            {
                list.Add(value);
            }
        }
        return list;
    }

    // `preset: NAME` stands for the steps of the preset.
    private IEnumerable<YamlNode> Expanded(YamlNode node)
    {
        if (node is not YamlMappingNode { Children: { Count: 1 } children } || children.First() is not { Key: YamlScalarNode { Value: "preset" }, Value: var value })
            return [node];
        if (value is YamlScalarNode { Value: { } name } && Presets.Catalogue.TryGetValue(name, out var steps))
            return ((YamlSequenceNode)PipelineFile.Document(steps)!).Children;
        Problem(value, $"there is no preset '{(value as YamlScalarNode)?.Value}'{Nearest((value as YamlScalarNode)?.Value ?? "", Presets.Catalogue.Keys)}");
        return [];
    }

    private ConfiguredStep? BindStep(YamlNode node, HashSet<string> ids)
    {
        var id = TakeId(node);
        if (BindEntry(node, "step", catalogue.Steps) is not { } bound)
            return null;
        id ??= bound.Name;
        // A mapping of one pair without braces has no place of its own.
        var place = node is YamlMappingNode map ? map.Children.Keys.First() : node;
        if (!ids.Add(id))
            Problem(place, $"two steps of this stage are called '{id}': give one an id, as `{bound.Name}: {{ id: other }}`");
        var step = new ConfiguredStep(id, bound.Name, (IStep)bound.Record);
        _places[step] = place;
        return step;
    }

    // `id` is a key of every step, beside its settings.
    private static string? TakeId(YamlNode node)
    {
        if (node is not YamlMappingNode { Children.Count: 1 } map || map.Children.First().Value is not YamlMappingNode body)
            return null;
        var key = body.Children.Keys.FirstOrDefault(k => k is YamlScalarNode { Value: "id" });
        if (key is null || body.Children[key] is not YamlScalarNode { Value: { Length: > 0 } id })
            return null;
        body.Children.Remove(key);
        return id;
    }

    private object? Wrong(YamlNode node, string owner, Type type)
    {
        var found = node is YamlScalarNode scalar ? $"'{scalar.Value}'" : node is YamlSequenceNode ? "a list" : "a mapping";
        Problem(node, $"{owner} is {found}; expected {Expected(type)}");
        return null;
    }

    internal static string Expected(Type type) =>
        Setting.ItemOf(type) is not null ? "a list"
        : type == typeof(string) ? "a text"
        : type == typeof(bool) ? "true or false"
        : type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(double) ? "a number"
        : type.IsEnum ? $"one of {string.Join(", ", Setting.MembersOf(type).Keys)}"
        : $"a mapping of {string.Join(", ", Setting.Of(type).Select(s => s.Name))}";

    /// <summary>"; did you mean 'x'?", or the list of what there is.</summary>
    internal static string Nearest(string name, IEnumerable<string> known)
    {
        string[] all = [.. known];
        if (Closest(name, all) is { } best)
            return $"; did you mean '{best}'?";
        return all.Length == 0 ? "; it has none" : $"; there are: {string.Join(", ", all.Take(MaxNamed))}{(all.Length > MaxNamed ? $" and {all.Length - MaxNamed:N0} more" : "")}";
    }

    /// <summary>The known name that somebody meant who wrote another; null where none is like it.</summary>
    internal static string? Closest(string name, IEnumerable<string> known, int? most = null) => known
        .Select(k => (Name: k, Distance: Distance(name.ToLowerInvariant(), k.ToLowerInvariant())))
        .Where(k => k.Distance <= (most ?? Math.Max(2, name.Length / 3)) && k.Distance < name.Length)
        .OrderBy(k => k.Distance).ThenBy(k => k.Name, StringComparer.Ordinal).Select(k => k.Name).FirstOrDefault();

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }

    private static string Plain(double value) => value.ToString("0.############", CultureInfo.InvariantCulture);
}

/// <summary>Everything that a pipeline file can name.</summary>
public sealed record Catalogue(IReadOnlyList<CatalogueEntry> Sources, IReadOnlyList<CatalogueEntry> Stages, IReadOnlyList<CatalogueEntry> Steps);
