using System.CommandLine;

namespace CorpusForge.Host.Commands;

/// <summary>The arguments by which a command takes a pipeline: the file, overrides and a limit.</summary>
internal sealed class PipelineArguments
{
    private readonly Argument<string> _file = new("pipeline") { Description = "The pipeline file (YAML)." };
    private readonly Option<string[]> _set = new("--set") { Description = "Overrides a setting: stages.filter.steps.gopher-quality.minWords=20. May be repeated." };
    private readonly Option<long?> _limit = new("--limit") { Description = "Takes at most so many documents of each source." };

    public PipelineArguments(Command command)
    {
        command.Arguments.Add(_file);
        command.Options.Add(_set);
        command.Options.Add(_limit);
    }

    public string File(ParseResult parsed) => parsed.GetRequiredValue(_file);

    public string[] Set(ParseResult parsed) => parsed.GetValue(_set) ?? [];

    public long? Limit(ParseResult parsed) => parsed.GetValue(_limit);

    public Pipeline Load(ParseResult parsed) => PipelineFile.Load(File(parsed), CommandLine.Catalogue, Set(parsed), Limit(parsed));
}
