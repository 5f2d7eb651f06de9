using System.Collections.Concurrent;
using CorpusForge.Filter.RedPajama;
using CorpusForge.Settings;

namespace CorpusForge.Filter;

/// <summary>Measures the 46 quality signals of RedPajama-V2 and drops nothing; the stage must say `signals: all`, or there is nothing to do.</summary>
/// <remarks>
/// Together 2023, the annotations of RedPajama-Data-V2, by their names in kebab case. What was a list with an entry a line is its mean over the lines (of
/// `javascript-counts` the sum); of each MinHash signature the key of the first band is kept, 32 bits. Lengths are UTF-16 units. A signal whose list or model is not given, or that the
/// document does not bring (`ccnet-…` from metadata), is NaN.
/// </remarks>
public sealed record RedPajamaSignals : IOpenable
{
    public Kinds For => Kinds.Text;
    public int Version => 2;

    /// <summary>A file of bad words or phrases, one a line, in lower case.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public string? BadWords { get; init; }

    /// <summary>Folders of a UT1 list, each with a file `domains`; the signal is the number of the first that has the domain, from 1.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Ut1 { get; init; } = [];

    /// <summary>A fastText model whose label `wiki` is for pages that an encyclopedia refers to.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public string? WikiRefModel { get; init; }

    /// <summary>A fastText model whose label `hq` is for the mix of PaLM.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public string? PalmModel { get; init; }

    /// <summary>A fastText model whose label `wikipedia` is for an encyclopedia.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public string? WikipediaModel { get; init; }

    /// <summary>Log ratios of hashed words and pairs of words, 10,000 lines of one number, target against web: of books.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public string? BooksImportance { get; init; }

    /// <summary>The same of linked web pages.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public string? OpenWebTextImportance { get; init; }

    /// <summary>The same of an encyclopedia.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public string? WikipediaImportance { get; init; }

    /// <summary>In lower case.</summary>
    public IReadOnlyList<string> StopWords { get; init; } = s_stopWords;

    private static readonly IReadOnlyList<string> s_stopWords =
    [
        .. ("a about after again all also am an and any are as at be because been before being but by can could did do does down each even for from had has have he her here him "
        + "his how i if in into is it its just like made many may me more most much must my no not now of on one only or other our out over said same see she should since so some "
        + "still such take than that the their them then there these they this those through to too two under up us very was way we well were what when where which while who why "
        + "will with would you your").Split(' '),
    ];

    public string ModelDigest => Digests.Of(string.Join('\n', Files().Select(f => Convert.ToHexStringLower(Sha256Of(f)))));

    public IStep Open() => new Opened(this, RedPajamaModels.Read(this));

    private IEnumerable<string> Files() =>
        ((string?[])[BadWords, .. Ut1.Select(u => Path.Combine(u, "domains")), WikiRefModel, PalmModel, WikipediaModel, BooksImportance, OpenWebTextImportance, WikipediaImportance])
        .OfType<string>();

    private static byte[] Sha256Of(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return System.Security.Cryptography.SHA256.HashData(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PipelineException($"redpajama-signals: '{file}' cannot be read: {e.Message}");
        }
    }

    private sealed class Opened(RedPajamaSignals settings, RedPajamaModels models) : IFilter
    {
        // Scratch of the workers that are not measuring now.
        private readonly ConcurrentBag<RedPajamaMeasures> _idle = [];

        public Kinds For => settings.For;

        public Verdict Judge(TextView text)
        {
            if (!text.Records)
                return text.Verdict;
            var measures = _idle.TryTake(out var idle) ? idle : new RedPajamaMeasures(models, settings.StopWords);
            var verdict = measures.Measure(text);
            _idle.Add(measures);
            return verdict;
        }
    }
}
