using CorpusForge.Deduplicate;
using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Deduplicate;

public sealed class ExclusionListTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    private static readonly string s_id = Document.IdOf("https://a.example/1", "x"u8);

    public static TheoryData<string, string?> Lines => new()
    {
        { "", null },
        { "# nothing yet\n\n  \r\n", null },
        { $"id:{s_id}", "excluded-id" },
        { $"id: {s_id.ToUpperInvariant()}\r\n", "excluded-id" },
        { "id:" + new string('0', 64), null },
        { "url:https://www.A.example:443/page?x=1#part", "excluded-url" },
        { "url:https://www.a.example/page?x=1   # asked for on paper", "excluded-url" },
        { "url:https://www.a.example/page", null },
        { "domain:a.example", "excluded-domain" },
        { "domain:WWW.a.example.", "excluded-domain" },
        { "domain:b.a.example", null },
        { "domain:.example", "excluded-domain" },
        { "url:https://copy.example/", "excluded-url" },
        { "domain:copy.example", "excluded-domain" },
        { $"sha256:{ExclusionList.ContentHash("the text")}", "excluded-content" },
        { $"sha256:{ExclusionList.ContentHash("the text ")}", null },
        { $"domain:else.example\nsha256:{ExclusionList.ContentHash("the text")}\n", "excluded-content" },
    };

    [Theory, MemberData(nameof(Lines))]
    public void A_document_is_left_out_by_what_its_line_names(string lines, string? rule)
    {
        File.WriteAllText(_file, lines);
        var document = new Document
        {
            Id = s_id,
            Kind = Kind.Text,
            Text = "the text",
            Source = "s",
            Locator = "l",
            Url = "https://www.a.example/page?x=1",
            Metadata = Document.NoMetadata.Add(DuplicateUrls.Key, """["not a url","https://copy.example",null]"""),
        };
        var view = new TextView();
        view.Reset(document);
        Assert.Equal(rule, ((IFilter)new Exclude { From = _file }.Open()).Judge(view).Rule);
    }

    [Theory]
    [InlineData("example.org"), InlineData("id:123"), InlineData("sha256:zz"), InlineData("domain:"), InlineData("domain:a b"), InlineData("url:"), InlineData("domain:a.example/path")]
    public void Every_line_that_is_no_entry_is_named(string line)
    {
        File.WriteAllText(_file, $"# list\n{line}\n\n{line}\n");
        var error = Assert.Throws<PipelineException>(() => ExclusionList.Open(_file));
        Assert.Equal([2, 4], error.Problems.Select(p => int.Parse(p[_file.Length..].Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void The_digest_is_that_of_the_file_and_a_missing_file_is_a_mistake()
    {
        File.WriteAllText(_file, "domain:a.example\n");
        var before = new Exclude { From = _file }.ModelDigest;
        File.AppendAllText(_file, "domain:b.example\n");
        Assert.NotEqual(before, new Exclude { From = _file }.ModelDigest);
        Assert.Contains("cannot be read", Assert.Throws<PipelineException>(() => ExclusionList.Open(_file + ".missing")).Message);
    }

    public void Dispose() => File.Delete(_file);
}
