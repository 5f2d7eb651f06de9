using CorpusForge.Crawl;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class CrawlStoreTests
{
    [Fact]
    public void What_another_attempt_has_moved_already_makes_no_segment()
    {
        using var place = new CrawlHarness.Place();
        var store = new CrawlStore(place.Ledger, "key", place.Storage, "segments", "1") { SegmentBytes = 10 };
        store.Grown(0);
        store.Grown(100);
        Assert.Empty(place.Storage.List("segments"));
    }

    [Fact]
    public void A_segment_has_as_many_records_as_fit_and_one_at_least()
    {
        using var place = new CrawlHarness.Place();
        place.Ledger.BeginCrawl("key", "r");
        for (var i = 0; i < 5; i++)
            place.Ledger.KeepSiteFile("key", new FoundUrl($"http://a.example/{i}", "a.example", "a.example", 1, $"example,a)/{i}", "", "robots", 0, 0, 0, null), new Visited(Record: new byte[10]));
        Assert.Equal([5, 2, 1], ((long[])[50, 29, 1]).Select(bytes => place.Ledger.LooseRecords("key", bytes).Count));
        new CrawlStore(place.Ledger, "key", place.Storage, "segments", "1") { SegmentBytes = 20 }.Grown(0);
        Assert.Single(place.Ledger.LooseRecords("key", 50));
        Assert.Equal([20L, 20L], place.Storage.List("segments").Select(f => f.Bytes));
    }
}
