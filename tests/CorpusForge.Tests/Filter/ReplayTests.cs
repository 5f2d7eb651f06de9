using CorpusForge.Filter;
using CorpusForge.Runs;
using CorpusForge.Settings;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class ReplayTests
{
    private static readonly string[] s_texts =
    [
        "", "the mill", Repeat("the mill and the river have stood", 9) + ".", Lines("- the list of all that", 8), Repeat("x1 2 3 # ...", 40), string.Join(' ', Words(300)),
        "One two three. Four five six. Seven eight nine. Ten eleven twelve. More and more words of that.", "lorem ipsum { dolor",
    ];

    private static ConfiguredStep[] Steps(int minWords, double repetition, int sentences) =>
    [
        new("gopher-quality", "gopher-quality", new GopherQuality { MinWords = minWords, MinStopWords = 1 }),
        new("rep", "gopher-repetition", new GopherRepetition { MaxTop2GramShare = repetition, MaxDuplicate5GramShare = repetition }),
        new("c4-quality", "c4-quality", new C4Quality { MinSentences = sentences, TerminalPunctuation = false }),
    ];

    private static MeasuredRow Row(StepRunner runner, Replay replay, string text)
    {
        var kept = runner.Run(Document(text), out var reject);
        var document = kept ?? reject!.Document;
        return new MeasuredRow(
            document.Id, document.Kind, text.Length, reject is null ? null : $"{reject.Step}.{reject.Rule}",
            [.. replay.Signals.Select(s => document.Signals.TryGetValue(s, out var value) ? value : (double?)null)]);
    }

    [Theory, InlineData(0, 1, 0), InlineData(50, 0.2, 5), InlineData(3, 0.5, 1), InlineData(1000, 0, 100)]
    public void What_is_decided_again_is_what_running_again_decides(int minWords, double repetition, int sentences)
    {
        var measured = new StepRunner(Steps(50, 0.2, 5), signals: true);
        var (replay, again) = (new Replay(Steps(minWords, repetition, sentences)), new StepRunner(Steps(minWords, repetition, sentences)));
        foreach (var text in s_texts)
        {
            again.Run(Document(text), out var reject);
            Assert.Equal(reject is null ? null : $"{reject.Step}.{reject.Rule}", replay.Decide(Row(measured, replay, text)));
        }
    }

    [Theory, InlineData(0.65, 0, 0.2), InlineData(0, 0, 0), InlineData(1, 0, 1), InlineData(0.999, 0.9, 0.5), InlineData(0.65, 1, 0.9)]
    public void What_models_measured_can_be_decided_again(double score, double share, double quality)
    {
        string[] texts = [.. s_texts, "the old cat runs quickly in the garden", "the old engine runs quickly in the garden", "Der alte Mann geht durch den Garten.\n\nThe old man walks through the garden.", "kat"];
        var (measured, replay, again) = (new StepRunner(Judges(0.65, 0, 0.2), signals: true), new Replay(Judges(score, share, quality)), new StepRunner(Judges(score, share, quality)));
        Assert.Empty(replay.Signals.Except(measured.Signals));
        foreach (var text in texts)
        {
            again.Run(Document(text), out var reject);
            Assert.Equal(reject is null ? null : $"{reject.Step}.{reject.Rule}", replay.Decide(Row(measured, replay, text)));
        }

        static ConfiguredStep[] Judges(double score, double share, double quality) =>
        [
            new("language", "language", new Language { MinScore = score, MinShare = share }),
            new("quality", "fasttext", new FastTextFilter { Model = TinyModel.Path, Label = "animals", MinScore = quality }),
            new("toxicity", "toxicity", new Toxicity { MaxScore = quality }),
        ];
    }

    [Theory, InlineData(1), InlineData(0.5), InlineData(0.01)]
    public void The_kinds_of_toxicity_are_signals_whether_or_not_they_are_judged(double most)
    {
        string[] texts = [.. s_texts, "You are a disgusting piece of shit.", "They will kill you all and burn your house tonight.", "Halt die Fresse, du dumme Schlampe."];
        var (measured, replay, again) = (new StepRunner(Judge(1), signals: true), new Replay(Judge(most)), new StepRunner(Judge(most)));
        Assert.Equal(["toxicity.hate", "toxicity.insult", "toxicity.sexual", "toxicity.threat", "toxicity.toxic"], measured.Signals);
        foreach (var text in texts)
        {
            again.Run(Document(text), out var reject);
            Assert.Equal(reject is null ? null : $"{reject.Step}.{reject.Rule}", replay.Decide(Row(measured, replay, text)));
        }

        static ConfiguredStep[] Judge(double most) => [new("toxicity", "toxicity", new Toxicity { MaxScore = 1, MaxInsult = most, MaxThreat = most })];
    }

    [Fact]
    public void A_limit_for_other_languages_drops_no_code()
    {
        static ConfiguredStep[] Judge(int most) => [new("code-quality", "code-quality", new CodeQuality { MinVisibleChars = most, MinDataChars = most })];
        var (measured, replay) = (new StepRunner(Judge(100), signals: true), new Replay(Judge(5000)));
        var document = Document("def area(width, height):\n    return width * height\n\nprint(area(3, 4))\n", Kind.Code) with { Language = "python" };
        var kept = measured.Run(document, out _)!;
        Assert.Null(replay.Decide(new MeasuredRow(kept.Id, kept.Kind, 1, null, [.. replay.Signals.Select(s => kept.Signals.TryGetValue(s, out var value) ? value : (double?)null)])));
    }

    [Fact]
    public void A_rule_that_only_the_settings_of_then_have_drops_nothing_any_more()
    {
        static ConfiguredStep[] Judge(ToxicityPolicy policy) => [new("toxicity", "toxicity", new Toxicity { Policy = policy })];
        var row = new MeasuredRow("id", Kind.Text, 1, "toxicity.toxic", []);
        Assert.Null(new Replay(Judge(ToxicityPolicy.Keep), Judge(ToxicityPolicy.Drop)).Decide(row));
        Assert.Equal("toxicity.toxic", new Replay(Judge(ToxicityPolicy.Keep)).Decide(row));
    }

    [Fact]
    public void A_drop_by_a_rule_that_is_not_known_stays() =>
        Assert.Equal("other.rule", new Replay(Steps(0, 1, 0)).Decide(new MeasuredRow("id", Kind.Text, 1, "other.rule", new double?[new Replay(Steps(0, 1, 0)).Signals.Count])));

    [Fact]
    public void The_report_counts_documents_bytes_rules_and_flips()
    {
        var report = new ReplayReport(examples: 1);
        foreach (var (id, bytes, before, after) in ((string, long, string?, string?)[])[("1", 10, "a.x", null), ("2", 20, "a.x", null), ("3", 40, null, "b.y"), ("4", 80, null, null), ("5", 160, "a.x", "a.x")])
            report.Add(new MeasuredRow(id, Kind.Text, bytes, before, []), after);
        Assert.Equal((5, 2, 3, 120, 110), (report.Documents, report.KeptBefore, report.KeptAfter, report.BytesBefore, report.BytesAfter));
        Assert.Equal([("a.x", (3, 1)), ("b.y", (0, 1))], report.Rules.Select(r => (r.Key, r.Value)));
        Assert.Equal([("a.x", "kept", 2, 30, "1"), ("kept", "b.y", 1, 40, "3")], report.Flips.Select(f => (f.From, f.To, f.Documents, f.Bytes, string.Join(',', f.Examples))));
    }
}
