using System.Text;

namespace CorpusForge.Audit;

/// <summary>A term and the group of people it is about.</summary>
/// <param name="Group">For example religion.</param>
/// <param name="Name">As the report shows it.</param>
/// <param name="Forms">What counts as the term in a text.</param>
public sealed record IdentityTerm(string Group, string Name, IReadOnlyList<string> Forms)
{
    /// <summary>The list that comes with the program: English; six groups.</summary>
    public static IReadOnlyList<IdentityTerm> English { get; } = ReadEmbedded();

    /// <summary>Reads lines of group, tab and term; further forms stand behind `|`, comments behind `#` at the start of a line.</summary>
    /// <exception cref="InputException">A line is not of this form.</exception>
    public static IReadOnlyList<IdentityTerm> Read(Stream stream, string file)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var terms = new List<IdentityTerm>();
        for (var offset = 0L; reader.ReadLine() is { } line; offset += Encoding.UTF8.GetByteCount(line) + 1)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            string[] parts = line.Split('\t');
            string[] forms = parts.Length == 2 ? parts[1].Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];
            if (parts[0].Trim().Length == 0 || forms.Length == 0)
                throw new InputException(file, offset, "expected a group, a tab and a term");
            if (!forms.All(f => f.Any(char.IsLetterOrDigit)))
                throw new InputException(file, offset, "a term needs a letter or a digit");
            terms.Add(new IdentityTerm(parts[0].Trim(), forms[0], forms));
        }
        return terms;
    }

    private static IReadOnlyList<IdentityTerm> ReadEmbedded()
    {
        const string name = "identity-terms.txt";
        using var stream = typeof(IdentityTerm).Assembly.GetManifestResourceStream(name)!;
        return Read(stream, name);
    }
}

/// <summary>Counts the terms in what rules kept and dropped, and compares.</summary>
/// <remarks>
/// Documents that were dropped without text (an extraction that failed) are left out: whether they had a term is not known.
/// The share of a rule is of all documents that entered its stage.
/// </remarks>
internal sealed class IdentityCount
{
    private const double Level = 0.05;

    private readonly IReadOnlyList<IdentityTerm> _terms;
    private readonly TermMatcher _matcher;
    private readonly int[] _found;
    private readonly long[] _occurrences, _documents;
    private readonly List<Entered> _stages = [];
    private long _corpus;

    public IdentityCount(IReadOnlyList<IdentityTerm> terms)
    {
        _terms = terms;
        _matcher = new TermMatcher([.. terms.Select(t => t.Forms)]);
        _found = new int[terms.Count];
        _occurrences = new long[terms.Count];
        _documents = new long[terms.Count];
    }

    public void StartStage(string id) => _stages.Add(new Entered(id, _terms.Count));

    /// <summary>A document that the stage kept; <paramref name="corpus"/> where it is in the final corpus.</summary>
    public void Kept(Document document, bool corpus)
    {
        Find(document.Text);
        var stage = _stages[^1];
        stage.All.Add(_found);
        if (!corpus)
            return;
        _corpus++;
        for (var i = 0; i < _found.Length; i++)
        {
            _occurrences[i] += _found[i];
            _documents[i] += _found[i] > 0 ? 1 : 0;
        }
    }

    public void Dropped(Runs.Reject reject)
    {
        if (reject.Document.Text.Length == 0)
            return;
        Find(reject.Document.Text);
        var stage = _stages[^1];
        stage.All.Add(_found);
        stage.Of(reject.Step, reject.Rule).Add(_found);
    }

    public IdentityFigures ToFigures()
    {
        var untested = 0L;
        var tested = new List<Comparison>();
        foreach (var stage in _stages)
        {
            foreach (var (rule, dropped) in stage.Rules())
            {
                for (var t = 0; t < _terms.Count; t++)
                {
                    if (Compare(stage, rule, dropped, t) is { } comparison)
                        tested.Add(comparison);
                    else
                        untested++;
                }
            }
        }
        var adjusted = Statistics.Holm([.. tested.Select(c => c.P)]);
        var comparisons = tested.Select((c, i) => c with
        {
            P = Significant(c.P),
            AdjustedP = Significant(adjusted[i]),
            Flagged = adjusted[i] <= Level,
        });
        return new IdentityFigures(
            [
                .. _terms.Select((t, i) => new TermFigures(
                    t.Group, t.Name, _occurrences[i], _documents[i], Statistics.Share(_documents[i], _corpus))),
            ],
            [
                .. comparisons.OrderByDescending(c => c.Flagged).ThenByDescending(c => Skew(c)).ThenBy(c => c.AdjustedP)
                    .ThenBy(c => c.Stage, StringComparer.Ordinal).ThenBy(c => c.Rule, StringComparer.Ordinal)
                    .ThenBy(c => c.Group, StringComparer.Ordinal).ThenBy(c => c.Term, StringComparer.Ordinal),
            ],
            untested, Level);
    }

    private Comparison? Compare(Entered stage, string rule, TermCounts dropped, int t)
    {
        var (with, droppedWith) = (stage.All.Of[t], dropped.Of[t]);
        var (without, droppedWithout) = (stage.All.Documents - with, dropped.Documents - droppedWith);
        if (Statistics.TwoProportions(droppedWith, with, droppedWithout, without) is not { } p)
            return null;
        return new Comparison(
            stage.Id, rule, _terms[t].Group, _terms[t].Name, with, droppedWith, without, droppedWithout,
            Statistics.Share(droppedWith, with), Statistics.Wilson(droppedWith, with),
            Statistics.Share(droppedWithout, without), Statistics.Wilson(droppedWithout, without),
            droppedWithout == 0 ? null : Statistics.Round((double)droppedWith / with / ((double)droppedWithout / without)), p, p, false);
    }

    private void Find(string text)
    {
        Array.Clear(_found);
        _matcher.Count(text, _found);
    }

    private static double Skew(Comparison c) => c.Ratio switch { null => double.MaxValue, 0 => double.MaxValue, { } r => Math.Abs(Math.Log(r)) };

    // Four digits: enough to read, and the same wherever exp differs in the last bit.
    private static double Significant(double p) => double.Parse(p.ToString("E3", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);

    private sealed class TermCounts(int terms)
    {
        public long Documents { get; private set; }
        public long[] Of { get; } = new long[terms];

        public void Add(ReadOnlySpan<int> found)
        {
            Documents++;
            for (var i = 0; i < found.Length; i++)
                Of[i] += found[i] > 0 ? 1 : 0;
        }

        public static TermCounts Sum(IEnumerable<TermCounts> all, int terms)
        {
            var sum = new TermCounts(terms);
            foreach (var one in all)
            {
                sum.Documents += one.Documents;
                for (var i = 0; i < terms; i++)
                    sum.Of[i] += one.Of[i];
            }
            return sum;
        }
    }

    private sealed class Entered(string id, int terms)
    {
        private readonly SortedDictionary<(string Step, string Rule), TermCounts> _dropped = new(ByOrdinal.Pairs);

        public string Id => id;
        public TermCounts All { get; } = new(terms);

        public TermCounts Of(string step, string rule)
        {
            if (!_dropped.TryGetValue((step, rule), out var counts))
                _dropped[(step, rule)] = counts = new TermCounts(terms);
            return counts;
        }

        /// <summary>Each rule that dropped something; a step as a whole where it has several, the stage where it has several steps.</summary>
        public IEnumerable<(string Rule, TermCounts Dropped)> Rules()
        {
            var steps = _dropped.GroupBy(d => d.Key.Step, StringComparer.Ordinal).OrderBy(s => s.Key, StringComparer.Ordinal).ToArray();
            if (steps.Length > 1)
                yield return ("*", TermCounts.Sum(_dropped.Values, terms));
            foreach (var step in steps)
            {
                if (step.Count() > 1)
                    yield return (step.Key, TermCounts.Sum(step.Select(s => s.Value), terms));
                foreach (var ((_, rule), counts) in step)
                    yield return ($"{step.Key}.{rule}", counts);
            }
        }
    }
}
