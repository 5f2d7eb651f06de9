using System.Text;
using CorpusForge.Runs;
using CorpusForge.Tokenize;

namespace CorpusForge.Training;

/// <summary>The one phase of training: one unit over all token shards.</summary>
/// <remarks>
/// Its part holds the weights (`model`, safetensors), their `config`, the `curve` and `samples`; rename the first two to model.safetensors
/// and config.json, and Hugging Face transformers loads them. Checkpoints and log lie in the unit's work folder.
/// </remarks>
internal sealed record TrainPhase(Train Settings) : IPhase
{
    private const int Samples = 4;

    public string Name => "train";

    // Where the device is left open, the machine that plans decides.
    public string Queue => Settings.Device == TrainingDevice.Cuda
        || (Settings.Device == TrainingDevice.Auto && File.Exists("/proc/driver/nvidia/version")) ? Queues.Gpu : Queues.Cpu;

    public bool Result => true;

    // Another CPU or a GPU may round the last bit otherwise.
    public bool Pure => false;

    public IEnumerable<Unit> Plan(PhaseInput input) =>
        input.Upstream.Count == 0 ? [] : [Unit.Of(input, this, "", input.Upstream.Select(UnitInput.Of))];

    public void Execute(UnitWork work)
    {
        var (shards, files) = (new List<TokenShardReader>(), new List<(string, string)>());
        try
        {
            ITokenizer? tokenizer = null;
            foreach (var part in work.Input.Upstream)
            {
                if (part.File(Roles.Tokens) is not { } file)
                    continue;
                files.Add((work.Storage.LocalPath(work.NameOf(file)), file.Sha256));
                shards.Add(TokenShards.Open(files[^1].Item1, file.Sha256));
                tokenizer ??= TokenShards.TokenizerOf(shards[0].Info, work.Storage, work.NameOf(file));
            }
            Execute(work, shards, files, tokenizer);
        }
        catch (Exception e) when (e is TrainingException or DllNotFoundException)
        {
            throw new PipelineException($"stage '{work.Input.Stage.Id}': {e.Message}");
        }
        finally
        {
            shards.ForEach(s => s.Dispose());
        }
    }

    private void Execute(UnitWork work, List<TokenShardReader> shards, List<(string Path, string Sha256)> files, ITokenizer? tokenizer)
    {
        var folder = work.Storage.ScratchPath(work.WorkFolder);
        (IStorage, string)? elsewhere = work.Storage.IsLocal ? null : (work.Storage, work.WorkFolder);
        var settings = Settings with { Seed = Settings.Seed ?? work.Input.Pipeline.Seed };
        using var trainer = new Trainer(settings, shards, work.Unit.Key, folder, say: text => File.AppendAllText(Path.Combine(folder, "remarks.txt"), text + "\n"), elsewhere: elsewhere, tokenizer: tokenizer,
            ranks: RankProcesses.Start(settings, files));
        trainer.Run(step => work.Report((double)step.Step / settings.MaxSteps), work.Cancel);

        var info = shards[0].Info;
        using (var file = work.Create("model", ".safetensors"))
        {
            SafeTensors.Write(file, trainer.Model.Parameters, [new("format", "pt")]);
            file.Rows = trainer.Model.Parameters.Count;
        }
        Write(work, "config", ".json", trainer.Model.Shape.ToConfig(info.EndOfText));
        Write(work, "curve", ".jsonl", trainer.Curve());
        Write(work, "samples", ".txt", SamplesOf(trainer.Model, info, tokenizer, settings.Seed.Value));
        work.Figures["parameters"] = trainer.Model.Shape.Parameters;
        work.Figures["steps"] = trainer.StepsDone;
        work.Figures["trainingTokens"] = trainer.TrainingTokens;
        var (loss, bitsPerByte) = trainer.Validate();
        if (loss is not null)
            work.Figures["validationLoss"] = loss.Value;
        if (bitsPerByte is not null)
            work.Figures["validationBitsPerByte"] = bitsPerByte.Value;
        work.Tally.In = work.Tally.Out = shards.Sum(s => s.Rows);
    }

    private static string SamplesOf(Transformer model, TokenShardInfo info, ITokenizer? tokenizer, long seed)
    {
        Func<int[], string> decode = tokenizer is null ? tokens => string.Join(' ', tokens) : tokenizer.Decode;
        var text = new StringBuilder();
        for (var i = 0; i < Samples && model.Shape.Family != ModelFamily.Bert; i++)
        {
            text.Append("--- sample ").Append(i + 1).Append('\n')
                .Append(new Sampler { Seed = seed + i }.Text(model, [], decode, info.EndOfText)).Append('\n');
        }
        return text.ToString();
    }

    private static void Write(UnitWork work, string role, string extension, string text)
    {
        using var file = work.Create(role, extension);
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Rows = text.Count(c => c == '\n');
    }
}
