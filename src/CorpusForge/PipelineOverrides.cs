using CorpusForge.Settings;
using YamlDotNet.RepresentationModel;

namespace CorpusForge;

/// <summary>Applies `--set stages.filter.steps.gopher-quality.minWords=20` to a pipeline before it is bound.</summary>
/// <remarks>In a list, a segment names an item: its id, else its name. The value is YAML, so lists and mappings work.</remarks>
internal static class PipelineOverrides
{
    public static void Apply(YamlMappingNode root, IReadOnlyList<string> overrides, SettingsBinder binder, List<string> problems)
    {
        foreach (var option in overrides)
        {
            var cut = option.IndexOf('=');
            if (cut <= 0)
            {
                problems.Add($"--set {option}: expected path.to.setting=value");
                continue;
            }
            if (Value(option[(cut + 1)..], option, problems) is { } value && Set(root, option[..cut].Split('.'), value) is { } problem)
                problems.Add($"--set {option}: {problem}");
            else if (Value(option[(cut + 1)..], option, []) is not null)
                Mark(root, option, binder);
        }
    }

    private static YamlNode? Value(string text, string option, List<string> problems)
    {
        try
        {
            return string.IsNullOrWhiteSpace(text) ? new YamlScalarNode("") : PipelineFile.Document(text) ?? throw new YamlDotNet.Core.YamlException("one value is expected");
        }
        catch (YamlDotNet.Core.YamlException e)
        {
            problems.Add($"--set {option}: the value is not valid YAML: {e.Message}");
            return null;
        }
    }

    private static string? Set(YamlMappingNode root, string[] path, YamlNode value)
    {
        YamlNode at = root;
        if (path.Length > PipelineFile.MaxDepth)
            return $"nested deeper than {PipelineFile.MaxDepth}";
        for (var i = 0; i < path.Length; i++)
        {
            var last = i == path.Length - 1;
            if (at is YamlSequenceNode list)
            {
                var index = list.Children.ToList().FindIndex(n => IdOf(n) == path[i]);
                if (index < 0)
                    return $"'{string.Join('.', path[..i])}' has no '{path[i]}'; it has: {string.Join(", ", list.Children.Select(IdOf))}"
                        + (list.Children.Any(n => IdOf(n) == "preset") ? "; settings of a preset cannot be changed: write its steps out, which `validate -o json` shows" : "");
                if (last)
                    return "name a setting, not a whole item of a list";
                at = Body(list, index);
                continue;
            }
            if (at is not YamlMappingNode map)
                return $"'{string.Join('.', path[..i])}' is a value and has no '{path[i]}'";
            var key = map.Children.Keys.FirstOrDefault(k => k is YamlScalarNode s && s.Value == path[i]) ?? new YamlScalarNode(path[i]);
            if (last)
                map.Children[key] = value;
            else if (!map.Children.ContainsKey(key))
                map.Children[key] = new YamlMappingNode();
            at = map.Children[key];
        }
        return null;
    }

    // `- gopher-quality` becomes `- gopher-quality: {}` so that a setting can be put in.
    private static YamlNode Body(YamlSequenceNode list, int index)
    {
        if (list.Children[index] is YamlScalarNode name)
            list.Children[index] = new YamlMappingNode(name, new YamlMappingNode());
        var map = (YamlMappingNode)list.Children[index];
        var (key, body) = map.Children.First();
        if (body is not YamlMappingNode)
            map.Children[key] = new YamlMappingNode();
        return map.Children[key];
    }

    private static string IdOf(YamlNode node)
    {
        if (node is YamlScalarNode scalar)
            return scalar.Value ?? "";
        if (node is not YamlMappingNode { Children.Count: 1 } map)
            return "";
        var (key, body) = map.Children.First();
        var id = (body as YamlMappingNode)?.Children.FirstOrDefault(c => c.Key is YamlScalarNode { Value: "id" }).Value;
        return (id as YamlScalarNode)?.Value ?? (key as YamlScalarNode)?.Value ?? "";
    }

    // Nodes made here have no place in the file: a problem with one names the option.
    private static void Mark(YamlNode node, string option, SettingsBinder binder)
    {
        foreach (var child in node.AllNodes.Where(n => n.Start.Line <= 1 && n.Start.Column <= 1 && n.Start.Index == 0))
            binder.Overrides.TryAdd(child, option);
    }
}
