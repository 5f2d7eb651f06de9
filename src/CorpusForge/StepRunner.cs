using CorpusForge.Filter;
using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge;

/// <summary>Runs the steps of a stage over documents, one after the other, and counts what they do. Owned by one worker.</summary>
public sealed class StepRunner
{
    private readonly IReadOnlyList<(ConfiguredStep Configured, IStep Opened)> _steps;
    private readonly SignalRecorder? _recorder;
    private readonly TextView _view;
    private readonly Changes _changes = new();
    private readonly string[] _signals = [];

    /// <param name="steps">In order; extractors are not run here.</param>
    /// <param name="signals">Whether every measured value is kept.</param>
    /// <param name="words">What a word is in scripts without spaces.</param>
    public StepRunner(IEnumerable<ConfiguredStep> steps, bool signals = false, Segmentation words = Segmentation.Characters)
    {
        _steps = [.. steps.Where(s => s.Step is not IExtractor).Select(s => (s, Open(s.Step)))];
        _recorder = signals ? new SignalRecorder() : null;
        _view = new TextView(_recorder, words);
        _signals = signals ? DiscoverSignals() : [];
    }

    /// <summary>The signal columns, `step.rule`: what the filters measure on a document without text.</summary>
    public IReadOnlyList<string> Signals => _signals;

    /// <summary>What the transforms changed so far, by `step.change`.</summary>
    public IReadOnlyDictionary<string, long> Changes => _changes.Counts;

    /// <summary>The document that the steps leave, or null with the reject that says why there is none.</summary>
    /// <exception cref="StepException">A step threw.</exception>
    public Document? Run(Document document, out Reject? reject)
    {
        reject = null;
        _recorder?.Clear();
        Reject? first = null;
        _view.Reset(document);
        foreach (var (configured, step) in _steps)
        {
            if (!step.For.HasFlag(KindsOf(document.Kind)))
                continue;
            try
            {
                document = RunStep(configured, step, document, ref first);
            }
            catch (Exception e) when (e is not OperationCanceledException and not OutOfMemoryException)
            {
                throw new StepException(configured.Id, step.Version, document, e);
            }
            if (first is not null && _recorder is null)
                break;
        }
        if (_recorder is not null)
            document = document with { Signals = new SignalValues(_signals, Array.ConvertAll(_signals, s => _recorder.Values.TryGetValue(s, out var v) ? v : (double?)null)) };
        if (first is null)
            return document;
        reject = first with { Document = document };
        return null;
    }

    private Document RunStep(ConfiguredStep configured, IStep step, Document document, ref Reject? first)
    {
        if (step is ITransform transform)
        {
            _changes.Step = configured.Id;
            var changed = transform.Apply(document, _changes);
            if (!ReferenceEquals(changed.Text, document.Text))
                _view.Reset(changed);
            else if (!ReferenceEquals(changed, document))
                _view.Tagged(changed);
            document = changed;
        }
        if (step is ITagger tagger)
        {
            document = tagger.Tag(_view).On(document);
            _view.Tagged(document);
        }
        if (step is IFilter filter)
        {
            if (_recorder is not null)
                _recorder.Step = configured.Id;
            var verdict = filter.Judge(_view);
            if (!verdict.Kept && first is null)
                first = new Reject(document, configured.Id, step.Version, verdict.Rule!, verdict.Measured, verdict.Limit);
        }
        return document;
    }

    private string[] DiscoverSignals()
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var kind in Enum.GetValues<Kind>())
        {
            Run(Probe(kind), out _);
            found.UnionWith(_recorder!.Values.Keys);
        }
        return [.. found];
    }

    /// <summary>A document without text of which filters measure all that they can: what taggers set is there, as no text would bring it.</summary>
    internal static Document Probe(Kind kind) =>
        new() { Id = Document.IdOf("", []), Kind = kind, Text = "", Source = "", Locator = "", Language = "en", LanguageScore = 1, Toxicity = 0 };

    /// <summary>The step itself, or what it opens to, once per process.</summary>
    internal static IStep Open(IStep step) => step is IOpenable openable ? OpenedSteps.Of(openable) : step;

    public static Kinds KindsOf(Kind kind) => kind switch { Kind.Text => Kinds.Text, Kind.Code => Kinds.Code, _ => Kinds.Caption };
}

/// <summary>A step threw, which is a bug in the step: names step, version and document.</summary>
public sealed class StepException(string step, int version, Document document, Exception inner)
    : Exception($"step {step} (version {version}) failed on document {document.Id} ({document.Locator}): {Cause(inner).Message}", inner)
{
    // That a type could not be initialised says nothing; why it could not does.
    private static Exception Cause(Exception e) => e is TypeInitializationException { InnerException: { } inner } ? Cause(inner) : e;
}
