using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class LanguageTests
{
    private static readonly IStep s_opened = new Language().Open();

    [Theory]
    [InlineData("en", "The ferry left the harbour an hour late because of the fog, and nobody on board seemed to mind.")]
    [InlineData("de", "Die Fähre verließ den Hafen wegen des Nebels eine Stunde zu spät, und niemand an Bord störte sich daran.")]
    [InlineData("fr", "Le bac a quitté le port avec une heure de retard à cause du brouillard, et personne ne s'en est plaint.")]
    [InlineData("es", "El barco salió del puerto una hora tarde por culpa de la niebla. Los viajeros esperaban en la cubierta y hablaban de sus hijos.")]
    [InlineData("it", "Il traghetto ha lasciato il porto con un'ora di ritardo per la nebbia, ma nessuno si è lamentato.")]
    [InlineData("pl", "Prom wypłynął z portu godzinę później z powodu mgły, ale nikomu na pokładzie to nie przeszkadzało.")]
    [InlineData("fi", "Lautta lähti satamasta tunnin myöhässä sumun takia, eikä kukaan matkustajista valittanut siitä.")]
    [InlineData("hu", "A komp a köd miatt egy órával később indult el a kikötőből, de senki sem panaszkodott.")]
    [InlineData("tr", "Feribot sis yüzünden limandan bir saat geç ayrıldı, ama kimse bundan şikâyet etmedi.")]
    [InlineData("ru", "Паром вышел из порта на час позже из-за тумана, но никто на борту не жаловался.")]
    [InlineData("el", "Το πλοίο έφυγε από το λιμάνι με μία ώρα καθυστέρηση λόγω της ομίχλης.")]
    [InlineData("ar", "غادرت العبارة الميناء متأخرة ساعة كاملة بسبب الضباب ولم يشتك أحد من الركاب.")]
    [InlineData("ja", "霧のため、フェリーは一時間遅れて港を出ましたが、誰も文句を言いませんでした。")]
    [InlineData("zh", "因为大雾，渡轮晚了一个小时才离开港口，但是船上没有人抱怨。")]
    [InlineData("ko", "안개 때문에 배가 한 시간 늦게 항구를 떠났지만 아무도 불평하지 않았다.")]
    [InlineData("hi", "कोहरे के कारण नाव एक घंटे की देरी से बंदरगाह से निकली, लेकिन किसी ने शिकायत नहीं की।")]
    public void Knows_the_language_of_a_sentence(string language, string text)
    {
        var fields = Tag(text);
        Assert.Equal(language, fields.Language);
        Assert.InRange(fields.LanguageScore!.Value, 0.65, 1);
        Assert.Equal(language, Tag(text.ToUpperInvariant()).Language);
    }

    [Theory, InlineData(""), InlineData("\0\0"), InlineData("1984, 42 %"), InlineData("— ’ ·"), InlineData("\ud800\udc00 \udfff"), InlineData("🙂🙂")]
    public void A_text_without_letters_has_no_language(string text)
    {
        Assert.Equal(default, Tag(text));
        Assert.Equal("no-language", Judge(new Language(), View(text)).Rule);
    }

    [Theory]
    [InlineData("en", 0.9, null)]
    [InlineData("en", 0.65, null)]
    [InlineData("en", 0.649999, "language-score")]
    [InlineData("en", null, null)]
    [InlineData("de", 0.99, "language-not-kept")]
    [InlineData("nn", 0.9, null)]
    [InlineData("nb", 0.9, null)]
    [InlineData(null, null, "no-language")]
    public void Judges_by_what_the_document_says(string? language, double? score, string? rule)
    {
        var view = new TextView();
        view.Reset(View("text").Document with { Language = language, LanguageScore = score });
        Assert.Equal(rule, Judge(new Language { Keep = ["en", "no"] }, view).Rule);
    }

    [Fact]
    public void A_language_that_the_document_brought_is_not_measured_again()
    {
        var view = new TextView();
        view.Reset(View("This is plainly English prose.").Document with { Language = "de" });
        Assert.Equal(default, ((ITagger)s_opened).Tag(view));
    }

    [Fact]
    public void Scripts_may_be_mixed_and_the_larger_part_wins() =>
        Assert.Equal("ru", Tag("Паром вышел из порта на час позже, но никто на борту не жаловался. The end. Хорошо.").Language);

    [Fact]
    public void Only_the_start_of_a_long_text_is_looked_at()
    {
        var english = Repeat("The ferry left the harbour late.", 400);
        var text = string.Concat(english.AsSpan(0, Language.MaxUnits), Repeat(" туман над портом", 600_000));
        Assert.True(text.Length > 10_000_000);
        Assert.Equal(Tag(english), Tag(text));
    }

    [Fact]
    public void Surrogates_may_be_lone_anywhere() =>
        Assert.Equal("en", Tag("\udc00The ferry left\ud83d the harbour an hour late\ud800").Language);

    [Fact]
    public void Many_threads_get_the_same()
    {
        var want = Tag("Die Fähre kam zu spät.");
        Parallel.For(0, 200, _ => Assert.Equal(want, Tag("Die Fähre kam zu spät.")));
    }

    [Fact]
    public void Opens_as_tagger_and_filter_for_text_and_captions()
    {
        Assert.IsType<ITagger>(s_opened, exactMatch: false);
        Assert.IsType<IFilter>(s_opened, exactMatch: false);
        Assert.Equal(Kinds.Text | Kinds.Caption, s_opened.For);
        Assert.Equal(64, new Language().ModelDigest.Length);
    }

    private static Fields Tag(string text) => ((ITagger)s_opened).Tag(View(text));

    private static Verdict Judge(Language settings, TextView view) => ((IFilter)settings.Open()).Judge(view);
}
