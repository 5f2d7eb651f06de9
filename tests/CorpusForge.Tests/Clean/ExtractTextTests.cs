using System.Text;
using CorpusForge.Clean;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class ExtractTextTests
{
    static Extraction Extract(byte[] bytes, string? type = "text/plain", ExtractText? step = null) =>
        (step ?? new ExtractText()).Extract(new RawDocument { Source = "files", Locator = "a.txt@0", Bytes = bytes, MediaType = type });

    static Extraction Extract(string text, string? type = "text/plain") => Extract(Encoding.UTF8.GetBytes(text), type);

    [Theory]
    [InlineData("# Head\n\n- one\n- two\n"), InlineData("{\"a\": 1}"), InlineData("Ein größerer Text")]
    public void Text_stays_as_it_is(string text) => Assert.Equal(text, Extract(text, "text/markdown").Document!.Text);

    [Fact]
    public void Lines_end_with_a_line_feed() => Assert.Equal("a\nb\nc\nd", Extract("a\r\nb\rc\fd").Document!.Text);

    [Theory]
    [InlineData("text/plain", true), InlineData("text/markdown", true), InlineData("application/xml", true), InlineData("application/atom+xml", true), InlineData(null, true)]
    [InlineData("text/html", false), InlineData("image/png", false), InlineData("application/pdf", false), InlineData("image/svg+xml", false)]
    public void Takes_text_by_its_media_type(string? type, bool takes) =>
        Assert.Equal(takes, new ExtractText().Handles(new RawDocument { Source = "s", Locator = "l", MediaType = type, Bytes = "text"u8.ToArray() }));

    [Fact]
    public void The_share_of_controls_is_that_of_its_definition()
    {
        var random = new SplitMix64(7);
        for (var length = 1; length < 300; length++)
        {
            var text = string.Create(length, random, static (span, r) =>
            {
                foreach (ref var c in span)
                    c = "\0\u0001\u001F\t\n\r\f\e\b \u007F\u0085aé\uFFFC\uFFFD\uFFFE図"[(int)r.Next(18)];
            });
            var controls = text.Sum(c => c == 0 ? 100 : c < ' ' && c is not ('\t' or '\n' or '\r' or '\f' or '\e' or '\b') || c == '\uFFFD' ? 1 : 0);
            Assert.Equal(Math.Min(1, (double)controls / length), ExtractText.ControlShare(text));
            var plain = text.Replace('\0', 'x');
            Assert.Equal((double)plain.Count(c => c is '\u0001' or '\u001F' or '\uFFFD') / length, ExtractText.ControlShare(plain));
        }
    }

    public static TheoryData<byte[], string?, string> Dropped => new()
    {
        { [], "text/plain", "no-text" },
        { " \n\t "u8.ToArray(), "text/plain", "no-text" },
        { "some text\0 with a NUL"u8.ToArray(), null, "binary" },
        { [0x7F, 0x45, 0x4C, 0x46, 1, 1, 1, 0, 0, 0, 0, 0], null, "binary" },
        { Encoding.UTF8.GetBytes(new string('a', 90) + "\u0001\u0002"), "text/plain", "binary" },
        { "no xml at all <"u8.ToArray(), "application/xml", "bad-xml" },
        { "<a></a>"u8.ToArray(), "application/xml", "no-text" },
    };

    [Theory, MemberData(nameof(Dropped))]
    public void Drops_and_names_the_rule(byte[] bytes, string? type, string rule) => Assert.Equal(rule, Extract(bytes, type).Verdict.Rule);

    [Theory, InlineData(5, true), InlineData(4, false)]
    public void A_text_exactly_on_the_limit_stays(int maxBytes, bool kept)
    {
        var extraction = Extract("12345"u8.ToArray(), step: new ExtractText { MaxBytes = maxBytes });
        Assert.Equal((kept, kept ? null : "text-too-large"), (extraction.Document is not null, extraction.Verdict.Rule));
    }

    [Fact]
    public void A_documentation_file_becomes_names_and_prose()
    {
        const string xml = """
            <?xml version="1.0"?>
            <doc>
              <assembly><name>Mill</name></assembly>
              <members>
                <member name="M:Mill.Wheel.Turn(System.Int32)">
                  <summary>
                    Turns the <see cref="T:Mill.Wheel"/> by
                    <paramref name="steps"/> steps, or <see langword="null"/>.
                  </summary>
                  <param name="steps">How far.</param>
                </member>
                <member name="T:Mill.Stone"><summary>Grinds.</summary></member>
              </members>
            </doc>
            """;
        Assert.Equal(
            "Mill\n\nMill.Wheel.Turn(System.Int32)\nTurns the Mill.Wheel by steps steps, or null.\nsteps: How far.\n\nMill.Stone\nGrinds.",
            Extract(xml, "application/xml").Document!.Text);
    }

    [Fact]
    public void Other_xml_becomes_its_text_and_one_that_is_cut_off_what_was_read() =>
        Assert.Equal("One two\nthree", Extract("<r><p>One <b>two</b></p><p>three</p><p", "text/xml").Document!.Text);

    [Fact]
    public void Entities_of_a_document_type_are_not_expanded()
    {
        var bomb = "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><r><p>x</p>&b;</r>";
        Assert.Equal("x", Extract(bomb, "text/xml").Document!.Text);
    }
}
