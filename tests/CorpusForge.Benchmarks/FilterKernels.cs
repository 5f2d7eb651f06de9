using BenchmarkDotNet.Attributes;
using CorpusForge.Clean;
using CorpusForge.Filter;
using CorpusForge.Filter.FastText;

namespace CorpusForge.Benchmarks;

/// <summary>The analysis of a text, the filters that read it, and the built-in models.</summary>
public class FilterKernels
{
    private readonly TextView _view = new();
    private readonly GopherRepetition _gopherRepetition = new();
    private readonly GopherQuality _gopherQuality = new();
    private readonly C4Quality _c4Quality = new();
    private readonly FineWebQuality _fineWebQuality = new();
    private readonly RedactPii _redactPii = new();
    private readonly Changes _changes = new();
    private readonly TextView _recorded = new(new SignalRecorder());
    private readonly IFilter _signals = (IFilter)new RedPajamaSignals().Open();
    private readonly ITagger _language = (ITagger)new Language().Open();
    private readonly ITagger _toxicity = (ITagger)new Toxicity().Open();

    private FastTextModel _quality = null!;

    [GlobalSetup]
    public void Setup() => KernelInput.Declare(this, KernelInput.TextBytes);

    /// <summary>As DCLM's: 100 numbers a row, pairs of words in two million buckets; what it learned does not matter.</summary>
    [GlobalSetup(Target = nameof(FastText))]
    public void Train()
    {
        Setup();
        _quality = FastTextTrainer.Train(new FastTextSettings { WordNgrams = 2, Epochs = 1 }, KernelInput.Documents.Select((d, i) => ((IReadOnlyList<string>)[i % 2 == 0 ? "a" : "b"], d.Text)), threads: 1, seed: 1);
    }

    /// <summary>Words, lines and n-grams: what the four filters share.</summary>
    [Benchmark]
    public double View()
    {
        var sum = 0.0;
        foreach (var document in KernelInput.Documents)
        {
            _view.Reset(document);
            sum += _view.TokenCount + _view.Lines.Length + _view.TopGramShare(2) + _view.DuplicateGramShare(10) + _view.DuplicateLineShare;
        }
        return sum;
    }

    [Benchmark]
    public int GopherRepetition() => Judge(_gopherRepetition);

    [Benchmark]
    public int GopherQuality() => Judge(_gopherQuality);

    [Benchmark]
    public int C4Quality() => Judge(_c4Quality);

    [Benchmark]
    public int FineWebQuality() => Judge(_fineWebQuality);

    /// <summary>One analysis for all four.</summary>
    [Benchmark]
    public int FourFilters()
    {
        var kept = 0;
        foreach (var document in KernelInput.Documents)
        {
            _view.Reset(document);
            var all = _gopherRepetition.Judge(_view).Kept & _gopherQuality.Judge(_view).Kept & _c4Quality.Judge(_view).Kept & _fineWebQuality.Judge(_view).Kept;
            kept += all ? 1 : 0;
        }
        return kept;
    }

    /// <summary>All 46, of which those without a list or model are not numbers.</summary>
    [Benchmark]
    public int RedPajamaSignals()
    {
        foreach (var document in KernelInput.Documents)
        {
            _recorded.Reset(document);
            _signals.Judge(_recorded);
        }
        return KernelInput.Documents.Length;
    }

    [Benchmark]
    public double FastText() => KernelInput.Documents.Sum(d => _quality.Score(d.Text, 0));

    /// <summary>All types.</summary>
    [Benchmark]
    public int RedactPii()
    {
        var length = 0;
        foreach (var document in KernelInput.Documents)
            length += _redactPii.Apply(document, _changes).Text.Length;
        return length;
    }

    /// <summary>Looks at the first 10,000 characters of a text only.</summary>
    [Benchmark]
    public double Language() => Tag(_language).Sum(f => f.LanguageScore ?? 0);

    [Benchmark]
    public double Toxicity() => Tag(_toxicity).Sum(f => f.Toxicity ?? 0);

    private int Judge(IFilter filter)
    {
        var kept = 0;
        foreach (var document in KernelInput.Documents)
        {
            _view.Reset(document);
            kept += filter.Judge(_view).Kept ? 1 : 0;
        }
        return kept;
    }

    private IEnumerable<Fields> Tag(ITagger tagger)
    {
        foreach (var document in KernelInput.Documents)
        {
            _view.Reset(document);
            yield return tagger.Tag(_view);
        }
    }
}
