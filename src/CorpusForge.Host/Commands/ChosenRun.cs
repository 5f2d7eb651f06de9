using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>Which run a command is about: the one that was named, else the latest.</summary>
internal static class ChosenRun
{
    /// <exception cref="PipelineException">There is none; the message names those that there are.</exception>
    public static RunRow Of(OutputFolder output, string? run, string? pipeline = null)
    {
        var runs = output.Ledger.Runs();
        var chosen = runs.FirstOrDefault(r => (run is null || r.Id == run) && (pipeline is null || r.Pipeline == pipeline));
        if (chosen is not null)
            return chosen;
        var there = runs.Count == 0 ? "it has none" : $"there are: {string.Join(", ", runs.Take(20).Select(r => r.Id))}";
        throw new PipelineException(run is not null
            ? $"there is no run '{run}'{(pipeline is null ? "" : $" of pipeline '{pipeline}'")} in {output.Path}; {there}"
            : pipeline is not null ? $"there is no run of pipeline '{pipeline}' in {output.Path}; {there}" : $"there is no run in {output.Path}");
    }
}
