using Dapper;

namespace CorpusForge.Runs;

/// <summary>A pipeline that is to run once for each input of a list, as the ledger has it.</summary>
/// <param name="Number">In the order of creation.</param>
/// <param name="File">What the pipeline file is called.</param>
/// <param name="Yaml">Its text, without the values of secrets.</param>
/// <param name="Settings">JSON: the `--set` values, in which {input} stands for an input, and the limit.</param>
/// <param name="Inputs">JSON list.</param>
/// <param name="Parallel">How many runs at once.</param>
/// <param name="Priority">Of its runs.</param>
/// <param name="Created">ISO 8601.</param>
/// <param name="CreatedBy">Who asked for it.</param>
/// <param name="Started">How many of the inputs have a run; they are begun in order.</param>
/// <param name="Ended">done or cancelled; null while it goes on.</param>
/// <param name="Error">Why it does not go on.</param>
public sealed record BackfillRow(
    long Number, string File, string Yaml, string Settings, string Inputs, long Parallel, long Priority, string Created, string? CreatedBy, long Started, string? Ended, string? Error)
{
    /// <summary>What its runs have as their schedule; no schedule has such a name.</summary>
    public string Id => $"backfill:{Number}";
}

// Backfills: lists of inputs, and how far they are.
public sealed partial class Ledger
{
    private const string BackfillColumns = "number, file, yaml, settings, inputs, parallel, priority, created, createdBy, started, ended, error";

    /// <summary>Newest first.</summary>
    public IReadOnlyList<BackfillRow> Backfills(bool unfinished = false) =>
        Query<BackfillRow>($"SELECT {BackfillColumns} FROM backfills {(unfinished ? "WHERE ended IS NULL " : "")}ORDER BY number DESC");

    public BackfillRow? Backfill(long number) => Query<BackfillRow>($"SELECT {BackfillColumns} FROM backfills WHERE number = @number", new { number }).FirstOrDefault();

    /// <summary>Adds a backfill; its number.</summary>
    public long AddBackfill(BackfillRow backfill) => Do(db => db.QuerySingle<long>(
        $"""
        INSERT INTO backfills (file, yaml, settings, inputs, parallel, priority, created, createdBy, started)
        VALUES (@File, @Yaml, @Settings, @Inputs, @Parallel, @Priority, {Now}, @CreatedBy, 0) RETURNING number
        """, backfill));

    /// <summary>Starts the run of the next input, in the transaction that says so; null when another process did so before, or it has ended.</summary>
    public RunRow? StartBackfilled(BackfillRow backfill, Pipeline pipeline, string overrides)
    {
        var request = new RunRequest { State = States.Queued, Priority = (int)backfill.Priority, RequestedBy = backfill.CreatedBy, Schedule = backfill.Id };
        var run = InTransaction((db, transaction) => db.Execute(
            "UPDATE backfills SET started = started + 1, error = NULL WHERE number = @Number AND started = @Started AND ended IS NULL", backfill, transaction) == 0
                ? null
                : InsertRun(db, transaction, pipeline, pipeline.Stages[^1].Digest, backfill.File, backfill.Yaml, overrides, request));
        if (run is null)
            return null;
        Do(db => { Tell(db, run); return 0; });
        return Run(run);
    }

    /// <summary>Says that a backfill begins no more runs; false when that was said before.</summary>
    public bool EndBackfill(long number, string how) => Execute("UPDATE backfills SET ended = @how, error = NULL WHERE number = @number AND ended IS NULL", new { number, how }) == 1;

    /// <summary>Says why a backfill does not go on.</summary>
    public void NoteBackfill(long number, string error) => Execute(
        "UPDATE backfills SET error = @error WHERE number = @number AND COALESCE(error, '') <> @error", new { number, error });

    /// <summary>The runs of a schedule or a backfill, oldest first.</summary>
    public IReadOnlyList<RunRow> RunsOf(string schedule) => Query<RunRow>($"SELECT {RunColumns} FROM runs WHERE schedule = @schedule ORDER BY number", new { schedule });
}
