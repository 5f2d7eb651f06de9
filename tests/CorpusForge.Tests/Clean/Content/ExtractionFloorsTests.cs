using CorpusForge.Clean.Content;
using Xunit;

namespace CorpusForge.Tests.Clean.Content;

public sealed class ExtractionFloorsTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("floors").FullName, "floors.json");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    static ExtractionTable Table(params (string Type, double F1)[] pages)
    {
        var table = new ExtractionTable();
        foreach (var (type, f1) in pages)
            table.Add(type, new ExtractionScore(f1, f1, f1, null, null));
        return table;
    }

    ExtractionFloors Saved(params (string Type, double F1)[] pages)
    {
        var floors = ExtractionFloors.Read(_file);
        floors.Update("d1", Table(pages), lower: false);
        floors.Write(_file);
        return ExtractionFloors.Read(_file);
    }

    [Fact]
    public void What_is_below_its_floor_is_named()
    {
        var floors = Saved(("article", 0.9), ("forum", 0.7));
        Assert.Empty(floors.Check("d1", Table(("article", 0.9), ("forum", 0.70004))));
        Assert.Equal(["all: F1 0.7950 is below its floor of 0.8000", "forum: F1 0.6899 is below its floor of 0.7000"], floors.Check("d1", Table(("article", 0.9001), ("forum", 0.68999))));
        Assert.Equal(["forum: there are no such pages, the floor is 0.7000"], floors.Check("d1", Table(("article", 0.9))));
    }

    [Fact]
    public void Floors_only_rise_unless_lowering_is_asked_for()
    {
        var floors = Saved(("article", 0.8));
        floors.Update("d1", Table(("article", 0.9)), lower: false);
        floors.Update("d1", Table(("article", 0.7)), lower: false);
        Assert.NotEmpty(floors.Check("d1", Table(("article", 0.89))));
        floors.Update("d1", Table(("article", 0.7)), lower: true);
        Assert.Empty(floors.Check("d1", Table(("article", 0.7))));
    }

    [Fact]
    public void Floors_belong_to_the_pages_that_they_were_measured_on()
    {
        var floors = Saved(("article", 0.8));
        Assert.True(floors.Knows("d1"));
        Assert.False(floors.Knows("d2"));
        Assert.Empty(floors.Check("d2", Table(("article", 0.1))));
    }

    [Fact]
    public void A_file_that_is_no_floors_is_refused()
    {
        File.WriteAllText(_file, "{\"d1\": 3}");
        Assert.Throws<PipelineException>(() => ExtractionFloors.Read(_file));
    }
}
