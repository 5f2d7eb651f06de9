using System.Text;
using CorpusForge.Runs;
using CorpusForge.Tests.Crawl;
using Xunit;

namespace CorpusForge.Tests.Clean;

/// <summary>Captions whose images are fetched over HTTP.</summary>
public sealed class ImagesPhaseTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-images-").FullName;

    [Fact]
    public void A_redirect_to_an_image_that_came_before_it_leads_to_that_image()
    {
        var png = Encoding.Latin1.GetString(Convert.FromBase64String(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="));
        using var server = new TestServer(path => path[path.IndexOf('/')..] switch
        {
            "/robots.txt" => TestServer.Page("", status: "404 Not Found"),
            "/image.png" => TestServer.Page(png, "Content-Type: image/png\r\n"),
            "/old.png" => TestServer.Page("", "Location: /image.png\r\n", "301 Moved Permanently"),
            "/older.png" => TestServer.Page("", "Location: /old.png\r\n", "301 Moved Permanently"),
            "/loop.png" => TestServer.Page("", "Location: /loop.png\r\n", "301 Moved Permanently"),
            _ => TestServer.Page("", status: "404 Not Found"),
        });
        string[] names = ["image", "old", "older", "loop", "gone"];
        File.WriteAllLines(Path.Combine(_folder, "list.jsonl"), names.Select(n => $$"""{"image":"http://{{server.EndPoint}}/{{n}}.png","caption":"the caption of {{n}}"}"""));
        var pipeline = PipelineFile.Parse(
            $$"""
            name: p
            sources: [captions: { paths: ["{{_folder}}/list.jsonl"], fetch: { delaySeconds: 0, allowHosts: [127.0.0.1] } }]
            stages: [clean]
            """, "p.yaml", new Settings.Catalogue(Sources.Catalogue, Stages.Catalogue, Steps.Catalogue));
        using var output = OutputFolder.Lock(Path.Combine(_folder, "out"), TimeProvider.System);
        var context = new RunContext(pipeline, output.Storage, new Inputs(output.Ledger));
        var run = output.Ledger.CreateRun(pipeline, "d", "p.yaml", "", "[]").Id;
        for (var phase = 0; phase < 3; phase++)
        {
            var unit = Assert.Single(context.Plan(0, phase));
            output.Ledger.PlanPhase(run, 0, phase, "", "", [(unit, false)]);
            Assert.Equal(Outcome.Done, new UnitRunner(output.Ledger, "w").Run(context, new UnitId(run, 0, phase, unit.Key), null, TestContext.Current.CancellationToken));
            context.Close(0, phase, [context.Find(0, phase, unit.Key)!]);
        }
        var tally = context.ResultOf(0).Tally;
        // The image has one pixel: a caption that got it ends as too small.
        Assert.Equal("[captions.image-unreachable, 2] [extract-caption.image-too-small, 3]", string.Join(' ', tally.Dropped));
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
