using System.Text.Json;
using Xunit;

namespace CorpusForge.Host.Tests.Commands;

/// <summary>One finished run of the real program, which the tests of commands that only look share.</summary>
public sealed class CorpusRun : IDisposable
{
    public const string Pipeline =
        """
        name: web
        seed: 3
        sources:
          - jsonl: { paths: [in/*.jsonl] }
        stages:
          - clean: { steps: [redact-pii] }
          - filter: { steps: [c4-lines, gopher-quality: { minWords: 20, minMeanWordLength: 3 }] }
          - deduplicate
          - tokenize: { tokenizer: byte, validationShare: 0.1 }
          - train: { maxSteps: 2, batchSize: 2, context: 16, warmupSteps: 1 }
        """;

    public CorpusRun()
    {
        WriteInput(Program);
        PipelineFile = Program.Write("p.yaml", Pipeline);
        var (code, _, error) = Program.Run("run", PipelineFile, "--out", "out");
        Assert.True(code == 0, error);
    }

    public ProgramRun Program { get; } = new();

    public string PipelineFile { get; }

    /// <summary>Two files of 20 documents: 0-0 is too short, 0-1 holds an address, a line of 0-2 ends without punctuation, 1-3 is a copy of 0-3.</summary>
    public static void WriteInput(ProgramRun program, int files = 2)
    {
        var random = new SplitMix64(5);
        string[] words = ["river", "stone", "the", "and", "of", "harbour", "letter", "to", "window", "that", "garden", "have", "seldom", "with", "lantern"];
        var copied = "";
        for (var file = 0; file < files; file++)
        {
            var lines = new List<string>();
            for (var i = 0; i < 20; i++)
            {
                var text = string.Join(' ', Enumerable.Range(0, 40).Select(_ => words[random.Next((ulong)words.Length)])) + ".";
                text = (file, i) switch
                {
                    (0, 0) => "the river and the stone have a garden.",
                    (0, 1) => $"Write to jane@mail.org for the letter.\n{text}",
                    (0, 2) => $"{text}\nthis line ends without punctuation\n{text}",
                    (0, 3) => copied = text,
                    (1, 3) => copied,
                    _ => text,
                };
                lines.Add(JsonSerializer.Serialize(new { id = $"{file}-{i}", text, url = $"https://example.org/{file}/{i}" }));
            }
            program.Write($"in/{file}.jsonl", string.Join('\n', lines));
        }
    }

    /// <summary>Runs a command that ends well with `-o json`, and reads what it wrote.</summary>
    public JsonElement Json(params string[] arguments) => Json(Program, arguments);

    public static JsonElement Json(ProgramRun program, params string[] arguments)
    {
        var (code, output, error) = program.Run([.. arguments, "-o", "json"]);
        Assert.True(code == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }

    /// <summary>The id of the document that a stage has from this URL.</summary>
    public string IdOf(string url) => Json("inspect", "clean", "--url", url).GetProperty("documents")[0].GetProperty("id").GetString()!;

    public string StageFolder(string stage) => Directory.GetDirectories(Path.Combine(Program.Out, "web"), $"{stage}-*").Single();

    /// <summary>A user's mistake: exit code 2, nothing on standard output, a message without a stack trace.</summary>
    public static void Refuses(ProgramRun program, string expected, params string[] arguments)
    {
        var (code, output, error) = program.Run(arguments);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains(expected, error);
        Assert.DoesNotContain("   at ", error);
    }

    public void Dispose() => Program.Dispose();
}

[CollectionDefinition(nameof(CorpusRun))]
public sealed class CorpusRunTests : ICollectionFixture<CorpusRun>;
