using System.Text.Json;
using CorpusForge.Settings;

namespace CorpusForge.Runs;

/// <summary>Makes the context of a run from what the ledger has of it, so that any process can work on any run.</summary>
/// <param name="Ledger">With the pipeline's text, overrides and limit, and the plans of the phases.</param>
/// <param name="Storage">With the parts of the phases that are closed.</param>
/// <param name="Inputs">Finds the files of the sources.</param>
/// <param name="Catalogue">What a pipeline may name.</param>
/// <param name="Within">What pipelines that came over the network may touch.</param>
public sealed record RunContexts(Ledger Ledger, IStorage Storage, Inputs Inputs, Catalogue Catalogue, Confinement? Within = null)
{
    /// <exception cref="PipelineException">The pipeline cannot be read here, or is another in this version of the program.</exception>
    public RunContext Of(RunRow run)
    {
        var pipeline = PipelineFile.Parse(
            run.Yaml, run.File, Catalogue, JsonSerializer.Deserialize<string[]>(run.Overrides), run.MaxDocuments, run.RequestedBy is null ? null : Within);
        if (pipeline.Stages[^1].Digest != run.Digest)
            throw new PipelineException($"run {run.Id} was made by another version of a step or a model than {Environment.MachineName} has: start a new run");
        var context = new RunContext(pipeline, Storage, Inputs) { Planned = (stage, phase) => Ledger.Planned(run.Id, stage, phase) };
        for (var stage = 0; stage < run.FirstStage; stage++)
            context.CloseFromFile(stage);
        return context;
    }
}
