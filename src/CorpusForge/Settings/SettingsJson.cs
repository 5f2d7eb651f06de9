using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CorpusForge.Settings;

/// <summary>Settings as JSON: what a digest covers, and what `run.json` shows.</summary>
public static class SettingsJson
{
    /// <param name="record">A step, source or stage, or a nested record of settings.</param>
    /// <param name="all">False leaves out what is marked <see cref="OutsideDigestAttribute"/>.</param>
    public static JsonObject Of(object record, bool all)
    {
        var json = new JsonObject();
        foreach (var setting in Setting.Of(record.GetType()))
        {
            if (all || setting.InDigest)
                json[setting.Name] = ValueOf(setting.Property.GetValue(record), all);
        }
        return json;
    }

    private static JsonNode? ValueOf(object? value, bool all) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        double number => JsonValue.Create(number),
        Enum member => JsonValue.Create(JsonNamingPolicy.KebabCaseLower.ConvertName(member.ToString())),
        ConfiguredStep step => StepOf(step, all),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(v => ValueOf(v, all))]),
        _ => Of(value, all),
    };

    internal static JsonObject StepOf(ConfiguredStep step, bool all)
    {
        var json = new JsonObject { ["step"] = step.Name, ["id"] = step.Id, ["version"] = step.Step.Version };
        if (step.Step is IOpenable model)
            json["model"] = OpenedSteps.DigestOf(model);
        json["settings"] = Of(step.Step, all);
        return json;
    }
}
