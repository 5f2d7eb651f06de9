using System.CommandLine;
using System.Globalization;
using CorpusForge.Audit;
using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`workers`, `datasets`, `clusters`, `crawl`, `curve`, `audit-trail`: what the pages of the same names show.</summary>
internal static class LookCommands
{
    public static IEnumerable<Command> Create() =>
    [
        Of("workers", "Lists the processes that work, or did within a day, or the units that one of them has.", "WORKER", (service, name, _) =>
            name is null ? new WorkerAnswer(service.Workers(), null) : new WorkerAnswer([], service.UnitsOn(name)), answer =>
        {
            foreach (var u in answer.Units ?? [])
                Console.Out.WriteLine($"{u.Run}/{u.StageId}/{u.PhaseName}/{u.Key} {u.State} attempt {u.Attempt}");
            if (answer.Units is not null)
                return;
            if (answer.Workers.Count == 0)
            {
                Console.Error.WriteLine("No worker of the service is here, nor was within a day.");
                return;
            }
            Console.Out.WriteLine($"{"worker",-40} {"state",-9} {"units",5} {"heard of",10}  queues");
            foreach (var w in answer.Workers)
                Console.Out.WriteLine($"{w.Id,-40} {w.State,-9} {w.Running,5} {$"{w.Silent:0} s ago",10}  {string.Join(", ", w.Queues.Select(q => $"{q.Key} {q.Value}"))}");
        }),
        Of("datasets", "Lists what the stages of all pipelines have produced, or the versions of one dataset.", "PIPELINE/STAGE",
            (service, name, _) => name is null ? service.Datasets() : [service.Datasets(name.Split('/')[0]).FirstOrDefault(d => d.Id == name) ?? throw new NotFoundException($"there is no dataset {name}")],
            datasets =>
            {
                foreach (var d in datasets)
                {
                    Console.Out.WriteLine(d.Id);
                    foreach (var v in d.Versions)
                        Console.Out.WriteLine($"  {v.Root[..12]}  {v.Documents,12:N0} documents {CommandLine.Size(v.Bytes),10}{(v.Tokens > 0 ? $" {v.Tokens:N0} tokens" : "")}  {v.Folder}  of {string.Join(", ", v.Runs.Take(3))}{(v.Runs.Count > 3 ? ", …" : "")}");
                }
            }),
        Of("clusters", "Shows what a run removed as duplicates, by source and language, and its largest clusters; or the cluster of one survivor with what its documents do not have in common.", "RUN or RUN/SURVIVOR",
            (service, name, cancel) => ClustersOf(service, name, cancel),
            found =>
            {
                if (found.Duplicates is { } figures)
                {
                    foreach (var c in figures.Largest)
                        Console.Out.WriteLine($"{c.Survivor} {c.Size,8:N0}  {TextDiff.Printable(c.Url ?? c.Start)}");
                    foreach (var (what, all, removed, share) in figures.BySource.Select(s => ($"source {s.Source}", s.In, s.Removed, s.Share)).Concat(figures.ByLanguage.Select(l => ($"language {l.Language}", l.In, l.Removed, l.Share))))
                        Console.Out.WriteLine($"{TextDiff.Printable(what),-32} {removed,12:N0} of {all,12:N0} removed  {share,7:P1}");
                    Console.Error.WriteLine($"{figures.Clusters:N0} clusters of documents with their duplicates, of which {figures.Removed:N0} documents were removed{(figures.Largest.Count < figures.Clusters ? $"; the largest {figures.Largest.Count:N0} are shown" : "")}");
                }
                if (found.Cluster is not { } one)
                    return;
                foreach (var d in one.Absorbed.Prepend(one.Survivor))
                {
                    Console.Out.WriteLine($"━━ {(d.Verdict is { } v ? $"{v.Rule} {v.Measured?.ToString("0.####", CultureInfo.InvariantCulture)}" : $"survivor of {one.Size:N0}")} {d.Id} {TextDiff.Printable(d.Url ?? "")}");
                    // The survivor in full, of the others the lines that it has (-) and they have (+).
                    foreach (var (sign, line) in d.Id == one.Survivor.Id ? d.Text.Split('\n').Select(l => (' ', l)) : TextDiff.Of(one.Survivor.Text, d.Text))
                        Console.Out.WriteLine($"{sign} {TextDiff.Printable(line)}".TrimEnd());
                }
            }),
        Of("crawl", "Shows what the crawls of a run have brought.", "RUN", (service, run, _) => service.CrawlHosts(Needed(run)), crawl =>
        {
            Console.Out.WriteLine($"{crawl.Pages:N0} pages, {CommandLine.Size(crawl.Bytes)}, {crawl.Unvisited:N0} known and not asked for");
            foreach (var r in crawl.Rules)
                Console.Out.WriteLine($"  - {r.Name,-32} {r.Count,10:N0}");
            foreach (var h in crawl.Hosts)
                Console.Out.WriteLine($"  {h.Host,-40} {h.Pages,8:N0} pages {CommandLine.Size(h.Bytes),10} {h.Failed,6:N0} failed, robots {h.Robots}, delay {h.DelaySeconds:0.#} s, {h.Backoffs} back-offs");
        }),
        Of("curve", "Shows how the models of a run learnt, or learn.", "RUN", (service, run, _) => service.Curves(Needed(run), 50), curves =>
        {
            if (curves.Count == 0)
                Console.Error.WriteLine("The run has trained no model.");
            foreach (var c in curves)
            {
                Console.Out.WriteLine($"{c.Run}/{c.Stage}: {(c.Done ? "done" : "training")}, {(c.Points is [.., var last] ? last.Step : 0):N0} steps{(c.MaxSteps is null ? "" : $" of {c.MaxSteps:N0}")}");
                foreach (var p in c.Points)
                    Console.Out.WriteLine($"  {p.Step,10:N0}  loss {p.Loss:0.0000}{(p.ValidationLoss is { } v ? $"  validation {v:0.0000}" : "")}");
            }
        }),
        Of("audit-trail", "Lists who did what, newest first.", null, (service, _, _) => service.AuditTrail(), trail =>
        {
            if (trail.Items.Count == 0)
                Console.Error.WriteLine("Nothing was asked of the service here.");
            foreach (var a in trail.Items)
                Console.Out.WriteLine($"{a.At} {a.Who} {a.Action} {a.Target} {TextDiff.Printable(a.Detail)}".TrimEnd());
        }),
    ];

    private static Command Of<T>(string name, string description, string? argument, Func<RunService, string?, CancellationToken, T> ask, Action<T> tell)
    {
        var command = new Command(name, description);
        var what = new Argument<string?>("of") { Description = argument, Arity = ArgumentArity.ZeroOrOne };
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        if (argument is not null)
            command.Arguments.Add(what);
        command.Options.Add(output);
        command.Options.Add(format);
        command.SetAction((parsed, cancel) =>
        {
            var answer = RunPlace.Asked(() => ask(RunPlace.Service(parsed.GetRequiredValue(output)), argument is null ? null : parsed.GetValue(what), cancel));
            if (parsed.GetValue(format) == "json")
                CommandLine.WriteJson(answer);
            else
                tell(answer);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static string Needed(string? run) => run ?? throw new PipelineException("say which run; `corpusforge runs list` shows them");

    private static ClusterAnswer ClustersOf(RunService service, string? name, CancellationToken cancel) => Needed(name).Split('/') switch
    {
        [var run] => new ClusterAnswer(service.Duplicates(run, cancel: cancel), null),
        [var run, var survivor] => new ClusterAnswer(null, service.Cluster(run, survivor, cancel: cancel)),
        _ => throw new PipelineException($"'{name}': give RUN or RUN/SURVIVOR"),
    };

    private sealed record WorkerAnswer(IReadOnlyList<WorkerSummary> Workers, IReadOnlyList<UnitSummary>? Units);

    private sealed record ClusterAnswer(DuplicateFigures? Duplicates, ClusterDetail? Cluster);
}
