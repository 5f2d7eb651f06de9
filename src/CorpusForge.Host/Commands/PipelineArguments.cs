using System.CommandLine;
using System.Globalization;
using CorpusForge.Crawl;

namespace CorpusForge.Host.Commands;

/// <summary>The arguments by which a command takes a pipeline: the file, overrides and limits.</summary>
/// <remarks>Limits of a crawl are overrides of every source `crawl` of the pipeline, so a run that goes on keeps them.</remarks>
internal sealed class PipelineArguments
{
    private readonly Argument<string> _file = new("pipeline") { Description = "The pipeline file (YAML)." };
    private readonly Option<string[]> _set = new("--set") { Description = "Overrides a setting: stages.filter.steps.gopher-quality.minWords=20. May be repeated." };
    private readonly Option<long?> _limit = new("--limit") { Description = "Takes at most so many documents of each source." };

    private readonly Option<long?> _maxPages = new("--max-pages") { Description = "Ends a crawl when it has so many pages." };
    private readonly Option<long?> _maxBytes = new("--max-bytes") { Description = "Ends a crawl once so many bytes of bodies have come." };
    private readonly Option<double?> _maxTime = new("--max-time") { Description = "Ends a crawl once it was at work for so many seconds." };

    public PipelineArguments(Command command)
    {
        command.Arguments.Add(_file);
        foreach (var option in (Option[])[_set, _limit, _maxPages, _maxBytes, _maxTime])
            command.Options.Add(option);
    }

    public string File(ParseResult parsed) => parsed.GetRequiredValue(_file);

    public string[] Set(ParseResult parsed)
    {
        string[] set = parsed.GetValue(_set) ?? [];
        (string Option, string Setting, IFormattable? Value)[] limits =
        [
            ("--max-pages", "maxPages", parsed.GetValue(_maxPages)), ("--max-bytes", "maxBytes", parsed.GetValue(_maxBytes)), ("--max-time", "maxSeconds", parsed.GetValue(_maxTime)),
        ];
        if (limits.FirstOrDefault(l => l.Value is not null).Option is not { } option)
            return set;
        var crawls = PipelineFile.Load(File(parsed), CommandLine.Catalogue, set, Limit(parsed)).Sources.Where(s => s.Source is CrawlSource).ToArray();
        if (crawls.Length == 0)
            throw new PipelineException($"{option}: {File(parsed)} has no source 'crawl'");
        return [.. set, .. from crawl in crawls from limit in limits where limit.Value is not null select string.Create(CultureInfo.InvariantCulture, $"sources.{crawl.Id}.{limit.Setting}={limit.Value}")];
    }

    public long? Limit(ParseResult parsed) => parsed.GetValue(_limit);

    public Pipeline Load(ParseResult parsed) => PipelineFile.Load(File(parsed), CommandLine.Catalogue, Set(parsed), Limit(parsed));
}
