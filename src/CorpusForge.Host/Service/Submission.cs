using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>A run that somebody asks for.</summary>
/// <param name="Yaml">The pipeline file's text.</param>
/// <param name="File">What it is called.</param>
/// <param name="Who">Who asks, for the record.</param>
public sealed record Submission(string Yaml, string File, string Who)
{
    /// <summary>`path.to.setting=value`.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>At most so many documents of each source.</summary>
    public long? Limit { get; init; }

    /// <summary>Units of a run with a higher one go first.</summary>
    public int Priority { get; init; }

    /// <summary>The schedule that asks.</summary>
    public string? Schedule { get; init; }
}

/// <summary>What is wrong with a pipeline, and where.</summary>
/// <param name="Message">What is wrong and what was expected.</param>
/// <param name="Line">From 1; null where it is about no place in the file.</param>
/// <param name="Column">From 1.</param>
public sealed partial record PipelineProblem(string Message, int? Line, int? Column)
{
    /// <summary>Takes FILE:LINE:COLUMN: off a message.</summary>
    public static PipelineProblem Of(string problem)
    {
        var text = PipelineVariables.Redact(problem);
        return Place().Match(text) is { Success: true } at
            ? new PipelineProblem(at.Groups[3].Value, int.Parse(at.Groups[1].ValueSpan, CultureInfo.InvariantCulture), int.Parse(at.Groups[2].ValueSpan, CultureInfo.InvariantCulture))
            : new PipelineProblem(text, null, null);
    }

    [GeneratedRegex(@"^[^\n]*?:(\d{1,9}):(\d{1,9}): (.*)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Place();
}

/// <summary>Whether a pipeline could run.</summary>
/// <param name="Problems">All of them; empty when it could.</param>
/// <param name="Pipeline">With every setting at its resolved value; null when there are problems.</param>
public sealed record Validation(IReadOnlyList<PipelineProblem> Problems, JsonObject? Pipeline)
{
    public bool Valid => Problems.Count == 0;
}

/// <summary>What a run would do.</summary>
/// <param name="Phases">In order.</param>
/// <param name="Bytes">Of input, that would be read.</param>
/// <param name="UpToDate">Whether there is nothing to do.</param>
public sealed record RunPlan(IReadOnlyList<PhasePlan> Phases, long Bytes, bool UpToDate);

/// <summary>What was asked for is not there.</summary>
public sealed class NotFoundException(string message) : Exception(message);

/// <summary>What was asked for cannot be done in the state that things are in.</summary>
public sealed class ConflictException(string message) : Exception(message);
