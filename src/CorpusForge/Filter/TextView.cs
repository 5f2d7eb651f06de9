namespace CorpusForge.Filter;

/// <summary>The one analysis of a document that all filters and taggers share, computed lazily once.</summary>
/// <remarks>Owned by one worker, which calls <see cref="Reset"/> for each document and keeps the buffers.</remarks>
public sealed class TextView
{
    private readonly SignalRecorder? _recorder;

    /// <param name="recorder">Set when the stage says `signals: all`.</param>
    public TextView(SignalRecorder? recorder = null) => _recorder = recorder;

    public Document Document { get; private set; } = null!;
    public ReadOnlySpan<char> Text => Document.Text;

    /// <summary>Where a filter's table of rules starts.</summary>
    public Verdict Verdict => _recorder is null ? Verdict.Keep : Verdict.Recording(_recorder);

    public void Reset(Document document) => Document = document;

    /// <summary>Takes over fields that a tagger set; the text, and so the analysis, is the same.</summary>
    public void Tagged(Document document) => Document = document;
}
