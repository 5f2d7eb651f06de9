using System.Text.Json.Nodes;

namespace CorpusForge.Settings;

/// <summary>The JSON schema of pipeline files, generated from the catalogues: editors complete and check with it.</summary>
/// <remarks>JSON Schema draft 2020-12. What it accepts and what <see cref="SettingsBinder"/> accepts are held together by a test.</remarks>
public static class SettingsSchema
{
    public static JsonObject Of(Catalogue catalogue)
    {
        var definitions = new JsonObject();
        Define(definitions, "source", catalogue.Sources, withId: false);
        Define(definitions, "step", catalogue.Steps, withId: true);
        Define(definitions, "stage", catalogue.Stages, withId: false);
        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "CorpusForge pipeline",
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["required"] = new JsonArray("name", "sources", "stages"),
            ["properties"] = new JsonObject
            {
                ["name"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[a-z0-9][a-z0-9._-]{0,63}$", ["description"] = "Names the folder of the output." },
                ["seed"] = new JsonObject { ["type"] = "integer", ["description"] = "Every random choice comes from it." },
                ["sources"] = ListOf("source", "Where the documents come from."),
                ["stages"] = ListOf("stage", "In the order in which they run."),
            },
            ["$defs"] = definitions,
        };
    }

    private static JsonObject ListOf(string what, string description) => new()
    {
        ["type"] = "array",
        ["minItems"] = 1,
        ["description"] = description,
        ["items"] = new JsonObject { ["$ref"] = $"#/$defs/{what}" },
    };

    private static void Define(JsonObject definitions, string what, IReadOnlyList<CatalogueEntry> entries, bool withId)
    {
        var choices = new JsonArray();
        choices.Add(new JsonObject { ["enum"] = new JsonArray([.. entries.Where(e => Setting.Of(e.Type).All(s => !s.Needed)).Select(e => JsonValue.Create(e.Name))]) });
        foreach (var entry in entries)
        {
            choices.Add(new JsonObject
            {
                ["type"] = "object",
                ["description"] = Documentation.Of(entry.Type),
                ["required"] = new JsonArray(entry.Name),
                ["additionalProperties"] = false,
                ["properties"] = new JsonObject { [entry.Name] = ObjectOf(entry.Type, entry.Create(), withId) },
            });
        }
        if (what == "step")
            choices.Add(PresetChoice());
        definitions[what] = new JsonObject { ["anyOf"] = choices };
    }

    private static JsonObject PresetChoice() => new()
    {
        ["type"] = "object",
        ["description"] = "A published recipe: stands for its steps.",
        ["required"] = new JsonArray("preset"),
        ["additionalProperties"] = false,
        ["properties"] = new JsonObject { ["preset"] = new JsonObject { ["enum"] = new JsonArray([.. Presets.Catalogue.Keys.Select(k => JsonValue.Create(k))]) } },
    };

    private static JsonObject ObjectOf(Type type, object defaults, bool withId)
    {
        var properties = new JsonObject();
        if (withId)
            properties["id"] = new JsonObject { ["type"] = "string", ["description"] = "Names the step where a stage has two alike." };
        var settings = Setting.Of(type);
        foreach (var setting in settings)
        {
            var schema = TypeOf(setting.Type);
            if (Documentation.Of(setting) is { Length: > 0 } text)
                schema["description"] = text;
            if (SettingsJson.Of(defaults, all: true)[setting.Name] is { } value && value is not JsonObject and not JsonArray { Count: 0 })
                schema["default"] = value.DeepClone();
            if (setting.Range is { } range)
                (schema["minimum"], schema["maximum"]) = (range.Min, range.Max);
            properties[setting.Name] = setting.Optional ? new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) } : schema;
        }
        var result = new JsonObject
        {
            ["type"] = settings.Any(s => s.Needed) ? "object" : new JsonArray("object", "null"),
            ["additionalProperties"] = false,
            ["properties"] = properties,
        };
        if (settings.Any(s => s.Needed))
            result["required"] = new JsonArray([.. settings.Where(s => s.Needed).Select(s => JsonValue.Create(s.Name))]);
        return result;
    }

    private static JsonObject TypeOf(Type type)
    {
        if (type == typeof(ConfiguredStep))
            return new JsonObject { ["$ref"] = "#/$defs/step" };
        if (Setting.ItemOf(type) is { } item)
            return new JsonObject { ["type"] = "array", ["items"] = TypeOf(item) };
        if (type.IsEnum)
            return new JsonObject { ["enum"] = new JsonArray([.. Setting.MembersOf(type).Keys.Select(k => JsonValue.Create(k))]) };
        if (Setting.IsNested(type))
            return ObjectOf(type, Activator.CreateInstance(type)!, withId: false);
        // A YAML scalar is a text for us whatever it looks like; a generic schema checker sees `no` as a boolean.
        return type == typeof(string) ? new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") }
            : new JsonObject { ["type"] = type == typeof(bool) ? "boolean" : type == typeof(double) ? "number" : "integer" };
    }
}
