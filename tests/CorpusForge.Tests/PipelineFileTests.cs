using CorpusForge.Filter;
using CorpusForge.Settings;
using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Tests;

public class PipelineFileTests
{
    static readonly Catalogue s_catalogue = new(Sources.Catalogue, Stages.Catalogue, Steps.Catalogue);

    const string Good =
        """
        name: web-en
        seed: 7
        sources:
          - warc: { paths: ["data/*.warc.gz"] }
        stages:
          - clean
          - filter:
              steps:
                - gopher-quality: { minWords: 60 }
                - gopher-repetition
          - tokenize: { tokenizer: byte }
        """;

    [Fact]
    public void A_pipeline_sets_what_it_names_and_leaves_the_rest_at_the_defaults()
    {
        var pipeline = Parse(Good);
        Assert.Equal(("web-en", 7L), (pipeline.Name, pipeline.Seed));
        Assert.Equal(["clean", "filter", "tokenize"], pipeline.Stages.Select(s => s.Id));
        var filter = Assert.IsType<FilterStage>(pipeline.Stages[1].Stage);
        Assert.Equal(new GopherQuality { MinWords = 60, StopWords = ((GopherQuality)filter.Steps[0].Step).StopWords }, filter.Steps[0].Step);
        Assert.IsType<GopherRepetition>(filter.Steps[1].Step);
        Assert.Equal("byte", Assert.IsType<TokenizeStage>(pipeline.Stages[2].Stage).Tokenizer);
    }

    [Fact]
    public void Every_problem_is_reported_at_once_with_its_line_and_column()
    {
        var error = Assert.Throws<PipelineException>(() => Parse(
            """
            name: Bad Name
            sead: 1
            sources:
              - wark: { paths: [a] }
            stages:
              - clean: { step: [] }
              - filter:
                  steps:
                    - gopher-quality: { minWords: many }
                    - gopher-quallity
              - tokenize: { validationShare: 0.9 }
            """));
        string[] expected =
        [
            "p.yaml:2:1: a pipeline has no 'sead'; did you mean 'seed'?", "p.yaml:1:7: a pipeline needs a name",
            "p.yaml:4:5: there is no source 'wark'; did you mean 'warc'?", "p.yaml:6:14: stage 'clean' has no setting 'step'; did you mean 'steps'?",
            "p.yaml:9:39: 'minWords' of step 'gopher-quality' is 'many'; expected a whole number",
            "p.yaml:10:11: there is no step 'gopher-quallity'; did you mean 'gopher-quality'?",
            "p.yaml:11:34: 'validationShare' of stage 'tokenize' is 0.9; it must lie between 0 and 0.5",
        ];
        Assert.Equal(expected.Length, error.Problems.Count);
        Assert.All(expected.Zip(error.Problems), pair => Assert.StartsWith(pair.First, pair.Second));
    }

    // One row a mistake: the file, and how its one message begins.
    public static TheoryData<string, string> Mistakes => new()
    {
        { "", "p.yaml:1:1: a pipeline file is one mapping" },
        { "- a\n- b", "p.yaml:1:1: a pipeline file is one mapping" },
        { "name: [", "p.yaml:2:1: not valid YAML" },
        { Good.Replace("  - clean", "  - clean\n  - clean: { id: again }"), "p.yaml:7:5: a pipeline has one clean stage" },
        { Good.Replace("  - clean\n", ""), "p.yaml:6:5: stage 'filter' needs a stage that makes documents" },
        { Good.Replace("gopher-repetition", "gopher-quality"), "p.yaml:10:11: two steps of this stage are called 'gopher-quality'" },
        { Good.Replace("gopher-repetition", "extract-text"), "p.yaml:7:5: step 'extract-text' extracts text from raw bytes" },
        { Good.Replace("seed: 7", "seed: seven"), "p.yaml:2:7: 'seed' must be a whole number" },
        { Good.Replace("seed: 7", "seed: &a 7"), "p.yaml:2:7: not valid YAML: anchors and aliases" },
        { Good.Replace("seed: 7", "seed: 7\nseed: 8"), "p.yaml:3:1: not valid YAML" },
        { Good.Replace("{ tokenizer: byte }", "byte"), "p.yaml:11:15: the settings of stage 'tokenize' are a mapping" },
        { Good.Replace("{ minWords: 60 }", "{ minWords: }"), "p.yaml:9:" },
        { Good.Replace("warc: { paths: [\"data/*.warc.gz\"] }", "warc: { paths: data.warc }"), "p.yaml:4:20: 'paths' of source 'warc' must be a list" },
        { Good + "\n" + new string('[', 100), "p.yaml:12:" },
        { Good.Replace("gopher-repetition", "fineweb"), "p.yaml:10:11: there is no step 'fineweb'; it is a preset: write `preset: fineweb`" },
        { Good.Replace("- warc: {", "- warc:\n    id: {"), "p.yaml:4:5: expected a source: its name, or its name with settings as `name: { … }`; here are 'warc', 'id' side by side" },
        { Good.Replace("minWords: 60", "maxBulletShare: 90"), "p.yaml:9:45: 'maxBulletShare' of step 'gopher-quality' is 90; it must lie between 0 and 1" },
        { Good.Replace("minWords: 60", "minWords: 60, maxWords: 59"), "p.yaml:9:39: 'minWords' of step 'gopher-quality' is 60 and 'maxWords' 59: nothing lies between them" },
        { Good.Replace("minWords: 60", "maxMeanWordLength: 2"), "p.yaml:9:48: 'minMeanWordLength' of step 'gopher-quality' is 3 and 'maxMeanWordLength' 2: nothing lies between them" },
        { Good.Replace("minWords: 60", "stopWords: [der]"), "p.yaml:9:11: step 'gopher-quality': minStopWords is 2, and stopWords lists fewer" },
        { Good.Replace("tokenizer: byte", "tokenizer: gpt2"), "p.yaml:11:5: there is no tokenizer 'gpt2'; there are: byte," },
        { Good.Replace("tokenizer: byte", "tokenizerFile: nowhere.json"), "p.yaml:11:5: there is no tokenizer 'nowhere.json'" },
        { Good.Replace("gopher-repetition", "decontaminate: { against: [] }"), "p.yaml:10:11: step 'decontaminate': 'against' names no evaluation set" },
        { Good.Replace("gopher-repetition", "language: { keep: [en, jp] }"), "p.yaml:10:11: step 'language': keep: no text is found to be in 'jp'; did you mean 'ja'?" },
        { Good.Replace("gopher-repetition", "license: { allow: [MIT, mitt] }"), "p.yaml:10:11: step 'license': allow: 'mitt' is no SPDX expression; did you mean 'MIT'?" },
        { Good.Replace("gopher-repetition", "license: { deny: [GPL-3.0-onyl] }"), "p.yaml:10:11: step 'license': deny: 'GPL-3.0-onyl' is no SPDX expression; did you mean 'GPL-3.0-only'?" },
        { Good.Replace("gopher-repetition", "license: { allow: [MIT OR ISC] }"), "p.yaml:10:11: step 'license': allow: 'MIT OR ISC' is more than one licence" },
        { Good.Replace("gopher-repetition", "consent: { licenses: [CC0-, Appache] }"), "p.yaml:10:11: step 'consent': licenses: no SPDX id begins with 'Appache'" },
        { Good.Replace("gopher-repetition", "redact-pii: { regions: [de, UK, XX] }"), "p.yaml:10:11: step 'redact-pii': regions: 'XX' is no country" },
        { Good.Replace("gopher-repetition", "code-quality: { xmlLanguages: [xml, htmll] }"), "p.yaml:10:11: step 'code-quality': no source file is found to be in 'htmll'; did you mean 'html'?" },
        { Good.Replace("warc: { paths: [\"data/*.warc.gz\"] }", "files: { paths: [a], license: MITT }"), "p.yaml:4:5: source 'files': license: 'MITT' is no SPDX expression; did you mean 'MIT'?" },
        { Good.Replace("warc: { paths: [\"data/*.warc.gz\"] }", "captions: { paths: [a], license: licence }"), "p.yaml:4:5: source 'captions': license: 'licence' is no SPDX expression" },
        { Good.Replace("warc: { paths: [\"data/*.warc.gz\"] }", "jsonl: { paths: [a], mediaType: text/htmll }"), "p.yaml:4:5: source 'jsonl': mediaType: nothing makes text of 'text/htmll'; did you mean 'text/html'?" },
        { Good.Replace("warc: { paths: [\"data/*.warc.gz\"] }", "parquet: { paths: [a], mediaType: application/pdf }"), "p.yaml:4:5: source 'parquet': mediaType: nothing makes text of 'application/pdf'" },
        { Good.Replace("gopher-repetition", "language: { keep: [EN] }"), "p.yaml:10:11: step 'language': keep: no text is found to be in 'EN'; did you mean 'en'?" },
        { Good.Replace("warc: { paths: [\"data/*.warc.gz\"] }", "captions"), "p.yaml:4:5: source 'captions': it needs 'paths' or 'fromPages: true'" },
        { Good.Replace("warc: { paths: [\"data/*.warc.gz\"] }", "code: { paths: [a], languages: [C#] }"), "p.yaml:4:5: source 'code': 'languages' names 'C#'; known are: ada," },
        { Good.Replace("warc: { paths: [\"data/*.warc.gz\"] }", "crawl: { seeds: [] }"), "p.yaml:4:5: source 'crawl': 'seeds' names no URL" },
        { Good.Replace("warc: { paths: [\"data/*.warc.gz\"] }", "crawl: { seeds: [\"https://a.example/\", a.example] }"), "p.yaml:4:5: source 'crawl': the seed 'a.example' is no URL" },
        { Good + "\n  - audit: { terms: nowhere.tsv }", "p.yaml:12:5: audit: there is no file of terms 'nowhere.tsv'" },
        { Good + "\n  - deduplicate: { minhash: { bands: 0 } }", "p.yaml:12:38: 'bands' of 'minhash' of stage 'deduplicate' is 0; it must lie between 1 and 1000" },
        { Good.Replace("tokenizer: byte", "tokenizer: \"${env:CORPUSFORGE_ABSENT}\""), "p.yaml:11:28: ${env:CORPUSFORGE_ABSENT}: the environment variable" },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public void A_mistake_is_an_error_with_its_place(string yaml, string message)
    {
        var error = Assert.Throws<PipelineException>(() => Parse(yaml));
        Assert.StartsWith(message, Assert.Single(error.Problems));
    }

    [Fact]
    public void What_is_not_there_is_said_of_every_step_and_stage_before_anything_runs()
    {
        var yaml = Good.Replace("gopher-repetition", "exclude: { from: nowhere.txt }\n        - { fasttext: { model: nowhere.bin, label: a } }\n        - language: { keep: [xx] }").Replace("tokenizer: byte", "tokenizer: none");
        var error = Assert.Throws<PipelineException>(() => Parse(yaml));
        string[] expected =
        [
            "p.yaml:10:11: the list of exclusions 'nowhere.txt' cannot be read", "p.yaml:11:13: the fastText model 'nowhere.bin' cannot be read",
            "p.yaml:12:11: step 'language': keep: no text is found to be in 'xx'", "p.yaml:13:5: there is no tokenizer 'none'",
        ];
        Assert.Equal(expected.Length, error.Problems.Count);
        Assert.All(expected.Zip(error.Problems), pair => Assert.StartsWith(pair.First, pair.Second));
    }

    [Theory]
    [InlineData("license: { allow: [mit, LicenseRef-Ours, Apache-2.0 WITH LLVM-exception, CC-BY-NC-SA-2.0-FR, GPL-2.0+], deny: [] }")]
    [InlineData("consent: { licenses: [cc-by-, EUPL] }")]
    [InlineData("redact-pii: { regions: [gb, UK, US, xk] }")]
    [InlineData("code-quality: { longLineLanguages: [smt, csharp] }")]
    public void Names_that_name_something_are_taken(string step) => Assert.Equal(3, Parse(Good.Replace("gopher-repetition", step)).Stages.Count);

    [Theory, InlineData("files: { paths: [a], license: MIT OR LicenseRef-Ours }"), InlineData("jsonl: { paths: [a], mediaType: text/x-org }"), InlineData("jsonl: { paths: [a], kind: code, mediaType: x }")]
    public void Names_that_name_something_are_taken_of_sources(string source) => Assert.Equal(3, Parse(Good.Replace("warc: { paths: [\"data/*.warc.gz\"] }", source)).Stages.Count);

    [Theory, InlineData("jsonl"), InlineData("parquet")]
    public void Where_a_source_brings_languages_any_may_be_kept(string source)
    {
        var yaml = Good.Replace("gopher-repetition", "language: { keep: [eng_Latn] }").Replace("warc: {", $"{source}: {{ language: lang,");
        Assert.Equal(3, Parse(yaml).Stages.Count);
    }

    [Fact]
    public void A_word_that_yaml_would_take_for_a_boolean_stays_a_word() =>
        Assert.Equal(["no", "007"], Filter(Parse(Good.Replace("minWords: 60", "stopWords: [no, 007]"))).StopWords);

    [Fact]
    public void An_override_changes_one_setting_and_the_digest_from_its_stage_on()
    {
        var (before, after) = (Parse(Good), Parse(Good, "stages.filter.steps.gopher-repetition.maxDuplicateLineShare=0.5"));
        Assert.Equal(before.Stages[0].Digest, after.Stages[0].Digest);
        Assert.NotEqual(before.Stages[1].Digest, after.Stages[1].Digest);
        Assert.NotEqual(before.Stages[2].Digest, after.Stages[2].Digest);
    }

    [Theory]
    [InlineData("stages.filter.steps.gopher-quality.minWord=1", "--set stages.filter.steps.gopher-quality.minWord=1: step 'gopher-quality' has no setting 'minWord'")]
    [InlineData("stages.filtr.steps=1", "--set stages.filtr.steps=1: 'stages' has no 'filtr'; it has: clean, filter, tokenize")]
    [InlineData("seed", "--set seed: expected path.to.setting=value")]
    [InlineData("stages.tokenize.validationShare=x", "--set stages.tokenize.validationShare=x: 'validationShare' of stage 'tokenize' is 'x'; expected a number")]
    public void A_wrong_override_is_named(string option, string message)
    {
        var error = Assert.Throws<PipelineException>(() => Parse(Good, option));
        Assert.StartsWith(message, Assert.Single(error.Problems));
    }

    [Fact]
    public void An_override_into_a_preset_says_why_there_is_no_such_step()
    {
        var error = Assert.Throws<PipelineException>(() => Parse(Good.Replace("gopher-repetition", "preset: c4"), "stages.filter.steps.c4-quality.minSentences=3"));
        Assert.EndsWith("'stages.filter.steps' has no 'c4-quality'; it has: gopher-quality, preset; settings of a preset cannot be changed: write its steps out, which `validate -o json` shows", Assert.Single(error.Problems));
    }

    [Fact]
    public void The_limit_is_part_of_the_digest() =>
        Assert.NotEqual(Parse(Good).Stages[0].Digest, PipelineFile.Parse(Good, "p.yaml", s_catalogue, limit: 5).Stages[0].Digest);

    [Fact]
    public void Where_the_input_lies_is_not_part_of_any_digest()
    {
        var (here, there) = (Parse(Good), Parse(Good.Replace("data/", "elsewhere/")));
        Assert.Equal(here.Sources[0].Digest, there.Sources[0].Digest);
        Assert.Equal(here.Stages[^1].Digest, there.Stages[^1].Digest);
    }

    [Fact]
    public void A_value_from_the_environment_is_used_and_never_shown()
    {
        Environment.SetEnvironmentVariable("CORPUSFORGE_TEST_SECRET", "s3cr3t-w0rd");
        Assert.Equal(["s3cr3t-w0rd"], Filter(Parse(Good.Replace("minWords: 60", "minStopWords: 1, stopWords: [\"${env:CORPUSFORGE_TEST_SECRET}\"]"))).StopWords);
        Assert.Equal("key ***", PipelineVariables.Redact("key s3cr3t-w0rd"));
        Assert.Equal("byte", ((TokenizeStage)Parse(Good.Replace("tokenizer: byte", "tokenizer: \"${env:CORPUSFORGE_ABSENT:-byte}\"")).Stages[2].Stage).Tokenizer);
    }

    static GopherQuality Filter(Pipeline pipeline) => (GopherQuality)((FilterStage)pipeline.Stages[1].Stage).Steps[0].Step;

    static Pipeline Parse(string yaml, params string[] overrides) => PipelineFile.Parse(yaml, "p.yaml", s_catalogue, overrides);
}
