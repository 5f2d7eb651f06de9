using System.Globalization;
using Xunit;

namespace CorpusForge.Host.Tests;

/// <summary>The output does not depend on kills, on the number of workers, or on their timing.</summary>
public sealed class KillTests : IDisposable
{
    readonly ProgramRun _program = new();
    readonly string _pipeline;

    public KillTests()
    {
        var random = new SplitMix64(1);
        string[] words = ["river", "stone", "the", "and", "of", "harbour", "letter", "to", "window", "that", "garden", "have", "seldom", "with", "lantern"];
        for (var file = 0; file < 12; file++)
        {
            var lines = Enumerable.Range(0, 150).Select(i =>
            {
                var text = string.Join(' ', Enumerable.Range(0, 40 + (int)random.Next(120)).Select(_ => words[random.Next((ulong)words.Length)]));
                return $$"""{"id":"{{file}}-{{i}}","text":"{{text}}."}""";
            });
            _program.Write($"in/{file:00}.jsonl", string.Join('\n', lines));
        }
        _pipeline = _program.Write("p.yaml",
            """
            name: kills
            seed: 3
            sources:
              - jsonl: { paths: [in/*.jsonl] }
            stages:
              - clean
              - filter: { steps: [gopher-quality] }
              - deduplicate
              - tokenize: { tokenizer: cl100k_base }
              - audit
            """);
    }

    [Fact]
    public void Kills_at_random_moments_leave_the_same_bytes_as_an_uninterrupted_run()
    {
        var reference = Complete("reference", 2);
        var kills = int.Parse(Environment.GetEnvironmentVariable("CORPUSFORGE_KILLS") ?? "5", CultureInfo.InvariantCulture);
        var seed = ulong.Parse(Environment.GetEnvironmentVariable("CORPUSFORGE_KILL_SEED") ?? "1", CultureInfo.InvariantCulture);
        var random = new SplitMix64(seed);
        var killed = 0;
        for (var round = 0; killed < kills; round++)
        {
            // A round starts anew once it got to its end unharmed, so that early and late moments are hit alike.
            var output = Path.Combine(_program.Folder, $"killed-{round}");
            while (killed < kills)
            {
                using var process = _program.Start("run", _pipeline, "--out", output, "--workers", "2");
                _ = process.StandardOutput.ReadToEndAsync();
                _ = process.StandardError.ReadToEndAsync();
                if (process.WaitForExit(TimeSpan.FromMilliseconds(300 + random.Next(4000))))
                    break;
                process.Kill();
                process.WaitForExit();
                killed++;
            }
            Assert.Equal(reference, Complete(output, 2));
        }
    }

    [Fact]
    public void The_number_of_workers_does_not_matter()
    {
        var one = Complete("one", 1);
        Assert.Equal(one, Complete("two", 2));
        Assert.Equal(one, Complete("five", 5));
    }

    [Fact]
    public void Running_again_does_nothing_and_says_so_and_a_changed_last_stage_runs_alone()
    {
        var first = Complete("out", 2);
        var again = _program.Run("run", _pipeline, "--out", "out");
        Assert.Equal(0, again.Code);
        Assert.StartsWith("Nothing to do", again.Output);
        Assert.Equal(first, ProgramRun.Digests(Path.Combine(_program.Folder, "out")));
        var changed = _program.Run("run", _pipeline, "--out", "out", "--set", "stages.audit.id=report", "-o", "json");
        Assert.Equal(0, changed.Code);
        Assert.Contains("\"done\": 1", changed.Output);
    }

    SortedDictionary<string, string> Complete(string output, int workers)
    {
        var (code, _, error) = _program.Run("run", _pipeline, "--out", output, "--workers", $"{workers}");
        Assert.True(code == 0, error);
        return ProgramRun.Digests(Path.Combine(_program.Folder, output));
    }

    public void Dispose() => _program.Dispose();
}
