using System.Text.Json;
using System.Text.Json.Nodes;
using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>A run with everything that it was asked to do.</summary>
/// <param name="Run">Its state.</param>
/// <param name="Yaml">The pipeline file's text; variables are not expanded in it.</param>
/// <param name="Set">The overrides.</param>
/// <param name="Pipeline">With every setting at its resolved value; null where this version cannot read it any more.</param>
public sealed record RunDetail(RunSummary Run, string Yaml, IReadOnlyList<string> Set, JsonObject? Pipeline);

/// <summary>A run as its flow of stages, with the funnel of documents and how far it is.</summary>
/// <param name="Run">Its state.</param>
/// <param name="Stages">In order, those to come included.</param>
/// <param name="SecondsLeft">Of the phases that are running, at their recent rate; null where nothing moves.</param>
public sealed record RunFlow(RunSummary Run, IReadOnlyList<FlowStage> Stages, double? SecondsLeft);

/// <summary>A stage of a run: its funnel and its phases.</summary>
/// <param name="Ordinal">Its place, from 0.</param>
/// <param name="Id">Unique in the pipeline.</param>
/// <param name="Name">In the catalogue.</param>
/// <param name="State">pending, running, done or failed.</param>
/// <param name="Folder">Relative to the output.</param>
/// <param name="Digest">Of its configuration and that of all stages before it.</param>
/// <param name="Root">The Merkle root over its parts, once it is done.</param>
/// <param name="Funnel">What came in, what was kept, what each rule dropped: final once it is done, so far before that.</param>
/// <param name="Phases">In order, those to come included.</param>
public sealed record FlowStage(
    int Ordinal, string Id, string Name, string State, string Folder, string Digest, string? Root, FunnelStage Funnel, IReadOnlyList<PhaseSummary> Phases)
{
    internal static FlowStage Of(int ordinal, PlannedStage planned, StageRow? finished, IReadOnlyList<PhaseSummary> phases, IReadOnlyList<TallyRow> tallies)
    {
        PhaseSummary[] all = [.. planned.Stage.Phases.Select((p, i) => phases.FirstOrDefault(s => s.Stage == ordinal && s.Phase == i) ?? Pending(ordinal, i, p))];
        var results = planned.Stage.Phases.Select((p, i) => (p.Result, i)).Where(p => p.Result).Select(p => (long)p.i).ToHashSet();
        var tally = finished is null ? TallyOf(tallies.Where(t => t.Stage == ordinal && results.Contains(t.Phase))) : Read(finished.Tally);
        return new FlowStage(
            ordinal, planned.Id, planned.Name, StateOf(finished, all), planned.Folder, planned.Digest, finished?.Root, FunnelStage.Of(planned.Id, planned.Folder, tally), all);
    }

    /// <summary>Where the pipeline cannot be read any more: what the ledger knows.</summary>
    internal static FlowStage Of(StageRow finished, IReadOnlyList<PhaseSummary> phases) => new(
        (int)finished.Ordinal, finished.Id, finished.Id, States.Done, finished.Folder, finished.Digest, finished.Root,
        FunnelStage.Of(finished.Id, finished.Folder, Read(finished.Tally)), [.. phases.Where(p => p.Stage == finished.Ordinal)]);

    private static Tally Read(string json) => JsonSerializer.Deserialize<Tally>(json, Manifest.Json)!;

    private static PhaseSummary Pending(int stage, int phase, IPhase planned) =>
        new(stage, phase, planned.Name, planned.Queue, States.Pending, 0, 0, 0, 0, 0, null, null, null, null);

    private static string StateOf(StageRow? finished, PhaseSummary[] phases) =>
        finished is not null ? States.Done
        : phases.Any(p => p.Failed > 0) ? States.Failed
        : phases.Any(p => p.State != States.Pending) ? States.Running : States.Pending;

    private static Tally TallyOf(IEnumerable<TallyRow> rows)
    {
        var tally = new Tally();
        foreach (var (_, _, measure, value) in rows)
        {
            switch (measure)
            {
                case "in": tally.In += value; break;
                case "created": tally.Created += value; break;
                case "out": tally.Out += value; break;
                case "bytesIn": tally.BytesIn += value; break;
                case "bytesOut": tally.BytesOut += value; break;
                case "tokens": tally.Tokens += value; break;
                case ['d', 'r', 'o', 'p', 'p', 'e', 'd', ':', .. var rule]: tally.Dropped[rule] = tally.Dropped.GetValueOrDefault(rule) + value; break;
                case ['c', 'h', 'a', 'n', 'g', 'e', 'd', ':', .. var change]: tally.Changed[change] = tally.Changed.GetValueOrDefault(change) + value; break;
                default: break;
            }
        }
        return tally;
    }
}

/// <summary>A unit with its attempts and what it made.</summary>
/// <param name="Unit">Its state.</param>
/// <param name="StageId">The stage's id.</param>
/// <param name="PhaseName">The phase's name.</param>
/// <param name="Inputs">What it reads.</param>
/// <param name="Attempts">The last first.</param>
/// <param name="Part">What it made, once it is done.</param>
public sealed record UnitDetail(
    UnitSummary Unit, string StageId, string PhaseName, IReadOnlyList<UnitInput> Inputs, IReadOnlyList<AttemptRow> Attempts, Manifest? Part);
