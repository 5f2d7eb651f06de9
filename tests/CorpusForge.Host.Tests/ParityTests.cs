using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CorpusForge.Host.Commands;
using Microsoft.AspNetCore.Components;
using Xunit;

namespace CorpusForge.Host.Tests;

/// <summary>docs/service.md promises the same by page, API and command: its table is held against what there is.</summary>
public sealed partial class ParityTests
{
    private static readonly string s_root = Root();
    private static readonly string s_text = File.ReadAllText(Path.Combine(s_root, "docs", "service.md"));
    private static readonly string[][] s_rows = [.. s_text.Split('\n').SkipWhile(l => !l.StartsWith("| what | page | API", StringComparison.Ordinal)).Skip(2)
        .TakeWhile(l => l.StartsWith('|')).Select(l => l.Trim('|').Split('|', StringSplitOptions.TrimEntries))];

    private static string Root()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "CorpusForge.sln")))
            root = Path.GetDirectoryName(root)!;
        return root;
    }

    private static string[] Named(int column) => [.. s_rows.SelectMany(r => Quoted().Matches(r[column]).Select(m => m.Groups[1].Value)).Distinct().Order(StringComparer.Ordinal)];

    [Fact]
    public void Everything_has_a_page_a_call_and_a_command() =>
        Assert.All(s_rows, row => Assert.True(row.Length == 4 && row.All(c => c.Length > 1), string.Join(" | ", row)));

    [Fact]
    public void The_calls_are_those_of_the_API()
    {
        var paths = JsonNode.Parse(File.ReadAllText(Path.Combine(s_root, "schemas", "openapi.json")))!["paths"]!.AsObject();
        var calls = paths.SelectMany(p => p.Value!.AsObject().Select(o => $"{o.Key.ToUpperInvariant()} {p.Key["/api/v1".Length..]}")).Order(StringComparer.Ordinal);
        Assert.Equal(calls, Named(2));
    }

    [Fact]
    public void The_commands_are_those_of_the_program()
    {
        // Those of this machine alone stand in the text below the table.
        var local = Quoted().Matches(s_text[s_text.IndexOf("On the command line alone", StringComparison.Ordinal)..].Split("\n\n")[0]).Select(m => m.Groups[1].Value).ToHashSet();
        var commands = AllCommands.Create().Subcommands.Where(c => !c.Hidden && !local.Contains(c.Name)).SelectMany(c => Leaves(c, "")).Append("--version").Order(StringComparer.Ordinal);
        Assert.Equal(commands, Named(3));
    }

    [Fact]
    public void The_pages_are_those_that_there_are()
    {
        var pages = typeof(AllCommands).Assembly.GetTypes().SelectMany(t => t.GetCustomAttributes(typeof(RouteAttribute), false).Cast<RouteAttribute>())
            .Select(r => r.Template).Where(t => t != "/not-found" && !t.Contains('*', StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Assert.Equal(pages, Named(1));
    }

    private static IEnumerable<string> Leaves(Command command, string before) => command.Subcommands.Count == 0
        ? [before + command.Name] : command.Subcommands.SelectMany(c => Leaves(c, $"{before}{command.Name} "));

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
