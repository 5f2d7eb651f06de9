using System.IO.Compression;
using System.Text;
using CorpusForge.Crawl;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class SitemapTests
{
    public static TheoryData<string, string, string> Lists => new()
    {
        { "", "", "" },
        { "<urlset><url><loc>/a</loc><image:image xmlns:image='i'><image:loc>/i.png</image:loc></image:image></url></urlset>", "/a", "" },
        { "\uFEFF<?xml version='1.0'?>\n<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc><![CDATA[ /a?b&c ]]></loc></url><url><loc>/b&amp;c</loc></url></urlset>", "/a?b&c /b&c", "" },
        { "<sitemapindex><sitemap><loc>/s.xml</loc></sitemap></sitemapindex>", "", "/s.xml" },
        { "<rss version='2.0'><channel><link>/home</link><item><link>/1</link><guid>g</guid></item></channel></rss>", "/1", "" },
        { "<rdf:RDF xmlns:rdf='r'><item><link>/1</link></item></rdf:RDF>", "/1", "" },
        { "<feed xmlns='http://www.w3.org/2005/Atom'><link href='/self'/><entry><link rel='alternate' href='/1'/><link rel='edit' href='/2'/></entry></feed>", "/1", "" },
        { "http://a.example/1\r\n\nhttps://a.example/2\nnot one\n", "http://a.example/1 https://a.example/2", "" },
        // What comes before damage counts; nothing is fetched or expanded.
        { "<urlset><url><loc>/a</loc></url><url><loc>/b", "/a /b", "" },
        { "<urlset><url><loc>/a</loc></url></wrong>", "/a", "" },
        { "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>/a</loc></url><url><loc>&e;</loc></url></urlset>", "/a", "" },
        { "<html><body><p>Not found", "", "" },
        { "\0\0\0", "", "" },
    };

    [Theory, MemberData(nameof(Lists))]
    public void Pages_and_further_sitemaps_are_listed(string text, string pages, string sitemaps)
    {
        foreach (var bytes in (byte[][])[Encoding.UTF8.GetBytes(text), Gzip(Encoding.UTF8.GetBytes(text))])
        {
            var list = Sitemap.Read(bytes);
            Assert.Equal((pages, sitemaps), (string.Join(' ', list.Pages), string.Join(' ', list.Sitemaps)));
        }
    }

    [Fact]
    public void A_list_has_at_most_so_many_urls_as_the_protocol_allows() =>
        Assert.Equal(Sitemap.MaxUrls, Sitemap.Read(Encoding.UTF8.GetBytes($"<urlset>{string.Concat(Enumerable.Repeat("<url><loc>/a</loc></url>", Sitemap.MaxUrls + 5))}</urlset>")).Pages.Count);

    [Fact]
    public void A_bomb_is_cut_off()
    {
        var bomb = Gzip(new byte[300 << 20]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Empty(Sitemap.Read(bomb).Pages);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500L << 20);
    }

    [Fact]
    public void A_cut_gzip_gives_what_it_has()
    {
        var whole = Gzip(Encoding.UTF8.GetBytes($"<urlset>{string.Concat(Enumerable.Range(0, 1000).Select(i => $"<url><loc>/{i * 7919}</loc></url>"))}</urlset>"));
        Assert.InRange(Sitemap.Read(whole.AsMemory(0, whole.Length / 2)).Pages.Count, 1, 999);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return buffer.ToArray();
    }
}
