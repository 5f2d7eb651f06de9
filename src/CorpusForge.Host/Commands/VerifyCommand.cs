using System.CommandLine;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`verify`: sets what lies on disk against what was recorded when it was written.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var command = new Command("verify", "Reads every file of finished stages and sets it against its manifest, the manifests against the stage's Merkle root, and the root against what runs and takedowns recorded. Changes nothing; the exit code is 1 where something is damaged.");
        var what = new Argument<string?>("of") { Description = "A run, RUN/STAGE-ID, a stage's id, or a stage's folder (it may be in S3); everything in the output folder when left out.", Arity = ArgumentArity.ZeroOrOne };
        var workers = new Option<int>("--workers", "-w") { Description = "Files at once.", DefaultValueFactory = _ => CommandLine.DefaultWorkers };
        workers.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() is < 1 or > 512)
                r.AddError("--workers: from 1 to 512");
        });
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        command.Arguments.Add(what);
        foreach (var option in (Option[])[workers, output, format])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) =>
        {
            var (json, found) = (parsed.GetValue(format) == "json", new List<Verification>());
            foreach (var (storage, above, stage, roots) in StagesOf(parsed.GetValue(what), parsed.GetRequiredValue(output)))
            {
                var one = Verification.Of(storage, stage, roots, parsed.GetValue(workers), cancel);
                found.Add(one with { Stage = above + stage, Damage = [.. one.Damage.Select(d => d with { File = above + d.File })] });
                if (!json)
                    Tell(found[^1]);
            }
            var damaged = found.Sum(f => f.Damage.Count);
            if (json)
                CommandLine.WriteJson(new { whole = damaged == 0, stages = found });
            else
                Console.Out.WriteLine(damaged == 0
                    ? $"{Counted(found)}: all is as it was recorded."
                    : $"{Counted(found)}: {damaged:N0} {(damaged == 1 ? "thing is" : "things are")} not as recorded. Remove the files that are named, and the next run makes them anew.");
            return Task.FromResult(damaged == 0 ? CommandLine.Done : CommandLine.RunFailed);
        });
        return command;
    }

    private static void Tell(Verification one)
    {
        var root = one.Root is { } known ? $"root {known[..16]}…" : one.Finished ? "" : "not finished";
        Console.Out.WriteLine($"{one.Stage,-48} {one.Parts,8:N0} {(one.Parts == 1 ? "part " : "parts")} {one.Files,8:N0} {(one.Files == 1 ? "file " : "files")} {CommandLine.Size(one.Bytes),10}  {(one.Damage.Count == 0 ? "whole" : "DAMAGED")}  {root}".TrimEnd());
        foreach (var damage in one.Damage)
            Console.Out.WriteLine($"    {damage.File} {damage.Problem}");
    }

    private static string Counted(List<Verification> found) =>
        $"{found.Count:N0} {(found.Count == 1 ? "stage" : "stages")}, {found.Sum(f => (long)f.Files):N0} {(found.Sum(f => (long)f.Files) == 1 ? "file" : "files")}, {CommandLine.Size(found.Sum(f => f.Bytes))}";

    // The folder of the pipeline, its name before what is told, the stage in it, and the roots that are known.
    private static List<(IStorage Storage, string Above, string Stage, string[] Roots)> StagesOf(string? what, string place)
    {
        if (what is not null && File.Exists(Path.Combine(what, "ledger.db")))
            (place, what) = (what, null);
        if (what is not null && (Storages.IsRemote(what) || Directory.Exists(what)))
        {
            var (above, stage) = AppSettings.Storages.OpenAbove(what);
            return above.Exists($"{stage}/stage.json")
                ? [(above, Storages.IsRemote(what) ? what.TrimEnd('/')[..^stage.Length] : above.LocalPath("") + "/", stage, [])]
                : throw new PipelineException($"{what}: this is no folder of a finished stage (it has no stage.json); name the output folder with --out");
        }
        using var output = RunPlace.Open(place);
        var storage = output.Storage;
        if (storage.Exists(Deduplicate.Takedown.Begun))
            throw new PipelineException($"a takedown was stopped in {place} before it was done: repeat it first");
        string[] folders = what is not null ? [.. Named(output, what)] : [
            .. storage.Folders("").SelectMany(p => storage.Folders(p).Select(s => $"{p}/{s}")).Where(IsStage)
                .Union(output.Ledger.Runs().Where(r => r.State == States.Done).DistinctBy(r => r.Pipeline).SelectMany(r => output.Ledger.Stages(r.Id)).Select(s => s.Folder)).Order(StringComparer.Ordinal)];
        if (folders.Length == 0)
            throw new PipelineException($"there is no stage in {place} yet");
        var recorded = Verification.Recorded(output.Ledger, storage);
        return [.. folders.Select(f => (f, Cut: f.LastIndexOf('/'))).Select(f => ((IStorage)new BelowStorage(storage, f.f[..f.Cut]), f.f[..(f.Cut + 1)], f.f[(f.Cut + 1)..], recorded[f.f].ToArray()))];

        bool IsStage(string folder) => storage.Exists($"{folder}/stage.json") || storage.List(folder).Any(f => f.Name.EndsWith(".json", StringComparison.Ordinal) && f.Name.Contains("/part-", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Named(OutputFolder output, string what)
    {
        var runs = output.Ledger.Runs();
        if (runs.Any(r => r.Id == what))
            return output.Ledger.Stages(what) is { Count: > 0 } stages ? stages.Select(s => s.Folder) : throw new PipelineException($"run {what} has finished no stage yet");
        var cut = what.LastIndexOf('/');
        foreach (var run in cut < 0 ? runs : [ChosenRun.Of(output, what[..cut])])
        {
            if (output.Ledger.Stages(run.Id).FirstOrDefault(s => s.Id == what[(cut + 1)..]) is { } stage)
                return [stage.Folder];
        }
        throw new PipelineException($"'{what}' is no folder, no run and no finished stage in {output.Path}; there are: {string.Join(", ", runs.Select(r => r.Id).Concat(runs.SelectMany(r => output.Ledger.Stages(r.Id)).Select(s => s.Id).Distinct()).Take(20))}");
    }
}
