using System.Text;
using CorpusForge.Crawl;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class PageLinksTests
{
    [Theory]
    [InlineData("<a href=/a>x</a><A HREF='b?x=1&amp;y=2#f'>y</A>", "http://a.example/a http://a.example/dir/b?x=1&y=2")]
    [InlineData("<a href=a><a href=a#x><a href=b>", "http://a.example/dir/a http://a.example/dir/b")]
    [InlineData("<base href='http://b.example/z/'><base href=http://c.example><a href=a>", "http://b.example/z/a")]
    [InlineData("<a rel='nofollow ugc' href=a><a rel=NoFollow href=b><a rel=next href=c>", "http://a.example/dir/c")]
    [InlineData("<script>'<a href=a>'</script><style><a href=b></style><textarea><a href=c></textarea><!-- <a href=d> --><a href=e>", "http://a.example/dir/e")]
    [InlineData("<meta name=robots content='noindex, NoFollow'><a href=a>", "")]
    [InlineData("<meta name=corpusforge content=none><a href=a>", "")]
    [InlineData("<meta name=googlebot content=nofollow><a href=a>", "http://a.example/dir/a")]
    [InlineData("<a>no href<a href='mailto:x@y.example'><a href='", "")]
    [InlineData("", "")]
    public void Links_are_found(string html, string links) =>
        Assert.Equal(links, string.Join(' ', Read(html).Links.Select(l => l.AbsoluteUri)));

    [Fact]
    public void Robots_meta_tags_are_evidence() =>
        Assert.Equal(["noindex", "noai"], Read("<meta name=robots content=noindex><META NAME=' Robots' content=noai>").RobotsMeta);

    [Theory]
    [InlineData("<p class=a>x</p>", "<p class=b>x", true)]
    [InlineData("<p>x", "<p>y", false)]
    [InlineData("<p>x", "<b>x", false)]
    [InlineData("<x-one>x", "<x-two>x", false)]
    [InlineData("<title>x</title>", "<title>y</title>", false)]
    public void Pages_that_differ_in_attributes_alone_have_one_face(string one, string other, bool same) =>
        Assert.Equal(same, Read(one).Face == Read(other).Face);

    [Fact]
    public void Deep_nesting_costs_linear_time_and_links_are_capped()
    {
        Assert.Empty(Read(string.Concat(Enumerable.Repeat("<p><b id=x>", 100_000))).Links);
        Assert.Equal(PageLinks.MaxLinks, Read(string.Concat(Enumerable.Range(0, 10_500).Select(i => $"<a href={i}>"))).Links.Count);
    }

    private static PageLinks Read(string html) => PageLinks.Read(new Uri("http://a.example/dir/page"), Encoding.UTF8.GetBytes(html), "bogus");
}
