using Xunit;

namespace CorpusForge.Host.Tests.Commands;

public sealed class PerplexityCommandTests : IDisposable
{
    private readonly ProgramRun _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public void A_model_is_trained_and_scores_texts()
    {
        var lines = _program.Write("good.txt", "the mill stood by the river\nthe river ran by the mill\n");
        var json = _program.Write("more.jsonl", "{\"text\":\"the old mill\\nby the river\"}\n");
        var trained = CorpusRun.Json(_program, "perplexity", "train", "--input", lines, json, "--to", "m.cfng", "--order", "3");
        Assert.Equal((4, 10), (trained.GetProperty("sentences").GetInt32(), trained.GetProperty("words").GetInt32()));
        var scored = CorpusRun.Json(_program, "perplexity", "score", "--model", "m.cfng", "--input", _program.Write("new.txt", "the mill by the river\nriver zebra unknown\n...\n"));
        var scores = scored.GetProperty("scores");
        Assert.True(scores[0].GetDouble() < scores[1].GetDouble());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, scores[2].ValueKind);
        Assert.Equal(scores[0].GetDouble(), scored.GetProperty("headLimit").GetDouble());
        CorpusRun.Refuses(_program, "there is no such file", "perplexity", "train", "--input", "nowhere.txt", "--to", "m.cfng");
        CorpusRun.Refuses(_program, "bad.jsonl: line 1: expected JSON such as", "perplexity", "train", "--input", _program.Write("bad.jsonl", "no\n"), "--to", "m.cfng");
        CorpusRun.Refuses(_program, "from 2 to 6", "perplexity", "train", "--input", lines, "--to", "m.cfng", "--order", "7");
    }
}
