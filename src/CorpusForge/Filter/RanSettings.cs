using System.Text.Json;
using System.Text.Json.Nodes;
using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Filter;

/// <summary>Sets what a finished stage ran with against what a pipeline says now: limits may differ, what measures may not.</summary>
/// <remarks>A setting is a limit when another value of it gives the rules of its step other limits; no list says which are.</remarks>
public static class RanSettings
{
    /// <summary>The settings by which something else would have been measured, each with both values; of the stage, and of those before it.</summary>
    /// <param name="ran">The stages of a `run.json`, up to the one that ran.</param>
    /// <param name="pipeline">As it is now.</param>
    /// <param name="stage">The stage of it that is to decide again.</param>
    public static IReadOnlyList<string> Measured(JsonArray ran, Pipeline pipeline, PlannedStage stage)
    {
        List<string> found = [];
        foreach (var then in ran.OfType<JsonObject>().SkipLast(1))
        {
            if (pipeline.Stages.TakeWhile(s => s != stage).FirstOrDefault(s => s.Id == Text(then, "id")) is { } before)
                Compare($"stages.{before.Id}", then["settings"], SettingsJson.Of(before.Stage, all: false), found);
        }
        var (settings, now) = (ran[^1]!["settings"]!.AsObject(), SettingsJson.Of(stage.Stage, all: false));
        var steps = ((IStepStage)stage.Stage).Steps;
        foreach (var name in (string[])["id", "signals", "steps"])
            now.Remove(name);
        Compare($"stages.{stage.Id}", settings, now, found);
        string[] edits = [.. steps.Where(s => s.Step is ITransform).Select(s => s.Id)];
        string[] edited = [.. StepsOf(settings).Where(s => Steps.Catalogue.Any(c => c.Name == Text(s, "step") && c.Type.IsAssignableTo(typeof(ITransform)))).Select(s => Text(s, "id")!)];
        if (!edits.SequenceEqual(edited))
            found.Add($"stages.{stage.Id}.steps change text by {Listed(edits)}, it ran with {Listed(edited)}");
        foreach (var step in steps)
        {
            var path = $"stages.{stage.Id}.steps.{step.Id}";
            if (ThenOf(settings, step) is not { } then)
                continue;
            var whole = SettingsJson.StepOf(step, all: false);
            var own = whole["settings"]!.AsObject();
            whole.Remove("settings");
            Compare(path, then, whole, found);
            foreach (var setting in Setting.Of(step.Step.GetType()).Where(s => s.InDigest && Differs(then["settings"]![s.Name], own[s.Name])))
            {
                if (Then(step, then, [setting]) is { } other && Rules(other).SequenceEqual(Rules(step)))
                    found.Add(Told($"{path}.{setting.Name}", then["settings"]![setting.Name], own[setting.Name]));
            }
        }
        return found;
    }

    /// <summary>The steps with the settings that they ran with.</summary>
    public static IReadOnlyList<ConfiguredStep> Then(JsonArray ran, IReadOnlyList<ConfiguredStep> steps)
    {
        var settings = ran[^1]!["settings"]!.AsObject();
        return [.. steps.Select(s => ThenOf(settings, s) is { } then ? Then(s, then, [.. Setting.Of(s.Step.GetType()).Where(t => t.InDigest)]) : s)];
    }

    private static ConfiguredStep Then(ConfiguredStep step, JsonObject then, IReadOnlyList<Setting> old)
    {
        var copy = (IStep)Activator.CreateInstance(step.Step.GetType())!;
        foreach (var setting in Setting.Of(step.Step.GetType()))
        {
            var value = old.Contains(setting) && then["settings"]!.AsObject().TryGetPropertyValue(setting.Name, out var json)
                ? json.Deserialize(setting.Property.PropertyType, Manifest.Json)
                : setting.Property.GetValue(step.Step);
            setting.Property.SetValue(copy, value);
        }
        return step with { Step = copy };
    }

    private static IEnumerable<RuleLimit> Rules(ConfiguredStep step) => Enum.GetValues<Kind>().SelectMany(kind => Replay.RulesOf([step], kind));

    private static IEnumerable<JsonObject> StepsOf(JsonObject settings) => (settings["steps"] as JsonArray ?? []).OfType<JsonObject>();

    // A step of another kind under the same id has measured nothing of it.
    private static JsonObject? ThenOf(JsonObject settings, ConfiguredStep step) => StepsOf(settings).FirstOrDefault(s => Text(s, "id") == step.Id && Text(s, "step") == step.Name);

    // What the program did not know yet when the stage ran is told by the versions of steps.
    private static void Compare(string path, JsonNode? then, JsonNode? now, List<string> found)
    {
        if (then is JsonObject was && now is JsonObject @is)
        {
            foreach (var (name, value) in @is)
                if (was.TryGetPropertyValue(name, out var old))
                    Compare(name == "settings" ? path : $"{path}.{name}", old, value, found);
        }
        else if (then is JsonArray before && now is JsonArray after && before.Count == after.Count && before.Zip(after).All(p => Text(p.First, "id") is { } id && id == Text(p.Second, "id")))
        {
            foreach (var (old, value) in before.Zip(after))
                Compare($"{path}.{Text(old, "id")}", old, value, found);
        }
        else if (Differs(then, now))
        {
            found.Add(Told(path, then, now));
        }
    }

    private static string? Text(JsonNode? node, string name) => (node as JsonObject)?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static bool Differs(JsonNode? then, JsonNode? now) => Written(then) != Written(now);

    private static string Told(string path, JsonNode? then, JsonNode? now) => $"{path} is {Short(now)}, it ran with {Short(then)}";

    private static string Short(JsonNode? value) => Written(value) is { Length: > 60 } text ? $"{text[..60]}…" : Written(value);

    // As `run.json` has it.
    private static string Written(JsonNode? value) => PipelineVariables.Redact(value?.ToJsonString(Manifest.Json) ?? "nothing");

    private static string Listed(string[] ids) => ids.Length == 0 ? "nothing" : string.Join(", ", ids);
}
