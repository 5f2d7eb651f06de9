using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Runs;

/// <summary>How an attempt at a unit ended.</summary>
public enum Outcome
{
    Done,

    /// <summary>It was not waiting: somebody else did it, or has it.</summary>
    NotTaken,

    /// <summary>Another attempt was begun meanwhile; nothing that this one did counts.</summary>
    Overtaken,
    Failed,
    GivenBack,

    /// <summary>Given back because of this machine, which should not take others for a while.</summary>
    MachineFault,
}

/// <summary>Takes one unit, does it, publishes its files, then the manifest, then commits to the ledger, in this order.</summary>
public sealed class UnitRunner(Ledger ledger, string worker)
{
    /// <summary>Milliseconds in which a unit is not tried again after a fault that may pass: after the first, the second, all others.</summary>
    public IReadOnlyList<long> Pauses { get; init; } = [1_000, 5_000, 25_000];

    /// <summary>Whether an error is this machine's, such as a full disk, so that the unit is given back for another one.</summary>
    public Func<Exception, bool> IsOfMachine { get; init; } = _ => false;

    /// <summary>Called in order with: each file published, the manifest published. Tests stop the process there.</summary>
    internal Action<string> AtPoint { get; set; } = _ => { };

    public Outcome Run(RunContext context, UnitId id, Action<double>? report, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested || ledger.TakeUnit(id, worker) is not { } row)
            return Outcome.NotTaken;
        var attempt = (int)row.Attempt;
        using var measure = Metrics.Unit(context, id, attempt, worker);
        try
        {
            var unit = new Unit(id.Key, System.Text.Json.JsonSerializer.Deserialize<UnitInput[]>(row.Inputs, Manifest.Json)!, row.Payload);
            (measure.Tally, var committed) = Do(context, id, unit, attempt, report, cancel);
            if (measure.Tally is null || !ledger.Commit(id, attempt, measure.Tally))
                return measure.End(Outcome.Overtaken);
            committed();
            return measure.End(Outcome.Done);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            ledger.GiveBack(id, attempt);
            return measure.End(Outcome.GivenBack);
        }
        catch (Exception e) when (IsOfMachine(e))
        {
            // The unit is not to blame, and another machine may do it.
            ledger.GiveBack(id, attempt);
            ledger.Log(id.Run, "given back", e.Message, "warning", id, attempt, worker);
            return measure.End(Outcome.MachineFault, e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The boundary of a unit: whatever went wrong is recorded with it, and the other units go on.
            var message = PipelineVariables.Redact(e is InputException or StepException or IOException or PipelineException ? e.Message : e.ToString());
            var permanent = e is InputException or PipelineException;
            var pause = IsTransient(e) ? Pauses[(int)Math.Min(row.Failures, Pauses.Count - 1)] : 0;
            ledger.Log(id.Run, "failed", message, "error", id, attempt, worker);
            return measure.End(ledger.Fail(id, attempt, message, permanent, pause) ? Outcome.Failed : Outcome.Overtaken, message);
        }
    }

    // Of a network, a server or a disk: later it may work.
    private static bool IsTransient(Exception e) => e is (IOException and not InputException) or TimeoutException or HttpRequestException or OperationCanceledException
        or System.Net.Sockets.SocketException or System.Data.Common.DbException || (e.InnerException is { } inner && IsTransient(inner));

    // What it counted; null when another attempt was begun meanwhile.
    private (Tally? Tally, Action Committed) Do(RunContext context, UnitId id, Unit unit, int attempt, Action<double>? report, CancellationToken cancel)
    {
        var phase = context.PhaseOf(id.Stage, id.Phase);
        using var work = new UnitWork(context.InputOf(id.Stage, id.Phase), phase, unit, attempt, cancel, id.Run) { Report = report ?? (_ => { }), Ledger = ledger };
        phase.Execute(work);
        cancel.ThrowIfCancellationRequested();
        var tally = work.Tally;
        if (!tally.Balanced)
        {
            throw new InvalidOperationException(
                $"the counts of unit {unit.Key} do not add up: {tally.In} in + {tally.Created} created ≠ {tally.Out} out + {tally.Dropped.Values.Sum()} dropped");
        }
        if (!ledger.Holds(id, attempt))
            return (null, work.Committed);
        var name = context.ManifestName(id.Stage, id.Phase, id.Key);
        var manifest = Publish(work, phase.Pure, name);
        RunContext.Publish(work.Storage, name, manifest.ToBytes(), work.UnpublishedManifest);
        AtPoint("manifest");
        work.RemoveLeftovers();
        return (tally, work.Committed);
    }

    // A file that is not what its manifest says was cut off or written over: it is put right.
    private Manifest Publish(UnitWork work, bool pure, string name)
    {
        var files = new List<ManifestFile>();
        foreach (var file in work.Files)
        {
            file.File.Dispose();
            if (pure && work.Storage.Exists(file.Name) && Sha256Of(work.Storage, file.Name) is var there && there != file.File.Sha256
                && !(work.Storage.Exists(name) && Manifest.Read(work.Storage, name).File(file.Role)?.Sha256 == file.File.Sha256))
            {
                throw new InvalidOperationException(
                    $"{file.Name} exists with other bytes ({there[..12]}…, now {file.File.Sha256[..12]}…): a step is not pure, or the file was changed");
            }
            work.Storage.Publish(file.Temporary, file.Name);
            AtPoint(file.Role);
            files.Add(new ManifestFile(file.Role, file.Name[(work.PipelineFolder.Length + 1)..], file.File.Rows, file.File.Bytes, file.File.Sha256));
        }
        return new Manifest
        {
            Unit = work.Unit.Key,
            Stage = work.Input.Stage.Name,
            StageDigest = work.Input.Stage.Digest,
            Phase = work.Phase.Name,
            Inputs = work.Unit.Inputs,
            Files = files,
            Tally = work.Tally,
            Figures = work.Figures,
            ContentDigest = work.ContentDigest ?? ContentDigestOf(files),
        };
    }

    internal static string ContentDigestOf(IEnumerable<ManifestFile> files) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(files.Select(f => $"{f.Role} {f.Sha256}\n")))));

    private static string Sha256Of(IStorage storage, string name)
    {
        using var stream = storage.OpenRead(name);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
