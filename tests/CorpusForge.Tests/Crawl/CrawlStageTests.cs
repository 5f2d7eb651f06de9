using System.Text;
using System.Text.Json;
using CorpusForge.Crawl;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class CrawlStageTests
{
    [Fact]
    public void A_unit_a_source_leaves_warc_files_that_the_source_reads()
    {
        using var server = new TestServer(asked => asked switch
        {
            "stage.example/" => TestServer.Page("<a href=b><a href=gone><a href=c>"),
            "stage.example/b" or "stage.example/c" => TestServer.Page("page"),
            _ => TestServer.Page("", status: "404 Not Found"),
        });
        CrawlStage.ConnectTo = host => host == "stage.example" ? server.EndPoint : null;
        var folder = Directory.CreateTempSubdirectory("corpusforge-");
        try
        {
            var storage = new LocalStorage(folder.FullName);
            var source = new CrawlSource { Seeds = ["http://stage.example/"], DelaySeconds = 0 };
            var stage = new CrawlStage();
            var pipeline = new Pipeline("test", 1, null, [new("docs", "crawl", source, "d1"), new("other", "warc", new WarcSource(), "d2")], []);
            var planned = new PlannedStage("crawl", "crawl", stage, Digests.Short("crawl"), "test/crawl");
            var input = new PhaseInput(pipeline, planned, [], [], new Dictionary<string, IReadOnlyList<Manifest>>(), new Inputs(new MemoryDigestCache()), storage);
            var phase = Assert.Single(stage.Phases);
            Assert.Equal((Queues.Net, false), (phase.Queue, phase.Pure));
            var unit = Assert.Single(phase.Plan(input));
            Assert.Equal([new UnitInput("docs", "d1")], unit.Inputs);

            using var work = new UnitWork(input, phase, unit, attempt: 1, TestContext.Current.CancellationToken);
            phase.Execute(work);
            Assert.True(work.Tally.Balanced);
            Assert.Equal((4, 3), (work.Tally.In, work.Tally.Out));
            Assert.Equal([("crawl.http-status", 1L)], work.Tally.Dropped.Select(d => (d.Key, d.Value)));
            Assert.Equal(64, work.ContentDigest!.Length);
            Assert.Equal(["cdxj-00000", "warc-00000", "hosts"], work.Files.Select(f => f.Role));
            var file = work.Files[1];
            using (var written = storage.OpenRead(work.Files[2].Temporary))
            {
                var host = Assert.Single(JsonSerializer.Deserialize<CrawledHost[]>(written, Manifest.Json)!);
                Assert.Equal(("stage.example", 3, 1, "absent"), (host.Host, host.Pages, host.Failed, host.Robots));
            }

            var slice = new Slice([new InputFile(file.Temporary, "crawl.warc.gz", file.File.Bytes, "")]);
            var documents = source.Read(slice, new SourceReader("docs", storage, TestContext.Current.CancellationToken)).ToList();
            Assert.Equal(["http://stage.example/", "http://stage.example/b", "http://stage.example/c"], documents.Select(d => d.Url));
            Assert.All(documents, d => Assert.True(d.Verdict.Kept));
            Assert.Equal("page", Encoding.UTF8.GetString(documents[1].Bytes.Span));
            Assert.Equal("crawl.warc.gz@2", documents[0].Locator);
        }
        finally
        {
            CrawlStage.ConnectTo = _ => null;
            folder.Delete(recursive: true);
        }
    }
}
