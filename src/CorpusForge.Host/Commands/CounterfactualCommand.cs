using System.CommandLine;
using System.Globalization;
using CorpusForge.Audit;

namespace CorpusForge.Host.Commands;

/// <summary>`counterfactual`: swaps identity terms in a sample of a stage and counts which filters decide otherwise.</summary>
internal static class CounterfactualCommand
{
    public static Command Create()
    {
        var command = new Command("counterfactual", "Swaps identity terms in a sample of documents, asks the filters of a pipeline again, and counts the decisions that turn.");
        var stage = new Argument<string>("stage") { Description = "A stage with documents: its folder, its id (of the latest run that has it), or RUN/STAGE-ID. What it dropped is taken, too." };
        command.Arguments.Add(stage);
        var pipeline = new PipelineArguments(command);
        var id = new Option<string?>("--stage") { Description = "The stage of the pipeline file whose filters to ask; the one of the same id when left out." };
        var terms = new Option<string?>("--terms") { Description = "A file of identity terms instead of the English list, as of the stage audit." };
        var sample = new Option<int>("--sample") { Description = "So many documents that have a term, chosen by their ids.", DefaultValueFactory = _ => 1000 };
        var swaps = new Option<int>("--swaps") { Description = "At most so many swaps in a document.", DefaultValueFactory = _ => 8 };
        var seed = new Option<long>("--seed") { Description = "Another seed takes other documents." };
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        foreach (var option in (Option[])[id, terms, sample, swaps, seed, output, format])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) =>
        {
            var folder = InspectCommand.FolderOf(parsed.GetRequiredValue(stage), parsed.GetRequiredValue(output));
            var steps = ((IStepStage)ReplayCommand.StageOf(pipeline.Load(parsed), parsed.GetValue(id) ?? folder.Name[..Math.Max(0, folder.Name.LastIndexOf('-'))]).Stage).Steps;
            if (parsed.GetValue(sample) < 1 || parsed.GetValue(swaps) < 1)
                throw new PipelineException("--sample and --swaps are at least 1");
            if (steps.All(s => s.Step is not (IFilter or IOpenable)))
                throw new PipelineException($"the stage has no filter to ask: name one that has with --stage");
            var counterfactual = new Counterfactual(steps, IdentityTerm.ReadFile(parsed.GetValue(terms)), parsed.GetValue(swaps));
            foreach (var document in Sample(folder, counterfactual, parsed.GetValue(sample), parsed.GetValue(seed), cancel))
            {
                cancel.ThrowIfCancellationRequested();
                counterfactual.Add(document);
            }
            if (parsed.GetValue(format) == "json")
                CommandLine.WriteJson(counterfactual.ToReport());
            else
                Tell(counterfactual.ToReport());
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    // The documents whose mixed id is smallest: a sample that is the same however the stage was cut into parts.
    private static IEnumerable<Document> Sample(Runs.StageFolder folder, Counterfactual counterfactual, int size, long seed, CancellationToken cancel)
    {
        var mixed = SplitMix64.Mix((ulong)seed);
        var chosen = new PriorityQueue<Document, ulong>(Comparer<ulong>.Create((a, b) => b.CompareTo(a)));
        foreach (var (document, _) in folder.Documents().Select(d => (d.Document, d.Reject)))
        {
            cancel.ThrowIfCancellationRequested();
            var place = SplitMix64.Mix(ulong.Parse(document.Id.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture) ^ mixed);
            if (chosen.Count == size && chosen.TryPeek(out _, out var last) && place >= last || !counterfactual.HasSwap(document.Text))
                continue;
            if (chosen.Count < size)
                chosen.Enqueue(document, place);
            else
                chosen.EnqueueDequeue(document, place);
        }
        return chosen.UnorderedItems.OrderBy(i => i.Priority).ThenBy(i => i.Element.Id, StringComparer.Ordinal).Select(i => i.Element);
    }

    private static void Tell(CounterfactualReport report)
    {
        const int shown = 5;
        Console.Out.WriteLine($"{"filter",-24} {"swaps",10} {"to dropped",12} {"to kept",10} {"turned",8}   95 %");
        foreach (var filter in report.Filters)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{filter.Filter,-24} {filter.Swaps,10:N0} {filter.ToDropped,12:N0} {filter.ToKept,10:N0} {filter.Share * 100,6:0.0} %   {filter.Interval.Low * 100:0.0} to {filter.Interval.High * 100:0.0} %"));
            foreach (var swap in filter.Turned.Take(shown))
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {swap.From} → {swap.To}: {swap.Swaps:N0} swaps, {swap.ToDropped:N0} to dropped, {swap.ToKept:N0} to kept, p {swap.AdjustedP:0.###}"));
            if (filter.Turned.Count > shown)
                Console.Out.WriteLine($"  and {filter.Turned.Count - shown:N0} more swaps that turned some (-o json)");
        }
        Console.Error.WriteLine(report.Swaps == 0
            ? "corpusforge: no document has a term that another of its group could take the place of, so nothing was asked"
            : $"{report.Swaps:N0} swaps in {report.Documents:N0} documents");
    }
}
