using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public sealed class UrlListsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private UrlLists Lists()
    {
        Write("domains", "bad.example\nbücher.example\n");
        Write("urls", "site.example/bad/page\n");
        return new UrlLists
        {
            Domains = [_folder.FullName, Write("more.txt", "# a comment\n\n  Worse.Example  \n")],
            Urls = [_folder.FullName],
            Words = [Write("words", "wicked\n")],
            Substrings = [Write("parts", "rotten\n")],
            SoftWords = [Write("soft", "cheap\nfree\n")],
        };
    }

    [Theory]
    [InlineData("https://www.bad.example/x", "blocked-domain")]
    [InlineData("https://WORSE.example:8080/", "blocked-domain")]
    [InlineData("https://xn--bcher-kva.example/", "blocked-domain")]
    [InlineData("https://notbad.example/", null)]
    [InlineData("http://www.site.example/bad/page/?q=1", "blocked-url")]
    [InlineData("http://site.example/bad/page2", null)]
    [InlineData("https://a.example/so-wicked", "blocked-word")]
    [InlineData("https://a.example/so-wickedly", null)]
    [InlineData("https://a.example/r-o_tt.eness", "blocked-substring")]
    [InlineData("https://cheap.example/free/x", "too-many-soft-words")]
    [InlineData("https://cheap.example/x", null)]
    [InlineData("no address", "url-malformed")]
    [InlineData(null, null)]
    public void Drops_by_the_list_that_the_address_is_on(string? url, string? rule) =>
        Assert.Equal(rule, ((IFilter)Lists().Open()).Judge(View(Document("") with { Url = url })).Rule);

    [Fact]
    public void Without_lists_everything_stays() => Assert.True(((IFilter)new UrlLists().Open()).Judge(View(Document("") with { Url = "https://a.example/" })).Kept);

    [Fact]
    public void The_digest_is_that_of_what_is_in_the_files()
    {
        var before = Lists().ModelDigest;
        Assert.Equal(before, Lists().ModelDigest);
        var changed = Lists();
        Write("words", "wicked\nvile\n");
        Assert.NotEqual(before, changed.ModelDigest);
    }

    [Fact]
    public void A_file_that_is_not_there_is_the_users_mistake() =>
        Assert.Contains("cannot be read", Assert.Throws<PipelineException>(() => new UrlLists { Words = ["nowhere"] }.Open()).Message, StringComparison.Ordinal);
}
