using System.Text.Json;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Runs;

public class TallyTests
{
    [Fact]
    public void Every_count_is_summed()
    {
        Tally one = new() { In = 1, Created = 2, Out = 3, BytesIn = 4, BytesOut = 5, Tokens = 6, Dropped = { ["a.x"] = 7 }, Changed = { ["b.y"] = 8 } };
        Tally other = new() { In = 10, Created = 20, Out = 30, BytesIn = 40, BytesOut = 50, Tokens = 60, Dropped = { ["a.x"] = 70, ["a.z"] = 1 }, Changed = { ["b.y"] = 80 } };
        Tally sum = new() { In = 11, Created = 22, Out = 33, BytesIn = 44, BytesOut = 55, Tokens = 66, Dropped = { ["a.x"] = 77, ["a.z"] = 1 }, Changed = { ["b.y"] = 88 } };
        Assert.Equal(JsonSerializer.Serialize(sum), JsonSerializer.Serialize(Tally.Sum([one, other])));
    }
}
