using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using CorpusForge.Runs;
using CorpusForge.Settings;
using YamlDotNet.RepresentationModel;

namespace CorpusForge;

/// <summary>Brings `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` into a pipeline, and keeps them out of everything printed.</summary>
public static partial class PipelineVariables
{
    private static readonly Lock s_lock = new();
    private static readonly HashSet<string> s_secrets = new(StringComparer.Ordinal);

    /// <summary>The text with every value that came from the environment or a file replaced by `***`.</summary>
    public static string Redact(string text)
    {
        lock (s_lock)
            return s_secrets.OrderByDescending(s => s.Length).Aggregate(text, (t, secret) => t.Replace(secret, "***", StringComparison.Ordinal));
    }

    internal static void Expand(YamlNode root, SettingsBinder binder)
    {
        foreach (var scalar in root.AllNodes.OfType<YamlScalarNode>().Where(s => s.Value?.Contains("${", StringComparison.Ordinal) == true).ToList())
            scalar.Value = Pattern().Replace(scalar.Value!, match => ValueOf(match, scalar, binder));
    }

    private static string ValueOf(Match match, YamlScalarNode node, SettingsBinder binder)
    {
        var name = match.Groups["name"].Value;
        if (binder.Within?.RefuseVariable(match.Groups["kind"].Value, name) is { } problem)
        {
            binder.Problem(node, problem);
            return "";
        }
        if (match.Groups["kind"].Value == "file")
        {
            if (File.Exists(name))
                return Secret(File.ReadAllText(name).TrimEnd('\r', '\n'));
            binder.Problem(node, $"${{file:{name}}}: there is no such file");
            return "";
        }
        if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            return Secret(value);
        if (match.Groups["default"].Success)
            return match.Groups["default"].Value;
        binder.Problem(node, $"${{env:{name}}}: the environment variable {name} is not set");
        return "";
    }

    private static string Secret(string value)
    {
        // A very short value would blank out half of every message and is no secret.
        if (value.Length >= 4)
        {
            // Also as it stands in JSON, in JSON within JSON, and in HTML.
            var (json, inner) = (InJson(value), InJson(InJson(value)));
            lock (s_lock)
                s_secrets.UnionWith([value, json, inner, WebUtility.HtmlEncode(value), WebUtility.HtmlEncode(json)]);
        }
        return value;
    }

    private static string InJson(string value) => JsonSerializer.Serialize(value, Manifest.Json)[1..^1];

    [GeneratedRegex(@"\$\{(?<kind>env|file):(?<name>[^}]+?)(?::-(?<default>[^}]*))?\}", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
