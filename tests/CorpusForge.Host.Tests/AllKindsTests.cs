using System.Text.Json.Nodes;
using Xunit;

namespace CorpusForge.Host.Tests;

/// <summary>Web text, source code and captioned images flow through one pipeline into the same shards, and the report counts what is there.</summary>
public sealed class AllKindsTests : IDisposable
{
    readonly ProgramRun _program = new();

    [Fact]
    public void Counts_by_kind_source_and_licence_from_the_exported_rows_are_those_of_the_report()
    {
        string[] prose =
        [
            "The keeper had seen to the lamp before dusk, and that was the end of his work for the day. He sat down with a book and a cup of tea and read until the fire was low.",
            "Bread needs flour, water, salt and time. Knead the dough until it is smooth, let it rest for an hour under a cloth, and bake it on a hot stone until the crust is dark.",
            "A river changes its bed more often than its maps. What was a ford in spring may be a deep pool in autumn, and the bridge that stood dry for a century can lose its footing overnight.",
            "To tune a piano by ear one listens for the beats between two strings. When they slow down and vanish, the interval is pure; a little more tension, and they come back from the other side.",
        ];
        for (var i = 0; i < prose.Length; i++)
        {
            var license = i % 2 == 0 ? "<a rel=\"license\" href=\"https://creativecommons.org/licenses/by/4.0/\">CC BY 4.0</a>" : "";
            _program.Write($"in/web/{i}.html", $"<html lang=\"en\"><title>Page {i}</title><body><main><h1>Page {i}</h1><p>{prose[i]}</p>{license}</main></body></html>");
        }
        _program.Write("in/web/same.html", File.ReadAllBytes(Path.Combine(_program.Folder, "in/web/1.html")));
        _program.Write("in/code/a.cs", "// SPDX-License-Identifier: MIT\nnamespace A;\n\npublic static class Adder\n{\n    public static int Add(int a, int b) => a + b;\n}\n");
        _program.Write("in/code/b.py", "def add(first, second):\n    \"\"\"Adds two numbers.\"\"\"\n    return first + second\n\nprint(add(1, 2))\n");
        var figure = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "docs/figures/flow.png"));
        _program.Write("in/captions/flow.png", figure);
        _program.Write("in/captions/list.jsonl", """
            {"id":"c1","image":"flow.png","caption":"A diagram of the whole flow from the sources on the left to the report below"}
            {"id":"c2","image":"gone.png","caption":"An image that is not there"}
            """);
        var file = _program.Write("p.yaml", """
            name: kinds
            sources:
              - files: { id: web, paths: [in/web/*.html] }
              - code: { paths: [in/code], gitMetadata: false }
              - captions: { paths: [in/captions/list.jsonl], license: Apache-2.0 }
            stages: [clean, deduplicate, { tokenize: { tokenizer: byte } }, audit]
            """);
        var run = _program.Run("run", file, "--out", _program.Out);
        Assert.True(run.Code == 0, run.Error);

        var rows = Export("tokenize");
        Assert.Equal(7, rows.Count);
        var report = JsonNode.Parse(File.ReadAllText(Directory.EnumerateFiles(Folder("audit"), "*.figures.json").Single()))!;
        foreach (var (column, table) in (ReadOnlySpan<(string, string)>)[("kind", "kinds"), ("source", "sources"), ("license", "licenses"), ("language", "languages")])
        {
            var counted = rows.GroupBy(r => (string?)r[column] ?? "unknown").ToDictionary(g => g.Key, g => (long)g.Count());
            var reported = report["composition"]![table]!["slots"]!.AsArray().ToDictionary(s => (string)s!["key"]!, s => (long)s!["documents"]!);
            Assert.Equal(counted.OrderBy(c => c.Key, StringComparer.Ordinal), reported.OrderBy(c => c.Key, StringComparer.Ordinal));
        }
        Assert.Equal(rows.Sum(r => r["tokens"]!.AsArray().Count), (long)report["total"]!["tokens"]!);
        Assert.Contains(rows, r => (string?)r["source"] == "code" && (string?)r["license"] == "MIT");
        Assert.Equal(2, rows.Count(r => (string?)r["license"] == "CC-BY-4.0"));

        var caption = Assert.Single(rows, r => (string?)r["kind"] == "caption");
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(figure)), (string?)caption["imageSha256"]);
        using var shard = Directory.EnumerateFiles(Folder("tokenize"), "*.arrow").Select(Tokenize.TokenShardReader.Open).Single(s => s.Batches.Any(b => Enumerable.Range(0, b.Rows).Any(i => b.Row(i).Kind == Kind.Caption)));
        Assert.Equal(figure, shard.Batches[0].Row(0).Image.ToArray());

        var dropped = Export("clean", rejects: true).Concat(Export("deduplicate", rejects: true)).Select(r => $"{r["step"]}.{r["rule"]}").Order(StringComparer.Ordinal);
        Assert.Equal(["captions.image-missing", "deduplicate.exact-duplicate"], dropped);
    }

    string Folder(string stage) => Directory.EnumerateDirectories(Path.Combine(_program.Out, "kinds"), $"{stage}-*").Single();

    List<JsonNode> Export(string stage, bool rejects = false)
    {
        var to = Path.Combine(_program.Folder, "exported", stage);
        var export = _program.Run("export", Folder(stage), "--to", to);
        Assert.True(export.Code == 0, export.Error);
        var folder = rejects ? Path.Combine(to, "rejects") : to;
        return [.. Directory.EnumerateFiles(folder, "*.jsonl").SelectMany(File.ReadLines).Select(l => JsonNode.Parse(l)!)];
    }

    public void Dispose() => _program.Dispose();
}
