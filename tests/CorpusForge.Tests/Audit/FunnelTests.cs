using CorpusForge.Clean;
using CorpusForge.Filter;
using CorpusForge.Runs;
using CorpusForge.Tokenize;
using Xunit;
using Funnel = CorpusForge.Audit.Funnel;

namespace CorpusForge.Tests.Audit;

public class FunnelTests
{
    [Fact]
    public void Every_stage_reads_what_the_one_before_it_wrote()
    {
        StageResult[] stages =
        [
            Of("clean", new CleanStage(), new Tally { In = 10, Out = 9, Dropped = { ["a.b"] = 1 } }),
            Of("filter", new FilterStage(), new Tally { In = 8, Out = 8 }),
            Of("tokenize", new TokenizeStage(), new Tally { In = 8, Out = 7 }),
        ];
        Assert.Equal(
        [
            new("clean: documents in and created = out and dropped", 10, 10),
            new("filter: documents in and created = out and dropped", 8, 8),
            new("filter: documents in = documents out of clean", 9, 8),
            new("tokenize: documents in and created = out and dropped", 8, 7),
            new("tokenize: documents in = documents out of filter", 8, 8),
        ], Funnel.Checks(stages));

        static StageResult Of(string id, IStage stage, Tally tally) => new(new PlannedStage(id, id, stage, "", ""), [], tally);
    }
}
