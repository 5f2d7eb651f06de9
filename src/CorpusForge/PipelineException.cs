namespace CorpusForge;

/// <summary>The user's pipeline file, option or input is wrong. The message says what, where, and what was expected; nothing was started.</summary>
public sealed class PipelineException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public PipelineException(string problem)
        : this([problem])
    {
    }

    public IReadOnlyList<string> Problems { get; } = problems;
}
