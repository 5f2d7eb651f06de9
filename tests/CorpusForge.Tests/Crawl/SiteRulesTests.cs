using System.Text;
using CorpusForge.Crawl;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class SiteRulesTests
{
    [Theory]
    [InlineData("User-agent: *\nAllow: /", """{"robots":{"status":200,"allowed":true,"group":"*","rule":"Allow: /","line":2}}""")]
    [InlineData("User-agent: GPTBot\nDisallow: /", """{"robots":{"status":200,"allowed":true},"robots-ai-agents":{"gptbot":{"allowed":false,"group":"gptbot","rule":"Disallow: /","line":2}}}""")]
    [InlineData("User-agent: SomeBot\nDisallow: /", """{"robots":{"status":200,"allowed":true}}""")]
    public void The_evidence_names_those_that_the_file_names(string robots, string evidence) =>
        Assert.Equal(evidence, new SiteRules(null, 200, Encoding.UTF8.GetBytes(robots)).EvidenceFor("/a").ToJsonString());
}
