using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CorpusForge.Runs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace CorpusForge.Host.Telemetry;

/// <summary>A log entry as one line: a JSON object, or text for people; secrets are never in it.</summary>
/// <remarks>An entry made while a unit is worked on carries run, stage, phase, unit, attempt and worker, taken from the unit's span.</remarks>
internal sealed class LogLines(TimeProvider time, AppSettings settings) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "corpusforge";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        if (message.Length == 0 && entry.Exception is null)
            return;
        var fields = new OrderedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["time"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["level"] = entry.LogLevel switch
            {
                LogLevel.Information => "info",
                LogLevel.Warning => "warning",
                var level => level.ToString().ToLowerInvariant(),
            },
            ["category"] = entry.Category,
            ["message"] = message,
        };
        Add(fields, entry.State);
        scopeProvider?.ForEachScope((scope, all) => Add(all, scope), fields);
        if (Activity.Current is { } span)
        {
            Add(fields, span.TagObjects);
            fields.TryAdd("trace", span.TraceId.ToHexString());
        }
        if (entry.Exception is { } exception)
            fields["exception"] = exception.ToString();
        textWriter.WriteLine(PipelineVariables.Redact(settings.Logging.Format == "json" ? JsonSerializer.Serialize(fields, Manifest.Json) : Text(fields)));
    }

    private static void Add(OrderedDictionary<string, object?> fields, object? state)
    {
        if (state is not IEnumerable<KeyValuePair<string, object?>> values)
            return;
        foreach (var (key, value) in values)
        {
            if (key is not "{OriginalFormat}" and { Length: > 0 })
                fields.TryAdd(char.ToLowerInvariant(key[0]) + key[1..], Plain(value));
        }
    }

    private static object? Plain(object? value) => value switch
    {
        null or string or bool or int or long => value,
        double number => double.IsFinite(number) ? number : number.ToString(CultureInfo.InvariantCulture),
        IEnumerable several => string.Join(", ", several.Cast<object?>()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    private static string Text(OrderedDictionary<string, object?> fields)
    {
        var line = new StringBuilder($"{fields["time"]} {fields["level"],-7} {fields["message"]}");
        foreach (var key in (string[])["run", "stage", "phase", "unit", "attempt"])
        {
            if (fields.TryGetValue(key, out var value))
                line.Append(CultureInfo.InvariantCulture, $" {key}={value}");
        }
        if (fields.TryGetValue("exception", out var exception))
            line.Append('\n').Append(exception);
        return line.ToString();
    }
}
