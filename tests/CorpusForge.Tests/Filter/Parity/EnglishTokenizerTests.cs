using CorpusForge.Filter.Parity;
using Xunit;

namespace CorpusForge.Tests.Filter.Parity;

public class EnglishTokenizerTests
{
    private static string[] Cut(string text)
    {
        var tokens = new List<Span>();
        new EnglishTokenizer().Cut(text, tokens);
        return [.. tokens.Select(t => text.Substring(t.Start, t.Length))];
    }

    [Theory]
    [InlineData("The miller, an old man, slept.", "The|miller|,|an|old|man|,|slept|.")]
    [InlineData("(“Wait!”)", "(|“|Wait|!|”|)")]
    [InlineData("don't can’t I'm they'd've cannot", "do|n't|ca|n’t|I|'m|they|'d|'ve|can|not")]
    [InlineData("well shell its", "well|shell|its")]
    [InlineData("the miller's mill", "the|miller|'s|mill")]
    [InlineData("Mr. Grey, Ph.D., met J. Brown in the U.S. army.", "Mr.|Grey|,|Ph.D.|,|met|J.|Brown|in|the|U.S.|army|.")]
    [InlineData("the NATO. at 10am or 5km for $3.50 (12%)", "the|NATO|.|at|10|am|or|5|km|for|$|3.50|(|12|%|)")]
    [InlineData("a well-known a--b 3-4 x,y 1,000", "a|well|-|known|a|--|b|3|-|4|x|,|y|1,000")]
    [InlineData("and/or he/she 7/8 key=value", "and/or|he|/|she|7/8|key|=|value")]
    [InlineData("wait...what... …and", "wait|...|what|...|…|and")]
    [InlineData("end.Next end.next", "end|.|Next|end.next")]
    [InlineData("see https://a-b.example.org/x-y?z=1, or me@host-one.example.org.", "see|https://a-b.example.org/x-y?z=1|,|or|me@host-one.example.org|.")]
    [InlineData("hot 😀😀 sun☀", "hot|😀|😀|sun|☀")]
    [InlineData("(see above): fine :-) or :)", "(|see|above|):|fine|:-)|or|:)")]
    [InlineData("(aged 8) ok", "(|aged|8)|ok")]
    // A quotation mark before a bracket is no face; the newer faces are.
    [InlineData("(he said \"so\") :-D =] =[", "(|he|said|\"|so|\"|)|:-D|=]|=[")]
    // What the rules cut of the table is put together again: abbreviations, two quotation marks, a time.
    [InlineData("mid-Oct. x-and/or ''so'' 9-10a.m.", "mid|-|Oct.|x|-|and/or|''|so|''|9|-|10|a.m.")]
    // Of faces that overlap the longest wins; with a space between them they stay apart, and keep their tokens from others.
    [InlineData("(:-))) ok", "(|:-)))|ok")]
    [InlineData("a ((:y b", "a|(|(:|y|b")]
    [InlineData("a : ((:y b", "a|:|(|(|:|y|b")]
    // Infixes that touch are tokens each, but the first at the beginning of a word is part of it.
    [InlineData("sun☀☀sea wait...…what", "sun|☀|☀|sea|wait|...|…|what")]
    // Symbols that came after Unicode 11 are letters like any other to the rules.
    [InlineData("a🥲b 🥲🥲 a🎈b", "a🥲b|🥲🥲|a|🎈|b")]
    [InlineData("カナ-かな አማ-ርኛ Њива-Ѕ ёж-ёж ϊϋ-ΰ", "カナ|-|かな|አማ|-|ርኛ|Њива|-|Ѕ|ёж|-|ёж|ϊϋ-ΰ")]
    [InlineData("5كم 5тб 20°C. 20°c. 3m", "5|كم|5тб|20|°|C|.|20|°|c|.|3|m")]
    // Addresses: private ones are none, and then the rest is cut; a name may end in any letters of lower case.
    [InlineData("8.8.8.8:53/x 10.0.0.1:80/x 300.1.1.1:80/x", "8.8.8.8:53/x|10.0.0.1:80|/|x|300.1.1.1:80|/|x")]
    [InlineData("mill.рф/a-b mill.中国/a-b mill.COM/a-b", "mill.рф/a-b|mill.中国/a-b|mill|.|COM|/|a|-|b")]
    [InlineData("\u2329x\u232a ⟦x⟧", "\u2329|x|\u232a|⟦|x|⟧")]
    [InlineData("+5 + x", "+5|+|x")]
    [InlineData(" \u00a0\n\t\x1c", "")]
    [InlineData("", "")]
    public void Cuts_as_the_english_rules_do(string text, string tokens) => Assert.Equal(tokens, string.Join('|', Cut(text)));

    [Theory, InlineData("\ud800"), InlineData("\udc00."), InlineData("a\ud83d"), InlineData("\0\0"), InlineData("…………"), InlineData("''''''"), InlineData("$$$US$")]
    public void Nothing_hostile_is_lost_or_thrown_at(string text) => Assert.Equal(text, string.Concat(Cut(text)));

    [Fact]
    public void Workers_do_not_share_what_they_write()
    {
        const string Text = "mid-Oct. (:-))) ''so'' 9-10a.m. ";
        var alone = Cut(Text);
        Parallel.For(0, 2_000, _ => Assert.Equal(alone, Cut(Text)));
    }

    [Fact]
    public void A_long_run_takes_no_longer_than_its_length()
    {
        Assert.Equal(100_000, Cut(new string('(', 100_000)).Length);
        Assert.Single(Cut(new string('a', 100_000) + ".b"));
        // The last hyphen has no letter behind it and stays.
        Assert.Equal(49_999, Cut(string.Concat(Enumerable.Repeat("mid-", 12_500)) + string.Concat(Enumerable.Repeat(" : (", 12_500))).Length);
    }
}
