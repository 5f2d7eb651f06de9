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
    [InlineData("+5 + x", "+5|+|x")]
    [InlineData(" \u00a0\n\t\x1c", "")]
    [InlineData("", "")]
    public void Cuts_as_the_english_rules_do(string text, string tokens) => Assert.Equal(tokens, string.Join('|', Cut(text)));

    [Theory, InlineData("\ud800"), InlineData("\udc00."), InlineData("a\ud83d"), InlineData("\0\0"), InlineData("…………"), InlineData("''''''"), InlineData("$$$US$")]
    public void Nothing_hostile_is_lost_or_thrown_at(string text) => Assert.Equal(text, string.Concat(Cut(text)));

    [Fact]
    public void A_long_run_takes_no_longer_than_its_length()
    {
        Assert.Equal(100_000, Cut(new string('(', 100_000)).Length);
        Assert.Single(Cut(new string('a', 100_000) + ".b"));
    }
}
