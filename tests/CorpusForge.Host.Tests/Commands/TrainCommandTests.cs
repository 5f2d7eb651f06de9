using System.Text.Json;
using Xunit;

namespace CorpusForge.Host.Tests.Commands;

/// <summary>`train` and `sample`.</summary>
[Collection(nameof(CorpusRun))]
public sealed class TrainCommandTests(CorpusRun run)
{
    private static readonly string[] s_small = ["--set", "batchSize=2", "--set", "context=16", "--set", "checkpointEvery=2"];

    [Fact]
    public void A_model_is_trained_once_and_text_is_drawn_from_it()
    {
        string[] train = ["train", run.StageFolder("tokenize"), "--to", "model", "--set", "maxSteps=4", .. s_small];
        var (code, output, error) = run.Program.Run(train);
        Assert.True(code == 0, error);
        Assert.StartsWith("Trained to step 4, loss ", output);
        Assert.Matches(@"step +4 / 4  loss \d.*tokens/s", error);
        var again = run.Json(train);
        Assert.Equal((4, 4), (again.GetProperty("steps").GetInt32(), again.GetProperty("resumedAt").GetInt32()));

        string[] sample = ["sample", "model", "--prompt", "the ", "--max-tokens", "12", "--count", "2", "--seed", "7"];
        var first = run.Json(sample);
        Assert.Equal(("byte", 2), (first.GetProperty("tokenizer").GetString(), first.GetProperty("samples").GetArrayLength()));
        Assert.Equal(first.GetRawText(), run.Json(sample).GetRawText());
        Assert.Equal(4, run.Json("model", "curve", "model").GetArrayLength());
    }

    [Fact]
    public void Two_processes_train_the_model_that_one_does()
    {
        var one = run.Json(["train", run.StageFolder("tokenize"), "--to", "one", "--set", "maxSteps=6", "--set", "device=cpu", .. s_small]);
        var two = run.Json(["train", run.StageFolder("tokenize"), "--to", "two", "--set", "maxSteps=6", "--set", "device=cpu", "--set", "devices=2", .. s_small]);
        Assert.Equal(one.GetProperty("loss").GetDouble(), two.GetProperty("loss").GetDouble(), 1e-4);
        Assert.Equal(one.GetProperty("validationLoss").GetDouble(), two.GetProperty("validationLoss").GetDouble(), 1e-4);
        Assert.Equal(6, File.ReadAllLines(Path.Combine(run.Program.Folder, "two", "curve.jsonl")).Length);
    }

    [Fact]
    public void A_model_of_a_stage_is_exported_and_speaks_the_same()
    {
        string[] words = ["--prompt", "a", "--max-tokens", "5"];
        var expected = run.Json(["sample", run.StageFolder("train"), .. words]).GetProperty("samples").GetRawText();
        run.Json("model", "export", run.StageFolder("train"), "--to", "exported");
        Assert.Equal(expected, run.Json(["sample", "exported", .. words]).GetProperty("samples").GetRawText());
        foreach (var file in new[] { "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json" })
            using (JsonDocument.Parse(File.ReadAllText(Path.Combine(run.Program.Folder, "exported", file)))) { }
        run.Json("model", "export", run.StageFolder("train"), "--format", "gguf", "--type", "q8_0", "--to", "model.gguf");
        Assert.Equal("GGUF"u8.ToArray(), File.ReadAllBytes(Path.Combine(run.Program.Folder, "model.gguf"))[..4]);
    }

    [Fact]
    public void The_model_of_a_train_stage_knows_its_tokenizer() =>
        Assert.Equal("byte", run.Json("sample", run.StageFolder("train"), "--max-tokens", "3").GetProperty("tokenizer").GetString());

    [Theory]
    [InlineData("did you mean 'maxSteps'?", "train", "tokens", "--to", "m", "--set", "maxStep=3")]
    [InlineData("expected a whole number", "train", "tokens", "--to", "m", "--set", "maxSteps=three")]
    [InlineData("expected setting=value", "train", "tokens", "--to", "m", "--set", "maxSteps")]
    [InlineData("There is no model 'x'", "train", "tokens", "--to", "m", "--set", "model=x")]
    [InlineData("devices is 3", "train", "tokens", "--to", "m", "--set", "devices=3")]
    [InlineData("this stage has no token shards", "train", "documents", "--to", "m")]
    [InlineData("this is no folder of a finished stage", "train", "in", "--to", "m")]
    [InlineData("there is no libtorch_cpu.so", "train", "tokens", "--to", "m", "--libtorch", "in")]
    [InlineData("there is no model here", "sample", "in")]
    [InlineData("this stage trained no model", "sample", "tokens")]
    [InlineData("there is no tokenizer 'x'", "sample", "model-of-stage", "--tokenizer", "x")]
    [InlineData("it is not the model's tokenizer", "sample", "model-of-stage", "--tokenizer", "cl100k_base")]
    [InlineData("--top-p is more than 0", "sample", "model-of-stage", "--top-p", "0")]
    [InlineData("gguf has f16 and q8_0", "model", "export", "model-of-stage", "--format", "gguf", "--type", "f32", "--to", "x")]
    [InlineData("there is no curve here", "model", "curve", "in")]
    [InlineData("are at least 0", "sample", "model-of-stage", "--temperature", "-1")]
    [InlineData("there is no libtorch_cpu.so", "run", "p.yaml", "--libtorch", "in")]
    public void What_makes_no_sense_is_refused(string expected, params string[] arguments) => CorpusRun.Refuses(run.Program, expected, [.. arguments.Select(a => a switch
    {
        "tokens" => run.StageFolder("tokenize"),
        "documents" => run.StageFolder("clean"),
        "model-of-stage" => run.StageFolder("train"),
        _ => a,
    })]);
}
