using System.Text;
using CorpusForge.Clean;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class RepairTextTests
{
    static Document Document(string text, Kind kind = Kind.Text) => new() { Id = "1", Kind = kind, Text = text, Source = "s", Locator = "l" };

    static (string Text, string Changes) Repair(string text, Kind kind = Kind.Text)
    {
        var changes = new Changes { Step = "repair-text" };
        var repaired = new RepairText().Apply(Document(text, kind), changes).Text;
        return (repaired, string.Join(' ', changes.Counts.Select(c => $"{c.Key["repair-text.".Length..]}={c.Value}")));
    }

    // A list and no theory data: attributes and test names cannot hold lone surrogates.
    static readonly (string Text, string Expected, string Changes)[] s_cases =
    [
        ("cafe\u0301", "caf\u00E9", "normalized=1"),
        ("a\uD800b \uDC00", "a\uFFFDb \uFFFD", "lone-surrogates=2"),
        ("a\0b\u0007c\u007Fd\u0091e", "abcde", "controls=4"),
        ("zero\u200Bwidth\uFEFF soft\u00ADhyphen", "zerowidth softhyphen", "zero-width=3"),
        ("left\u200Eright\u202Eover\u2069", "leftrightover", "bidi-controls=3"),
        ("no\u00A0break\u2003em\u3000wide", "no break em wide", "spaces=3"),
        ("one\u2028two\u2029three\vfour", "one\ntwo\nthree\nfour", "line-separators=3"),
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree\n", "line-endings=2"),
        ("one  \ntwo\t\nthree ", "one\ntwo\nthree", "trailing-spaces=3"),
        ("one\n\n\n\ntwo\n \n\t\n\nthree", "one\n\ntwo\n\nthree", "blank-lines=4 trailing-spaces=2"),
        ("a\u200D b\u200C", "a b", "zero-width=2"),
        ("\uFB01nd the o\uFB03ce", "find the office", "ligatures=2"),
        ("It\u00E2\u20AC\u2122s caf\u00C3\u00A9", "It\u2019s caf\u00E9", "mojibake=2"),
        ("\u00F0\u0178\u02DC\u20AC", "\U0001F600", "mojibake=1"),
        ("caf\u00C3\u0192\u00C2\u00A9", "caf\u00E9", "mojibake=3"),
        ("caf\u00E9 and caf\u00C3\u00A9", "caf\u00E9 and caf\u00E9", "mojibake=1"),
        ("caf\u00C3\u0192\u00C6\u2019\u00C3\u201A\u00C2\u00A9", "caf\u00E9", "mojibake=7"),
        ("AT&amp;T&#39;s &quot;x&quot;&nbsp;&hellip;", "AT&T's \"x\" \u2026", "entities=6 spaces=1"),
        ("AT&amp;amp;T &amp;lt; 3 &amp;gt; 2", "AT&T < 3 > 2", "entities=6"),
        ("caf&#xC3;&#169; &#xD800;&#0;&#x110000;", "caf\u00E9 &#xD800;&#x110000;", "controls=1 entities=3 mojibake=1"),
        ("a &lt;p> <br> &amp; b", "a &lt;p> <br> &amp; b", ""),
        ("the &#156;uvre &#151; twice", "the \u0153uvre \u2014 twice", "entities=2"),
        ("R&D; Q&A &; & &unknown; &amp", "R&D; Q&A &; & &unknown; &amp", ""),
        ("&\u200Bamp;", "&", "entities=1 zero-width=1"),
        ("Hy s\u00C3\u00AA vir \u00C3\u2030lan", "Hy s\u00EA vir \u00C9lan", "mojibake=2"),
    ];

    [Fact]
    public void Repairs_and_counts_by_name()
    {
        foreach (var (text, expected, changes) in s_cases)
            Assert.Equal((expected, changes), Repair(text));
    }

    [Fact]
    public void Clean_text_is_the_same_instance()
    {
        foreach (var text in (string[])["", "plain\n\ntext\twith tabs\n", "Größe 東京 \U0001F600", "می\u200Cخواهم", "क\u094D\u200Dष", "le passé…” — CAFÉ”", "MIKULÁŠ, KOŠÍŽ, NÃO", "2 à 3 ° », Ü–Ö", "\U0001F468\u200D\U0001F469\u200D\U0001F467 \u2764\uFE0F\u200D\U0001F525"])
        {
            var document = Document(text);
            Assert.Same(document, new RepairText().Apply(document, new Changes()));
        }
    }

    [Fact]
    public void Code_keeps_its_white_space_and_its_form()
    {
        const string code = "x = 'cafe\u0301\u200B\u00A0'  \n\n\n\n\ty\u2028";
        Assert.Equal((code, ""), Repair(code, Kind.Code));
        Assert.Equal(("ab\uFFFD", "controls=1 lone-surrogates=1"), Repair("a\u0001b\uD800", Kind.Code));
    }

    [Fact]
    public void Applying_it_twice_changes_nothing_more()
    {
        // Characters that matter here, so that they meet often.
        const string suspects = "ab \n\n\t\r\u00A0\u200B\u200C\u200D\u2028\u0301\u0327e&&amp;\u00C3\u0192\u00C2\u00A9\u201A\uD83D\uDE00\uD800\u0645\u0915\uFE0F\u2764\0\u1100\u1161\u2126\u0958";
        Gen.OneOf(Gen.Char[suspects], Gen.Char).Array[0, 60].Sample(characters =>
        {
            foreach (var kind in (Kind[])[Kind.Text, Kind.Code, Kind.Caption])
            {
                var once = new RepairText().Apply(Document(new string(characters), kind), new Changes());
                if (!ReferenceEquals(once, new RepairText().Apply(once, new Changes())) || new UTF8Encoding(false, true).GetByteCount(once.Text) < 0)
                    return false;
            }
            return true;
        }, iter: 20_000);
    }

    [Fact]
    public void Unicode_normalisation_works_here() => Assert.Equal("\u00E9", "e\u0301".Normalize(NormalizationForm.FormC));
}
