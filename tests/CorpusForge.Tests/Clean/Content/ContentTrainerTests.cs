using CorpusForge.Clean;
using CorpusForge.Clean.Content;
using Xunit;

namespace CorpusForge.Tests.Clean.Content;

public sealed class ContentTrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("marked-pages").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    ContentTraining Training => new() { Folder = _folder, Output = Path.Combine(_folder, "model"), Trees = 12, Depth = 2, MinHosts = 3, Damping = 0.1, Folds = 3 };

    [Fact]
    public void Learns_on_some_hosts_what_is_content_on_others()
    {
        MarkedPages.Write(_folder, 24);
        var trained = ContentTrainer.Train(Training, TestContext.Current.CancellationToken);
        Assert.Equal(24, trained.Pages);
        var all = trained.Unseen!.Rows.First();
        Assert.Equal((ExtractionTable.All, 24), (all.Type, all.Pages));
        Assert.InRange(all.F1, 0.95, 1);
        var model = ContentModel.Read(File.ReadAllBytes(Training.Output!));
        var (names, terms) = (model.Names.Words, model.Terms.Words);
        Assert.True(names["story"] > 0 && names["menu"] < 0 && names["other"] < 0, string.Join(' ', names));
        Assert.True(terms["menu"] < 0 && terms["reserved"] < 0 && terms["river"] > terms["menu"], string.Join(' ', terms));
    }

    [Fact]
    public void Hosts_are_parted_anew_as_often_as_is_asked()
    {
        MarkedPages.Write(_folder, 12);
        var trained = ContentTrainer.Train(Training with { Output = null, MinHosts = 2, Partings = 2 }, TestContext.Current.CancellationToken);
        Assert.Equal(24, trained.Unseen!.Rows.First().Pages);
    }

    [Fact]
    public void The_same_pages_give_the_same_bytes()
    {
        MarkedPages.Write(_folder, 9);
        var training = Training with { Folds = 0, MinHosts = 2 };
        var first = ContentTrainer.Train(training, TestContext.Current.CancellationToken);
        Assert.Equal(first.Digest, ContentTrainer.Train(training with { Output = null }, TestContext.Current.CancellationToken).Digest);
        Assert.NotEqual(first.Digest, ContentTrainer.Train(training with { Output = null, Seed = 2 }, TestContext.Current.CancellationToken).Digest);
    }

    [Fact]
    public void A_folder_without_pages_is_refused() =>
        Assert.Throws<PipelineException>(() => ContentTrainer.Train(Training with { Folder = Path.Combine(_folder, "none") }, TestContext.Current.CancellationToken));

    [Fact]
    public void A_table_has_the_means_of_each_type_and_the_digest_changes_with_a_page()
    {
        MarkedPages.Write(_folder, 6);
        var table = ExtractionTable.Measure(ExtractionTruth.Read(_folder), new ExtractHtml(), TestContext.Current.CancellationToken);
        Assert.Equal([("all", 6), ("article", 4), ("forum", 2)], table.Rows.Select(r => (r.Type, r.Pages)));
        var digest = ExtractionTruth.Digest(_folder);
        Assert.Equal(digest, ExtractionTruth.Digest(_folder));
        File.AppendAllText(Path.Combine(_folder, "truth", "0000.json"), " ");
        Assert.NotEqual(digest, ExtractionTruth.Digest(_folder));
    }
}
