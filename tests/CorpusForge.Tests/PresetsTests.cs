using CorpusForge.Settings;
using Xunit;

namespace CorpusForge.Tests;

public class PresetsTests
{
    private static Pipeline Parse(string steps) => PipelineFile.Parse(
        $"name: p\nsources:\n  - jsonl: {{ paths: [a.jsonl] }}\nstages:\n  - clean: {{ steps: [extract-text] }}\n  - filter: {{ steps: [{steps}] }}\n",
        "p.yaml", new Catalogue(Sources.Catalogue, Stages.Catalogue, Steps.Catalogue));

    private static IEnumerable<string> StepsOf(string steps) => ((IStepStage)Parse(steps).Stages[1].Stage).Steps.Select(s => s.Id);

    public static TheoryData<string> Names => [.. Presets.Catalogue.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Every_preset_is_a_list_of_steps(string name) => Assert.NotEmpty(StepsOf($"preset: {name}"));

    [Fact]
    public void A_preset_is_the_same_as_its_steps()
    {
        Assert.Equal(["url-blocklist", "gopher-repetition", "gopher-quality"], StepsOf("url-blocklist, preset: gopher"));
        Assert.Equal(Parse("gopher-repetition, gopher-quality").Stages[1].Digest, Parse("preset: gopher").Stages[1].Digest);
    }

    [Fact]
    public void A_misspelt_preset_is_told_with_its_place()
    {
        var e = Assert.Throws<PipelineException>(() => Parse("preset: fineweeb"));
        Assert.Contains("p.yaml:6:", e.Message, StringComparison.Ordinal);
        Assert.Contains("there is no preset 'fineweeb'; did you mean 'fineweb'?", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_that_a_preset_has_already_needs_an_id() => Assert.Throws<PipelineException>(() => Parse("preset: gopher, gopher-quality"));
}
