using CorpusForge.Clean;
using CorpusForge.Clean.Pii;
using CorpusForge.Filter;
using CorpusForge.Tests.Clean.Pii;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class RedactPiiTests
{
    private static readonly RedactPii s_fakes = new()
    {
        Emails = PiiPolicy.Fake,
        Phones = PiiPolicy.Fake,
        IpAddresses = PiiPolicy.Fake,
        Ibans = PiiPolicy.Fake,
        Cards = PiiPolicy.Fake,
        NationalIds = PiiPolicy.Fake,
        PostalAddresses = PiiPolicy.Fake,
        Wallets = PiiPolicy.Fake,
        Keys = PiiPolicy.Fake,
    };

    private static Document Apply(string text, RedactPii? step = null, Changes? changes = null) =>
        (step ?? new RedactPii()).Apply(new Document { Id = "1", Kind = Kind.Text, Text = text, Source = "s", Locator = "l" }, changes ?? new Changes());

    private static string Redact(string text, RedactPii? step = null) => Apply(text, step).Text;

    [Theory]
    [InlineData("Write to ann.lee+x@mill.co.uk.", "Write to <EMAIL>.")]
    [InlineData("Call +49 89 2180 1234 now", "Call <PHONE> now")]
    [InlineData("From 81.2.69.142, twice", "From <IP_ADDRESS>, twice")]
    [InlineData("Pay DE89 3704 0044 0532 0130 00, please", "Pay <IBAN>, please")]
    [InlineData("Card 4111-1111-1111-1111!", "Card <CARD>!")]
    [InlineData("SSN 219-09-9999.", "SSN <NATIONAL_ID>.")]
    [InlineData("At 12 Maple Street, Dayton, OH 45402.", "At <POSTAL_ADDRESS>.")]
    [InlineData("To 1BoatSLRHtKNngkdXEeobR76b53LETtpyT.", "To <WALLET>.")]
    [InlineData("Use ghp_16C7e42F292c6912E7710c838347Ae178B4a.", "Use <KEY>.")]
    public void Masks_each_type_by_its_name(string text, string expected) => Assert.Equal(expected, Redact(text));

    [Theory]
    [InlineData("Write to ann.lee@mill.co.uk.", "^Write to user-[0-9a-f]{8}@example\\.com\\.$")]
    [InlineData("From 81.2.69.142, twice", @"^From (192\.0\.2|198\.51\.100|203\.0\.113)\.\d+, twice$")]
    [InlineData("From 2a00:1450:4001::200e now", @"^From 2001:db8::[0-9a-f]+:[0-9a-f]+ now$")]
    [InlineData("Call (415) 861-2345 now", @"^Call \(415\) 555-01\d\d now$")]
    [InlineData("Call +1 415 861 2345 now", @"^Call \+1 415 555 01\d\d now$")]
    [InlineData("Call +34 612 345 678 now", @"^Call \+34 000 \d{3} \d{3} now$")]
    [InlineData("Pay DE89 3704 0044 0532 0130 00, please", @"^Pay DE00 \d{4} \d{4} \d{4} \d{4} \d\d, please$")]
    [InlineData("Card 4111-1111-1111-1111!", @"^Card 0\d{3}-\d{4}-\d{4}-\d{4}!$")]
    [InlineData("SSN 219-09-9999.", @"^SSN \d{3}-\d\d-\d{4}\.$")]
    [InlineData("Use ghp_16C7e42F292c6912E7710c838347Ae178B4a.", "^Use ghp_[A-Za-z0-9]{29}EXAMPLE\\.$")]
    public void Fakes_have_the_form_of_what_they_stand_for(string text, string pattern)
    {
        var fake = Redact(text, s_fakes);
        Assert.Matches(pattern, fake);
        Assert.NotEqual(text, fake);
        Assert.Equal(fake, Redact(fake, s_fakes));
        Assert.NotEqual(fake, Redact(text, s_fakes with { FakeKey = "another" }));
    }

    [Fact]
    public void Wide_digits_and_signs_are_read_as_narrow_ones()
    {
        Assert.Equal("TEL：<PHONE>、<EMAIL> へ。", Redact("TEL：０６－６２０８－８１８１、info＠kaze.jp へ。", new RedactPii()));
        Assert.Equal("هاتف <PHONE> و ١٢ كتاب", Redact("هاتف ٠٢ ٢٣٤٤ ٧٢١٩ و ١٢ كتاب"));
        Assert.Equal("ফোন <PHONE>", Redact("ফোন ০১৭১২-৪৪৭২১৯"));
        var fake = Redact("TEL：０６－６２０８－８１８１、info＠kaze.jp へ。", s_fakes);
        Assert.DoesNotContain("６２０８", fake);
        Assert.DoesNotContain("6208", fake);
        Assert.DoesNotContain("kaze", fake);
        Assert.Equal("１０個、全部で１２０円＠店", Redact("１０個、全部で１２０円＠店", new RedactPii()));
    }

    [Fact]
    public void The_same_value_becomes_the_same_fake_in_any_writing_and_place()
    {
        var fakes = Redact("ann@mill.com ANN@mill.com bob@mill.com", s_fakes).Split(' ');
        Assert.Equal(fakes[0], fakes[1]);
        Assert.NotEqual(fakes[0], fakes[2]);
        Assert.Equal(Redact("81.2.69.142", s_fakes), Redact("x 81.2.69.142 y", s_fakes).Trim('x', 'y', ' '));
    }

    [Fact]
    public void Records_types_counts_and_places_and_never_content()
    {
        var changes = new Changes { Step = "redact-pii" };
        var document = Apply("a@mill.com b@mill.com 81.2.69.142", new RedactPii { Spans = true }, changes);
        Assert.Equal([("redact-pii.emails", 2L), ("redact-pii.ip-addresses", 1L)], changes.Counts.Select(c => (c.Key, c.Value)));
        Assert.Equal("email:2 ip-address:1", document.Metadata["redacted"]);
        Assert.Equal("email@0+7 email@8+7 ip-address@16+12", document.Metadata["redacted-spans"]);
        Assert.DoesNotContain("redacted-spans", Apply("a@mill.com").Metadata.Keys);
    }

    [Fact]
    public void Each_type_can_be_kept()
    {
        const string text = "a@mill.com 81.2.69.142";
        Assert.Equal("a@mill.com <IP_ADDRESS>", Redact(text, new RedactPii { Emails = PiiPolicy.Keep }));
        Assert.Equal("<EMAIL> 81.2.69.142", Redact(text, new RedactPii { IpAddresses = PiiPolicy.Keep }));
    }

    [Fact]
    public void A_document_is_dropped_by_the_type_that_says_so_and_its_text_is_masked_all_the_same()
    {
        var step = new RedactPii { Cards = PiiPolicy.Drop };
        var document = Apply("Card 4111 1111 1111 1111 of a@mill.com", step);
        Assert.Equal("Card <CARD> of <EMAIL>", document.Text);
        var view = new TextView();
        view.Reset(document);
        var verdict = step.Judge(view);
        Assert.Equal(("card", 1.0, 0.0), (verdict.Rule, verdict.Measured, verdict.Limit));
        view.Reset(Apply("a@mill.com", step));
        Assert.True(step.Judge(view).Kept);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Applying_it_twice_changes_nothing_more(bool fakes) =>
        Gen.Char["ab.@1290-_+ \n\uD800m:/x(4"].Array[0, 80].Sample(c =>
        {
            var once = Redact(new string(c), fakes ? s_fakes : null);
            Assert.Equal(once, Redact(once, fakes ? s_fakes : null));
        }, iter: 20_000);

    [Fact]
    public void Fakes_of_made_up_people_belong_to_nobody()
    {
        foreach (var sentence in PiiSentences.Make(reported: false, rounds: 10, seed: 4))
        {
            var fake = Redact(sentence.Text, s_fakes);
            Assert.Equal(fake, Redact(fake, s_fakes));
            Assert.All(sentence.Planted, p => Assert.True(!fake.Contains(p.Value, StringComparison.Ordinal) || p.Value.EndsWith("@example.com", StringComparison.Ordinal) || p.Value.StartsWith("07700 900", StringComparison.Ordinal), $"{p.Value} in {fake}"));
        }
    }

    [Theory]
    [InlineData("https://mill.de/kontakt", null, "030 901820", true)]
    [InlineData("https://mill.fr/contact", null, "030 901820", false)]
    [InlineData(null, "de", "030 901820", true)]
    [InlineData("https://mill.com/", "fr", "030 901820", false)]
    [InlineData("https://mill.es/", null, "91 523 45 67", true)]
    [InlineData("https://mill.au/", null, "91 523 45 67", false)]
    public void Numbers_without_a_prefix_belong_to_the_country_of_the_document(string? url, string? language, string number, bool found)
    {
        var document = new Document { Id = "1", Kind = Kind.Text, Text = $"Büro {number} Mill", Source = "s", Locator = "l", Url = url, Language = language };
        Assert.Equal(found, new RedactPii().Apply(document, new Changes()).Text.Contains("<PHONE>", StringComparison.Ordinal));
    }

    [Fact]
    public void Text_without_personal_data_is_the_same_instance()
    {
        const string text = "In 1969 two people walked 250 m on the Moon; 600 million watched.";
        Assert.Same(text, Redact(text));
    }
}
