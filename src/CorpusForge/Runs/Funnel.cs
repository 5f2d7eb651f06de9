using System.Text.Json;

namespace CorpusForge.Runs;

/// <summary>What a run kept and dropped, stage by stage.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Stages">The finished stages, in order.</param>
public sealed record Funnel(string Run, string State, IReadOnlyList<FunnelStage> Stages)
{
    public static Funnel Of(Ledger ledger, RunRow run) =>
        new(run.Id, run.State, [.. ledger.Stages(run.Id).Select(s => FunnelStage.Of(s.Id, s.Folder, JsonSerializer.Deserialize<Tally>(s.Tally, Manifest.Json)!))]);
}

/// <summary>One stage of a funnel: what came in, what came of it, and by which rules the rest went.</summary>
/// <param name="Id">The stage's id in the pipeline.</param>
/// <param name="Folder">Relative to the output folder.</param>
/// <param name="In">Documents read.</param>
/// <param name="Created">Documents found inside others.</param>
/// <param name="Out">Documents kept.</param>
/// <param name="Dropped">Documents dropped.</param>
/// <param name="KeptShare">Out over in and created; null where nothing came in.</param>
/// <param name="BytesIn">UTF-8 bytes of text, raw bytes in the first stage.</param>
/// <param name="BytesOut">UTF-8 bytes of text.</param>
/// <param name="Tokens">Tokens written.</param>
/// <param name="Rules">Most frequent first.</param>
/// <param name="Changes">What transforms changed, by `step.change`, most frequent first.</param>
public sealed record FunnelStage(
    string Id, string Folder, long In, long Created, long Out, long Dropped, double? KeptShare, long BytesIn, long BytesOut, long Tokens,
    IReadOnlyList<FunnelCount> Rules, IReadOnlyList<FunnelCount> Changes)
{
    public static FunnelStage Of(string id, string folder, Tally tally)
    {
        var all = tally.In + tally.Created;
        return new FunnelStage(
            id, folder, tally.In, tally.Created, tally.Out, tally.Dropped.Values.Sum(), Share(tally.Out, all), tally.BytesIn, tally.BytesOut, tally.Tokens,
            Counts(tally.Dropped, all), Counts(tally.Changed, all));
    }

    private static FunnelCount[] Counts(SortedDictionary<string, long> counts, long all) =>
        [.. counts.Select(c => new FunnelCount(c.Key, c.Value, Share(c.Value, all))).OrderByDescending(c => c.Count).ThenBy(c => c.Name, StringComparer.Ordinal)];

    private static double? Share(long part, long all) => all == 0 ? null : Math.Round((double)part / all, 6);
}

/// <summary>How often a rule dropped a document or a transform changed something.</summary>
/// <param name="Name">`step.rule` or `step.change`.</param>
/// <param name="Count">How often.</param>
/// <param name="Share">Of the documents that came into the stage; a transform may change a document more than once.</param>
public sealed record FunnelCount(string Name, long Count, double? Share);
