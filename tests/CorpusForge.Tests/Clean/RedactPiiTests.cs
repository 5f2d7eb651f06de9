using CorpusForge.Clean;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class RedactPiiTests
{
    static string Redact(string text, RedactPii? step = null, Changes? changes = null) =>
        (step ?? new RedactPii()).Apply(new Document { Id = "1", Kind = Kind.Text, Text = text, Source = "s", Locator = "l" }, changes ?? new Changes()).Text;

    [Theory]
    [InlineData("Write to ann.lee+x@mill.co.uk.", "Write to email@example.com.")]
    [InlineData("<a_b@mail.de>,c@d.fr", "<email@example.com>,email@example.com")]
    [InlineData("mailto:Ann@Mill.COM?subject=x", "mailto:email@example.com?subject=x")]
    [InlineData("...ann@mill.com...", "...email@example.com...")]
    public void Replaces_email_addresses(string text, string expected) => Assert.Equal(expected, Redact(text));

    [Theory]
    [InlineData("@ann and ann@ and a@b and @"), InlineData("user@example.org"), InlineData("x@sub.example.com"), InlineData("root@localhost")]
    [InlineData("git@github.com:ann/mill.git"), InlineData("icon@2x.png"), InlineData("npm i mill@1.2.3"), InlineData("a@b..com"), InlineData("a@.com"), InlineData("a@-b.com")]
    public void Leaves_what_is_no_address(string text) => Assert.Same(text, Redact(text));

    [Theory]
    [InlineData("8.8.34.8"), InlineData("Seen from 81.2.69.142, twice"), InlineData("http://81.2.69.142:8080/"), InlineData("81.2.69.142/24"), InlineData("(81.2.69.142).")]
    public void Replaces_public_addresses(string text)
    {
        var redacted = Redact(text);
        Assert.NotEqual(text, redacted);
        Assert.Matches(@"(192\.0\.2|198\.51\.100|203\.0\.113)\.[12]", redacted);
    }

    [Theory]
    [InlineData("10.20.30.40"), InlineData("192.168.17.1"), InlineData("127.0.0.1"), InlineData("172.16.31.5"), InlineData("100.64.1.99"), InlineData("169.254.12.13"), InlineData("224.0.0.251"), InlineData("255.255.255.255")]
    [InlineData("192.0.2.77"), InlineData("198.51.100.1"), InlineData("203.0.113.9"), InlineData("0.0.0.0")]
    [InlineData("1.2.3.4"), InlineData("v11.22.33.44"), InlineData("version 11.22.33.44"), InlineData("11.22.33.0"), InlineData("11.22.33.44-beta"), InlineData("11.22.33.44.55"), InlineData("01.02.2003.04"), InlineData("11.22.33.044")]
    [InlineData("256.22.33.44"), InlineData("11.22.33"), InlineData("11.22.33.4444"), InlineData("11..22.33"), InlineData("1.5 and 2.5"), InlineData("11.22.33."), InlineData("x11.22.33.44"), InlineData("11.22.33.44x")]
    public void Leaves_private_and_documentation_addresses_and_versions(string text) => Assert.Same(text, Redact(text));

    [Fact]
    public void The_same_address_becomes_the_same_one_and_all_six_are_used()
    {
        Assert.Equal(Redact("81.2.69.142"), Redact("x 81.2.69.142 y").Trim('x', 'y', ' '));
        Assert.Equal(6, Enumerable.Range(11, 200).Select(i => Redact($"81.2.69.{i}")).Distinct().Count());
    }

    [Fact]
    public void Counts_by_type()
    {
        var changes = new Changes { Step = "redact-pii" };
        Redact("a@mill.com b@mill.com 81.2.69.142", changes: changes);
        Assert.Equal([("redact-pii.emails", 2L), ("redact-pii.ip-addresses", 1L)], changes.Counts.Select(c => (c.Key, c.Value)));
    }

    [Fact]
    public void Each_type_can_be_switched_off()
    {
        const string text = "a@mill.com 81.2.69.142";
        Assert.Contains("a@mill.com", Redact(text, new RedactPii { Emails = false }));
        Assert.Contains("81.2.69.142", Redact(text, new RedactPii { IpAddresses = false }));
    }

    [Fact]
    public void Applying_it_twice_changes_nothing_more() =>
        Gen.Char["ab.@1290-_+ \n\uD800m:/"].Array[0, 80].Sample(c =>
        {
            var once = Redact(new string(c));
            return ReferenceEquals(once, Redact(once));
        }, iter: 50_000);

    [Theory, InlineData('@'), InlineData('.'), InlineData('1'), InlineData('a')]
    public void Long_runs_take_linear_time(char c) => Assert.Equal(2_000_001, Redact(new string(c, 2_000_000) + "@").Length);
}
