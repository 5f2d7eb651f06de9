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

    private const string English = "The ferry left the harbour an hour late because of the fog, and nobody on board seemed to mind it very much.";
    private const string French = "Le bac a quitté le port avec une heure de retard à cause du brouillard, mais personne à bord ne s'en est plaint.";
    private const string German = "Die Fähre verließ den Hafen wegen des Nebels eine Stunde zu spät, und niemand an Bord störte sich daran.";

    [Fact]
    public void Paragraphs_in_two_languages_share_the_document()
    {
        var fields = Tag(Paragraphs(English, 8) + Paragraphs(French, 2));
        Assert.Equal("en", fields.Language);
        Assert.Equal("en:0.79 fr:0.21", fields.Metadata!["languages"]);
        Assert.True(fields.LanguageScore > 0.9);
    }

    [Fact]
    public void The_language_of_most_paragraphs_is_the_documents()
    {
        var fields = Tag(Paragraphs(English, 3) + Paragraphs(German, 1) + Paragraphs(French, 1));
        Assert.Equal("en", fields.Language);
        Assert.StartsWith("en:0.6", fields.Metadata!["languages"]);
    }

    [Fact]
    public void A_document_in_one_language_has_no_shares()
    {
        Assert.Null(Tag(Paragraphs(English, 10)).Metadata);
        Assert.Null(Tag(Paragraphs(English, 40) + Paragraphs(French, 1)).Metadata);
        Assert.Null(Tag("Fin.").Metadata);
    }

    [Fact]
    public void A_single_paragraph_has_shares_too()
    {
        var fields = Tag(Repeat(English + " ", 40) + Repeat(French + " ", 40));
        Assert.Matches("^(en|fr):0\\.[45]\\d (en|fr):0\\.[45]\\d$", fields.Metadata!["languages"]);
    }

    // Ten million characters, a third of them French at the end: windows are spread over all of it.
    [Theory, InlineData("\n"), InlineData(" "), InlineData("")]
    public void A_long_text_is_read_from_its_start_to_its_end(string between)
    {
        var text = Repeat(English + between, 60_000) + Repeat(French + between, 30_000);
        Assert.True(text.Length > 9_000_000);
        var fields = Tag(text);
        Assert.Equal("en", fields.Language);
        Assert.Matches("^en:0\\.6\\d fr:0\\.3\\d$", fields.Metadata!["languages"]);
    }

    [Theory, InlineData(65_535), InlineData(65_536), InlineData(65_537), InlineData(66_000), InlineData(1_000_003)]
    public void Every_length_is_read(int length)
    {
        Assert.Equal("de", Tag(Repeat(German + "\n", length / German.Length + 1)[..length]).Language);
        Assert.Equal(default, Tag(new string('7', length)));
        Assert.NotNull(Tag(new string('a', length)).Language);
    }

    [Theory]
    [InlineData("en:0.79 fr:0.21", 0.79, null)]
    [InlineData("en:0.79 fr:0.21", 0.8, "language-share")]
    [InlineData(null, 1.0, null)]
    public void A_mixed_document_is_dropped_below_the_share_asked_for(string? shares, double minShare, string? rule)
    {
        var view = new TextView();
        var document = View("text").Document with { Language = "en", LanguageScore = 0.9 };
        view.Reset(shares is null ? document : document with { Metadata = document.Metadata.SetItem("languages", shares) });
        Assert.Equal(rule, Judge(new Language { MinShare = minShare }, view).Rule);
    }

    [Fact]
    public void A_document_in_one_language_allocates_nothing()
    {
        var tagger = (ITagger)s_opened;
        TextView[] views = [View(English), View(Paragraphs(German, 30)), View(Repeat(English + "\n", 2_000))];
        foreach (var view in views)
            tagger.Tag(view);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++)
                tagger.Tag(views[i % 3]);
        }));
    }

    [Theory]
    [InlineData("hr", "Tijekom prošloga tjedna u cijeloj je zemlji kišilo, a u kolovozu su vlakovi na kolodvoru kasnili. Povijest glazbe i kazališta zanimala je tisuće ljudi.")]
    [InlineData("bs", "Uprkos historijskim razlikama, u avgustu je hiljadu ljudi sa porodicama čekalo voz na stanici u Sarajevu, a sahat je otkucavao.")]
    [InlineData("nn", "Eg veit ikkje kva dei vil seia med dette, men me kjem heim att i kveld når fjorden ligg still og ingen lenger ventar på båten.")]
    [InlineData("no", "Jeg vet ikke hva de vil si med dette, men vi kommer hjem igjen i kveld når fjorden ligger stille og ingen lenger venter på båten.")]
    [InlineData("id", "Karena uang tunai sulit didapat, mobil itu akhirnya dijual di kantor polisi dan mereka bisa pulang naik kereta api bersama karyawan.")]
    [InlineData("ms", "Kerana wang tunai sukar diperoleh, kereta itu akhirnya dijual di balai polis dan mereka boleh pulang menaiki bas bersama kakitangan syarikat.")]
    [InlineData("cs", "Přestože pršelo celý týden, vlaky jezdily včas a lidé na nádraží čekali, až přijede ředitel.")]
    [InlineData("sk", "Hoci pršalo celý týždeň, vlaky chodili načas a ľudia na stanici čakali, kým príde riaditeľ.")]
    [InlineData("uk", "Пором вийшов із гавані на годину пізніше через туман, але ніхто на борту не скаржився.")]
    [InlineData("pt", "A barca saiu do porto com uma hora de atraso por causa do nevoeiro, mas ninguém a bordo se queixou.")]
    public void Close_languages_are_told_apart_in_a_sentence(string language, string text) => Assert.Equal(language, Tag(text).Language);

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

    private static string Paragraphs(string text, int times) => Repeat(text + "\n\n", times);

    private static Fields Tag(string text) => ((ITagger)s_opened).Tag(View(text));

    private static Verdict Judge(Language settings, TextView view) => ((IFilter)settings.Open()).Judge(view);
}
