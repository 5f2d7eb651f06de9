using CorpusForge.Filter;
using CorpusForge.Settings;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class ToxicityTests
{
    private const string Vile = "Shut your mouth, you stupid worthless bitch, nobody wants to hear a dumb whore like you.";
    private const string Calm = "The committee met in the library and agreed to repair the roof before the winter, since the rain had already spoiled some books.";

    private static readonly IStep s_opened = new Toxicity().Open();

    [Theory]
    [InlineData(Vile)]
    [InlineData("That hoe is trash and so is every other bitch in this house.")]
    [InlineData("You are a disgusting piece of shit.")]
    public void Insults_score_high(string text)
    {
        Assert.InRange(Score(text)!.Value, 0.8, 1);
        Assert.Equal("toxic", Verdict(text, new Toxicity()).Rule);
    }

    [Theory]
    [InlineData(Calm)]
    [InlineData("My aunt is a lesbian and she runs the best bookshop in town.")]
    [InlineData("The Muslim and the Jewish community of the city share a garden where they grow vegetables.")]
    [InlineData("Add the flour to the butter, stir until it is smooth, and pour in the milk little by little.")]
    [InlineData("The function returns the number of bytes that were written, or a negative error code.")]
    public void Plain_prose_scores_low(string text)
    {
        Assert.InRange(Score(text)!.Value, 0, 0.5);
        Assert.True(Verdict(text, new Toxicity()).Kept);
    }

    [Fact]
    public void One_vile_paragraph_is_not_hidden_by_the_prose_around_it()
    {
        var vile = Repeat(Vile, 3);
        Assert.InRange(Score($"{Repeat(Calm, 10)}\n\n{vile}\n\n{Repeat(Calm, 10)}")!.Value, 0.8, 1);
        Assert.InRange(Score($"{Repeat(Calm, 400)}\n\n{vile}\n\n{Repeat(Calm, 400)}")!.Value, 0, 0.5);
    }

    [Theory, InlineData(39), InlineData(40), InlineData(59), InlineData(60), InlineData(61), InlineData(100)]
    public void Every_word_is_in_a_window(int words)
    {
        var calm = Enumerable.Repeat("library", words - 12).ToArray();
        var vile = Enumerable.Repeat("bitch", 12).ToArray();
        Assert.True(Score(string.Join(' ', [.. calm, .. vile])) > 0.6);
        Assert.True(Score(string.Join(' ', [.. vile, .. calm])) > 0.6);
    }

    [Theory, InlineData(""), InlineData("\0"), InlineData("1984 42"), InlineData("\ud800 \udc00"), InlineData("!?")]
    public void A_text_without_letters_has_no_score_and_stays(string text)
    {
        Assert.Null(Score(text));
        Assert.True(Verdict(text, new Toxicity()).Kept);
    }

    [Theory, InlineData("fr", false), InlineData("de", true), InlineData("en", true), InlineData(null, true)]
    public void Only_english_and_german_are_measured(string? language, bool measured) =>
        Assert.Equal(measured, Tag(View(Vile).Document with { Language = language }).Toxicity is not null);

    [Fact]
    public void German_is_measured_by_its_own_model_whether_or_not_it_is_labelled()
    {
        const string vile = "Halt die Fresse, du dumme Schlampe, dich will hier keiner hören.", calm = "Der Ausschuss tagte in der Bücherei und beschloss, das Dach vor dem Winter zu reparieren.";
        Assert.InRange(Score(vile)!.Value, 0.8, 1);
        Assert.InRange(Score(calm)!.Value, 0, 0.3);
        Assert.Equal(Score(vile), Tag(View(vile).Document with { Language = "de" }).Toxicity);
        Assert.Equal("insult", Verdict(vile, new Toxicity { MaxScore = 1, MaxInsult = 0.5 }).Rule);
        var document = View(vile).Document;
        Assert.Equal($"0-{vile.Length - 1}", ((ITagger)new Toxicity { Policy = ToxicityPolicy.Tag }.Open()).Tag(View(vile)).On(document).Metadata["toxic-sentences"]);
    }

    [Fact]
    public void A_score_that_the_document_brought_is_not_measured_again() =>
        Assert.Null(Tag(View(Vile).Document with { Toxicity = 0.1 }).Toxicity);

    [Theory, InlineData(0.5, null), InlineData(0.500001, "toxic"), InlineData(null, null)]
    public void A_document_exactly_on_the_limit_stays(double? score, string? rule)
    {
        var view = new TextView();
        view.Reset(View("text").Document with { Toxicity = score });
        Assert.Equal(rule, ((IFilter)s_opened).Judge(view).Rule);
    }

    [Fact]
    public void Ten_megabytes_are_measured_and_twice_alike()
    {
        var text = Repeat(Calm, 80_000) + new string('a', 100_000);
        Assert.True(text.Length > 10_000_000);
        Assert.Equal(Score(text), Score(text));
    }

    [Fact]
    public void Opens_as_tagger_and_filter_for_text_and_captions()
    {
        Assert.IsType<ITagger>(s_opened, exactMatch: false);
        Assert.IsType<IFilter>(s_opened, exactMatch: false);
        Assert.Equal(Kinds.Text | Kinds.Caption, s_opened.For);
        Assert.NotEqual(new Language().ModelDigest, new Toxicity().ModelDigest);
    }

    [Theory]
    [InlineData(ToxicityPolicy.Keep, null)]
    [InlineData(ToxicityPolicy.Tag, null)]
    [InlineData(ToxicityPolicy.Quarantine, "quarantined")]
    [InlineData(ToxicityPolicy.Drop, "toxic")]
    public void The_policy_says_what_becomes_of_a_document_above_the_limit(ToxicityPolicy policy, string? rule) =>
        Assert.Equal(rule, Verdict(Vile, new Toxicity { Policy = policy }).Rule);

    [Fact]
    public void A_tag_names_the_kinds_and_the_sentences()
    {
        var text = $"{Calm} {Vile}";
        var view = View(text);
        var document = ((ITagger)new Toxicity { Policy = ToxicityPolicy.Tag, MaxInsult = 0.5 }.Open()).Tag(view).On(view.Document);
        Assert.Equal("toxic,insult", document.Metadata["toxic-kinds"]);
        Assert.Equal($"{Calm.Length + 1}-{text.Length - 1}", document.Metadata["toxic-sentences"]);
        Assert.Equal(text, document.Text);
        Assert.DoesNotContain("toxic-kinds", ((ITagger)new Toxicity { Policy = ToxicityPolicy.Tag }.Open()).Tag(View(Calm)).On(View(Calm).Document).Metadata.Keys);
    }

    [Theory]
    [InlineData(ToxicityPolicy.Keep, 3)]
    [InlineData(ToxicityPolicy.Tag, 3)]
    [InlineData(ToxicityPolicy.Quarantine, 2)]
    [InlineData(ToxicityPolicy.Drop, 2)]
    public void Whatever_the_policy_a_document_is_whole_among_the_kept_or_among_the_rejects(ToxicityPolicy policy, int kept)
    {
        Document[] documents = [Numbered(1, $"{Calm} {Vile}\n\n{Calm}"), Numbered(2, Calm), Numbered(3, "1984 …")];
        using var harness = new StageHarness();
        var result = harness.Run(new FilterStage { Steps = [new ConfiguredStep("toxicity", "toxicity", new Toxicity { Policy = policy })] }, documents);
        var (documentsKept, rejects) = (harness.Documents(result).ToArray(), harness.Rejects(result).ToArray());
        Assert.Equal(kept, documentsKept.Length);
        Assert.Equal(documents.Select(d => (d.Id, d.Text)), documentsKept.Concat(rejects.Select(r => r.Document)).Select(d => (d.Id, d.Text)).OrderBy(d => d.Id, StringComparer.Ordinal));
        Assert.All(rejects, r => Assert.True(r.Rule == (policy == ToxicityPolicy.Drop ? "toxic" : "quarantined") && r.Measured > r.Limit && r.Step == "toxicity"));
        Assert.Equal(policy == ToxicityPolicy.Tag, documentsKept[0].Metadata.ContainsKey("toxic-sentences"));
    }

    [Fact]
    public void Kinds_have_limits_of_their_own()
    {
        const string swearing = "Holy shit, that was a fucking great concert.";
        Assert.True(Verdict(swearing, new Toxicity()).Kept);
        Assert.Equal("insult", Verdict(swearing, new Toxicity { MaxInsult = 0.5 }).Rule);
        Assert.Equal("quarantined-insult", Verdict(swearing, new Toxicity { MaxInsult = 0.5, Policy = ToxicityPolicy.Quarantine }).Rule);
        Assert.Equal("threat", Verdict("I will kill you and your family tonight.", new Toxicity { MaxScore = 1, MaxThreat = 0.5 }).Rule);
    }

    private static Document Numbered(int n, string text) => View(text).Document with { Id = $"{n:d64}", Locator = $"test@{n}" };

    private static double? Score(string text) => Tag(View(text).Document).Toxicity;

    private static Fields Tag(Document document)
    {
        var view = new TextView();
        view.Reset(document);
        return ((ITagger)s_opened).Tag(view);
    }

    private static Verdict Verdict(string text, Toxicity settings)
    {
        var (view, opened) = (View(text), settings.Open());
        view.Tagged(((ITagger)opened).Tag(view).On(view.Document));
        return ((IFilter)opened).Judge(view);
    }
}
