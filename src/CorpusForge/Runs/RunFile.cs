using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace CorpusForge.Runs;

/// <summary>`run.json`: what ran, for people and audits. Unlike shards and manifests it names host, versions and times.</summary>
public static class RunFile
{
    public static string NameOf(string pipeline, string run) => $"{pipeline}/runs/{run}/run.json";

    internal static void Write(Ledger ledger, RunContext context, string run)
    {
        var row = ledger.Run(run)!;
        var json = new JsonObject
        {
            ["format"] = "corpusforge.run/1",
            ["run"] = run,
            ["state"] = row.State,
            ["error"] = row.Error,
            ["created"] = row.Created,
            ["finished"] = row.Finished,
            ["file"] = row.File,
            ["overrides"] = JsonNode.Parse(row.Overrides),
            ["versions"] = Versions(),
            ["host"] = new JsonObject { ["name"] = Environment.MachineName, ["cores"] = Environment.ProcessorCount, ["os"] = RuntimeInformation.OSDescription },
            ["pipeline"] = PipelineFile.Describe(context.Pipeline),
            ["stages"] = new JsonArray([.. ledger.Stages(run).Select(s => (JsonNode)new JsonObject
            {
                ["id"] = s.Id,
                ["digest"] = s.Digest,
                ["folder"] = s.Folder,
                ["root"] = s.Root,
                ["tally"] = JsonNode.Parse(s.Tally),
            })]),
            ["events"] = new JsonArray([.. ledger.Events(run).Select(e => (JsonNode)new JsonObject
            {
                ["at"] = e.At, ["kind"] = e.Kind, ["message"] = e.Message,
            })]),
        };
        var text = PipelineVariables.Redact(json.ToJsonString(Manifest.Indented)) + "\n";
        RunContext.Publish(context.Storage, NameOf(context.Pipeline.Name, run), Encoding.UTF8.GetBytes(text));
    }

    public static JsonObject Versions() => new()
    {
        ["corpusforge"] = Version,
        ["dotnet"] = RuntimeInformation.FrameworkDescription,
        ["icu"] = CultureInfo.InvariantCulture.CompareInfo.Version.FullVersion.ToString(CultureInfo.InvariantCulture),
    };

    public static string Version { get; } =
        typeof(RunFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
}
