using System.Buffers;
using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>A pipeline that somebody wants run once for each input of a list, such as the dumps of years.</summary>
/// <param name="Pipeline">What to run; {input} in its overrides stands for an input.</param>
/// <param name="Inputs">In the order in which they are begun.</param>
public sealed record BackfillRequest(Submission Pipeline, IReadOnlyList<string> Inputs)
{
    public const string Input = "{input}";

    /// <summary>How many runs at once.</summary>
    public int Parallel { get; init; } = 1;
}

/// <summary>A backfill for whoever looks at it.</summary>
/// <param name="Number">By which it is asked for.</param>
/// <param name="State">running, done, failed (it has ended, and a run of it failed or was cancelled) or cancelled.</param>
/// <param name="File">What the pipeline file is called.</param>
/// <param name="Set">The overrides, with {input} in them.</param>
/// <param name="Limit">At most so many documents of each source.</param>
/// <param name="Parallel">How many runs at once.</param>
/// <param name="Priority">Of its runs.</param>
/// <param name="Created">ISO 8601.</param>
/// <param name="CreatedBy">Who asked for it.</param>
/// <param name="Done">Inputs whose runs are done.</param>
/// <param name="Failed">Inputs whose runs failed or were cancelled.</param>
/// <param name="Inputs">Each with its run, if it was begun.</param>
/// <param name="Problem">Why it does not go on.</param>
public sealed record BackfillView(
    long Number, string State, string File, IReadOnlyList<string> Set, long? Limit, long Parallel, long Priority, string Created, string? CreatedBy,
    int Done, int Failed, IReadOnlyList<BackfillInput> Inputs, string? Problem);

/// <summary>An input of a backfill.</summary>
/// <param name="Input">As the list has it.</param>
/// <param name="Run">Its run; null while it waits, or when the run was pruned.</param>
/// <param name="State">Of the run.</param>
public sealed record BackfillInput(string Input, string? Run, string? State);

// Backfills: the ledger has the lists, and whoever serves starts the next run of each.
public sealed partial class RunService
{
    private const int MaxInputs = 10_000;

    // They are put into YAML as they are.
    private static readonly SearchValues<char> s_notPlain = SearchValues.Create(",[]{}\"'#&!|>%`");

    /// <summary>Newest first.</summary>
    public IReadOnlyList<BackfillView> Backfills() => [.. ledger.Backfills().Select(View)];

    /// <exception cref="NotFoundException">There is none of this number.</exception>
    public BackfillView Backfill(long number) => View(ledger.Backfill(number) ?? throw NoBackfill(number));

    /// <summary>Records a backfill; whoever serves starts its runs.</summary>
    /// <exception cref="PipelineException">The pipeline or the list is wrong: every problem.</exception>
    public BackfillView AddBackfill(BackfillRequest request)
    {
        var asked = request.Pipeline;
        List<string> problems = [];
        if (!asked.Set.Any(s => s.Contains(BackfillRequest.Input, StringComparison.Ordinal)))
            problems.Add("set: one must have {input} in it, such as sources.warc.paths=[{input}]");
        if (request.Inputs.Count is 0 or > MaxInputs)
            problems.Add($"inputs: from 1 to {MaxInputs:N0}, and there are {request.Inputs.Count:N0}");
        problems.AddRange(request.Inputs.Where(i => i.Length == 0 || i.AsSpan().ContainsAny(s_notPlain) || i.Any(char.IsControl)).Take(20)
            .Select(i => $"inputs: '{i}' is empty or has a character that a setting cannot hold"));
        problems.AddRange(request.Inputs.GroupBy(i => i, StringComparer.Ordinal).Where(g => g.Count() > 1).Take(20).Select(g => $"inputs: '{g.Key}' is in the list {g.Count()} times"));
        if (request.Parallel is < 1 or > 1000)
            problems.Add("parallel: from 1 to 1000");
        if (problems.Count > 0)
            throw new PipelineException(problems);
        // The first is checked as it will run, so that what is wrong with all is said now.
        var name = Parse(asked with { Set = SetOf(asked.Set, request.Inputs[0], null) }).Name;
        var names = asked.Set.Any(s => s.StartsWith("name=", StringComparison.Ordinal)) ? null : NamesOf(name, request.Inputs);
        var settings = new BackfillSettings([.. asked.Set], asked.Limit, names);
        if (names is not null)
            Parse(asked with { Set = SetOf(asked.Set, request.Inputs[0], names[0]) });
        var number = ledger.AddBackfill(new BackfillRow(
            0, asked.File, asked.Yaml, JsonSerializer.Serialize(settings, Manifest.Json), JsonSerializer.Serialize(request.Inputs, Manifest.Json), request.Parallel, asked.Priority, "", asked.Who, 0, null, null));
        Record(asked.Who, "backfill.add", $"{number}", $"{request.Inputs.Count} inputs, {asked.File}");
        ContinueBackfill(number);
        return Backfill(number);
    }

    /// <summary>Begins no more runs of a backfill, and cancels those that have not ended.</summary>
    /// <exception cref="ConflictException">It has ended.</exception>
    public BackfillView CancelBackfill(long number, string who)
    {
        var row = ledger.Backfill(number) ?? throw NoBackfill(number);
        if (!ledger.EndBackfill(number, States.Cancelled))
            throw new ConflictException($"backfill {number} is {row.Ended ?? "ended"}: there is nothing to cancel");
        Record(who, "backfill.cancel", $"{number}", $"{row.Started} begun");
        foreach (var run in ledger.RunsOf(row.Id).Where(r => !IsEnd(r.State) && r.State != States.Cancelling))
        {
            try
            {
                Cancel(run.Id, who);
            }
            catch (ConflictException)
            {
                // It has ended meanwhile.
            }
        }
        return Backfill(number);
    }

    /// <summary>Goes on with every backfill that may begin runs.</summary>
    internal void ContinueBackfills()
    {
        foreach (var row in ledger.Backfills(unfinished: true))
            ContinueBackfill(row.Number);
    }

    // Any number of processes may do this at once: the ledger counts what was begun.
    private void ContinueBackfill(long number)
    {
        while (ledger.Backfill(number) is { Ended: null } row)
        {
            var inputs = JsonSerializer.Deserialize<string[]>(row.Inputs, Manifest.Json)!;
            var going = ledger.RunsOf(row.Id).Count(r => !IsEnd(r.State));
            if (row.Started == inputs.Length && going == 0)
                ledger.EndBackfill(number, States.Done);
            if (row.Started >= inputs.Length || going >= row.Parallel)
                return;
            try
            {
                var asked = SubmissionOf(row, (int)row.Started, inputs);
                if (ledger.StartBackfilled(row, Parse(asked), JsonSerializer.Serialize(asked.Set)) is { } run)
                    Record($"backfill {number}", "run.start", run.Id, inputs[row.Started]);
            }
            catch (PipelineException e)
            {
                // A folder that is allowed no more, a variable that is not set: it may be again.
                ledger.NoteBackfill(number, PipelineVariables.Redact($"{inputs[row.Started]}: {e.Problems[0]}"));
                return;
            }
        }
    }

    private BackfillView View(BackfillRow row)
    {
        var settings = JsonSerializer.Deserialize<BackfillSettings>(row.Settings, Manifest.Json)!;
        var inputs = JsonSerializer.Deserialize<string[]>(row.Inputs, Manifest.Json)!;
        var runs = ledger.RunsOf(row.Id).GroupBy(r => r.Overrides, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);
        BackfillInput[] lines = [.. inputs.Select((input, i) =>
            runs.GetValueOrDefault(JsonSerializer.Serialize(SetOf(settings.Set, input, settings.Names?[i]))) is { } run ? new BackfillInput(input, run.Id, run.State) : new BackfillInput(input, null, null))];
        var failed = lines.Count(l => l.State is States.Failed or States.Cancelled);
        var state = row.Ended switch { null => States.Running, States.Done when failed > 0 => States.Failed, var ended => ended };
        return new BackfillView(
            row.Number, state, row.File, settings.Set, settings.Limit, row.Parallel, row.Priority, row.Created, row.CreatedBy, lines.Count(l => l.State == States.Done), failed, lines, row.Error);
    }

    private static Submission SubmissionOf(BackfillRow row, int input, string[] inputs)
    {
        var settings = JsonSerializer.Deserialize<BackfillSettings>(row.Settings, Manifest.Json)!;
        return new Submission(row.Yaml, row.File, row.CreatedBy ?? "") { Set = SetOf(settings.Set, inputs[input], settings.Names?[input]), Limit = settings.Limit, Priority = (int)row.Priority, Schedule = row.Id };
    }

    private static string[] SetOf(IReadOnlyList<string> set, string input, string? name) =>
        [.. set.Select(s => s.Replace(BackfillRequest.Input, input, StringComparison.Ordinal)), .. name is null ? (string[])[] : [$"name={name}"]];

    // Each input has a pipeline name of its own, so that results lie apart.
    private static string[] NamesOf(string name, IReadOnlyList<string> inputs)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return [.. inputs.Select(input =>
        {
            var whole = $"{name}-{Slug(input)}";
            var shorter = whole.Length > 58 ? whole[..58] : whole;
            var (own, number) = (shorter, 2);
            while (!taken.Add(own))
                own = $"{shorter}-{number++}";
            return own;
        })];
    }

    // The last part of a path without its extension, as a pipeline may be called.
    private static string Slug(string input)
    {
        var last = input.TrimEnd('/').Split('/')[^1].Split('*')[0].ToLowerInvariant().Split('.')[0];
        var slug = string.Concat(last.Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' ? c : '-')).Trim('-');
        return slug.Length > 0 ? slug : "input";
    }

    private static bool IsEnd(string state) => state is States.Done or States.Failed or States.Cancelled;

    private static NotFoundException NoBackfill(long number) => new($"there is no backfill {number}");

    private sealed record BackfillSettings(string[] Set, long? Limit, string[]? Names);
}
