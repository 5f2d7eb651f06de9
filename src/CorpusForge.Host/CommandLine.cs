using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Nodes;
using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Host;

/// <summary>What all commands share: exit codes, errors, output as text or JSON.</summary>
internal static class CommandLine
{
    public const int Done = 0;
    public const int RunFailed = 1;
    public const int WrongUsage = 2;
    public const int Cancelled = 130;

    public static Option<string> Out => new("--out", "-d") { Description = "The output folder.", DefaultValueFactory = _ => AppSettings.Current.Out };

    public static int DefaultWorkers => AppSettings.Current.Workers.Cpu is > 0 and var cpu ? cpu : Environment.ProcessorCount;

    public static Option<string> Format
    {
        get
        {
            var option = new Option<string>("--output", "-o") { Description = "text or json.", DefaultValueFactory = _ => "text" };
            option.AcceptOnlyFromAmong("text", "json");
            return option;
        }
    }

    /// <summary>Everything that a pipeline file can name in this program.</summary>
    public static Catalogue Catalogue { get; } = new(Sources.Catalogue, [.. Stages.Catalogue, CatalogueEntry.Of<Training.Train>("train")], Steps.Catalogue);

    /// <summary>Runs the command; a user's mistake becomes a message and exit code 2, never a stack trace.</summary>
    public static async Task<int> Invoke(RootCommand root, string[] args)
    {
        ParseResult parsed;
        try
        {
            // Defaults come from the settings, which may be wrong.
            parsed = root.Parse(args);
        }
        catch (PipelineException e)
        {
            return await Refused(e);
        }
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors.Select(e => Message(e, parsed)).Where(m => m.Length > 0))
                await Console.Error.WriteLineAsync($"corpusforge: {error}");
            var command = root.Subcommands.FirstOrDefault(c => args.Length > 0 && c.Name == args[0]);
            await Console.Error.WriteLineAsync($"try: corpusforge {(command is null ? "" : command.Name + " ")}--help");
            return WrongUsage;
        }
        using var cancel = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            // The first Ctrl-C stops cleanly; a second one kills.
            e.Cancel = !cancel.IsCancellationRequested;
            cancel.Cancel();
        };
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancel.Token);
        }
        catch (PipelineException e)
        {
            return await Refused(e);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("corpusforge: cancelled");
            return Cancelled;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException)
        {
            await Console.Error.WriteLineAsync(PipelineVariables.Redact($"corpusforge: {e.Message}"));
            return RunFailed;
        }
    }

    private static async Task<int> Refused(PipelineException e)
    {
        foreach (var problem in e.Problems)
            await Console.Error.WriteLineAsync(PipelineVariables.Redact($"corpusforge: {problem}"));
        return WrongUsage;
    }

    // The parser speaks of types of .NET, and of a missing command where one is misspelt.
    private static string Message(ParseError error, ParseResult parsed)
    {
        var value = error.SymbolResult?.Tokens is [var token, ..] ? token.Value : "";
        return error.SymbolResult switch
        {
            CommandResult when parsed.UnmatchedTokens.Count > 0 && error.Message.StartsWith("Required command", StringComparison.Ordinal) => "",
            OptionResult { Option: var o } when error.Message.StartsWith("Cannot parse", StringComparison.Ordinal) => $"{o.Name}: '{value}' is no {(o.ValueType == typeof(double) ? "number" : "whole number")}",
            OptionResult { Option: var o } when error.Message.StartsWith("Argument", StringComparison.Ordinal) =>
                $"{o.Name}: '{value}' is none of {string.Join(", ", o.GetCompletions(CompletionContext.Empty).Select(c => c.Label))}",
            _ => error.Message,
        };
    }

    public static void WriteJson(JsonNode json) => Console.Out.WriteLine(PipelineVariables.Redact(json.ToJsonString(Manifest.Indented)));

    public static void WriteJson<T>(T value) => Console.Out.WriteLine(PipelineVariables.Redact(JsonSerializer.Serialize(value, Manifest.Indented)));

    /// <summary>1,234,567 bytes as 1.2 MB.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} B",
        < 1_000_000 => $"{bytes / 1e3:0.0} kB",
        < 1_000_000_000 => $"{bytes / 1e6:0.0} MB",
        _ => $"{bytes / 1e9:0.0} GB",
    };
}
