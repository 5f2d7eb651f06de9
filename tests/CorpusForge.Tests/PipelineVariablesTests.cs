using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests;

public sealed class PipelineVariablesTests
{
    [Theory]
    [InlineData("plain-secret-1")]
    [InlineData("quo\"ted\\pa/th-2")]
    [InlineData("<angle>&'amp-3")]
    [InlineData("plain-secret-1-and-more")]
    public void A_secret_is_redacted_in_every_spelling_that_is_written(string secret)
    {
        const string Name = "CORPUSFORGE_TEST_SECRET";
        Environment.SetEnvironmentVariable(Name, secret);
        var pipeline = PipelineFile.Parse(
            $"name: a\nsources: [crawl: {{ seeds: ['http://a.example/'], userAgentContact: '${{env:{Name}}}' }}]\nstages: [clean]", "a.yaml",
            new Settings.Catalogue(Sources.Catalogue, Stages.Catalogue, Steps.Catalogue));
        Assert.Equal(secret, ((CorpusForge.Crawl.CrawlSource)pipeline.Sources[0].Source).UserAgentContact);
        var json = PipelineFile.Describe(pipeline).ToJsonString(Manifest.Indented);
        var inner = System.Text.Json.JsonSerializer.Serialize(json, Manifest.Indented);
        foreach (var text in (string[])[secret, json, inner, System.Net.WebUtility.HtmlEncode(secret), System.Net.WebUtility.HtmlEncode(json)])
        {
            var redacted = PipelineVariables.Redact(text);
            Assert.Contains("***", redacted);
            Assert.DoesNotContain("secret", redacted);
            Assert.DoesNotContain("more", redacted);
            Assert.DoesNotContain("ted", redacted);
            Assert.DoesNotContain("amp-3", redacted);
        }
    }
}
