using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class ConsentFilterTests
{
    // The evidence, and what each of the policies robots, opt-out, strict and opt-in says to it.
    public static TheoryData<string?, string?, string?, string?, string?> Judged => new()
    {
        { null, null, null, null, "no-permission" },
        { "{}", null, null, null, "no-permission" },
        { "not json", null, null, null, "no-permission" },
        { "[1]", null, null, null, "no-permission" },
        { """{"robots":{"status":200,"allowed":true,"group":"*"}}""", null, null, null, "no-permission" },
        { """{"robots":{"status":200,"allowed":false,"rule":"Disallow: /","line":2}}""", "robots", "robots", "robots", "robots" },
        // Agents that robots.txt names.
        { """{"robots-ai-agents":{"gptbot":{"allowed":false,"rule":"Disallow: /","line":5},"ccbot":{"allowed":true}}}""", null, "robots-ai-agent", "robots-ai-agent", "robots-ai-agent" },
        { """{"robots-ai-agents":{"GPTBot":{"allowed":false}}}""", null, "robots-ai-agent", "robots-ai-agent", "robots-ai-agent" },
        { """{"robots-ai-agents":{"perplexitybot":{"allowed":false}}}""", null, null, "any-ai-agent", "any-ai-agent" },
        { """{"robots-ai-agents":{"gptbot":{"allowed":true}}}""", null, null, null, "no-permission" },
        { """{"robots-ai-agents":{"*":{"allowed":false}}}""", null, null, "any-ai-agent", "any-ai-agent" },
        // Directives in headers and meta tags.
        { """{"x-robots-tag":["noai, noimageai"]}""", null, "noai", "noai", "noai" },
        { """{"x-robots-tag":["index","NoAI"]}""", null, "noai", "noai", "noai" },
        { """{"x-robots-tag":["somebot: noai"]}""", null, "noai", "noai", "noai" },
        { """{"meta-robots":"index, noai"}""", null, "noai", "noai", "noai" },
        { """{"meta-gptbot":"noai"}""", null, "noai", "noai", "noai" },
        { """{"meta-robots":"noimageai"}""", null, null, "noimageai", "noimageai" },
        { """{"x-robots-tag":["noindex"]}""", null, null, "noindex", "noindex" },
        { """{"x-robots-tag":["none"]}""", null, null, "noindex", "noindex" },
        { """{"x-robots-tag":["googlebot: noindex, nosnippet"]}""", null, null, null, "no-permission" },
        { """{"x-robots-tag":["CorpusForge: noindex"]}""", null, null, "noindex", "noindex" },
        { """{"x-robots-tag":["unavailable_after: 1 Jan 2030, nosnippet"]}""", null, null, "nosnippet", "nosnippet" },
        { """{"meta-googlebot":"noindex"}""", null, null, null, "no-permission" },
        { """{"x-robots-tag":["noairplanes"]}""", null, null, null, "no-permission" },
        // TDMRep: the later source counts, and of two values the one that reserves.
        { """{"tdmrep":{"location":"/*","tdm-reservation":1}}""", null, "tdm-reserved", "tdm-reserved", "tdm-reserved" },
        { """{"tdm-reservation":["1"]}""", null, "tdm-reserved", "tdm-reserved", "tdm-reserved" },
        { """{"meta-tdm-reservation":"1"}""", null, "tdm-reserved", "tdm-reserved", "tdm-reserved" },
        { """{"tdmrep":{"tdm-reservation":1},"tdm-reservation":["0"]}""", null, null, null, null },
        { """{"tdm-reservation":["0"],"meta-tdm-reservation":"1"}""", null, "tdm-reserved", "tdm-reserved", "tdm-reserved" },
        { """{"tdm-reservation":["1"],"meta-tdm-reservation":"0"}""", null, null, null, null },
        { """{"tdm-reservation":["0","1"]}""", null, "tdm-reserved", "tdm-reserved", "tdm-reserved" },
        { """{"tdm-reservation":["yes"]}""", null, null, null, "no-permission" },
        // AIPREF: the most restrictive counts, and the narrower category before the wider.
        { """{"content-usage":["train-ai=n"]}""", null, "ai-preference", "ai-preference", "ai-preference" },
        { """{"content-usage":["train-ai=y"]}""", null, null, null, null },
        { """{"content-usage":["train-ai=y"],"robots-content-usage":{"value":"train-ai=n","line":3}}""", null, "ai-preference", "ai-preference", "ai-preference" },
        { """{"content-usage":["train-ai=n"],"robots-content-usage":{"value":"train-ai=y","line":3}}""", null, "ai-preference", "ai-preference", "ai-preference" },
        { """{"content-usage":["bots=n, train-ai=y"]}""", null, null, null, null },
        { """{"content-usage":["bots=y, train-ai=n"]}""", null, "ai-preference", "ai-preference", "ai-preference" },
        { """{"content-usage":["bots=n"]}""", null, "ai-preference", "ai-preference", "ai-preference" },
        { """{"content-usage":["search=n"]}""", null, null, null, "no-permission" },
        { """{"content-usage":["train-ai=n;exceptions=(\"x\")"]}""", null, "ai-preference", "ai-preference", "ai-preference" },
        { """{"content-usage":["train-ai=maybe"]}""", null, null, null, "no-permission" },
        { """{"ai-txt":{"allowed":false,"line":1}}""", null, "ai-txt", "ai-txt", "ai-txt" },
        // Damage and hostility say nothing.
        { """{"robots":[],"robots-ai-agents":7,"ai-txt":null,"tdmrep":"1","content-usage":{"a":1},"x-robots-tag":[null,3],"meta-robots":{}}""", null, null, null, "no-permission" },
    };

    [Theory, MemberData(nameof(Judged))]
    public void Each_policy_names_its_rule(string? consent, string? robots, string? optOut, string? strict, string? optIn)
    {
        var view = View(Document("") with { Consent = consent });
        Assert.Equal([robots, optOut, strict, optIn], Enum.GetValues<ConsentPolicy>().Select(p => new ConsentFilter { Policy = p }.Judge(view).Rule));
    }

    [Theory]
    [InlineData("CC-BY-4.0", null)]
    [InlineData("CC0-1.0", null)]
    [InlineData("MIT OR GPL-3.0-only", null)]
    [InlineData("CC-BY-NC-4.0", "no-permission")]
    [InlineData("CC-BY-4.0 AND CC-BY-ND-4.0", "no-permission")]
    [InlineData("NOASSERTION", "no-permission")]
    [InlineData(null, "no-permission")]
    public void A_licence_permits(string? license, string? rule) =>
        Assert.Equal(rule, new ConsentFilter { Policy = ConsentPolicy.OptIn }.Judge(View(Document("") with { License = license })).Rule);

    [Fact]
    public void Noimageai_is_for_images_under_opt_out() =>
        Assert.Equal("noimageai", new ConsentFilter().Judge(View(Document("") with { Kind = Kind.Caption, Consent = """{"x-robots-tag":["noimageai"]}""" })).Rule);

    [Theory]
    [InlineData("GPTBot", null)]
    [InlineData("Amazonbot", "robots-ai-agent")]
    public void The_agents_are_a_setting(string agent, string? rule) =>
        Assert.Equal(rule, new ConsentFilter { Agents = [agent] }.Judge(View(Document("") with { Consent = """{"robots-ai-agents":{"amazonbot":{"allowed":false}}}""" })).Rule);

    [Fact]
    public void A_milder_policy_still_measures_what_a_stricter_one_would_drop()
    {
        var recorder = new SignalRecorder { Step = "consent" };
        var verdict = new ConsentFilter { Policy = ConsentPolicy.Robots }.Judge(View(Document("") with { Consent = """{"tdm-reservation":["1"]}""" }, recorder));
        Assert.True(verdict.Kept);
        Assert.Equal(1, recorder.Values["consent.tdm-reserved"]);
    }
}
