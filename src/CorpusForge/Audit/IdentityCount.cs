using System.Globalization;

namespace CorpusForge.Audit;

/// <summary>Counts the terms in what rules kept and dropped, and compares, for each term and for each group as a whole.</summary>
/// <remarks>
/// Documents that were dropped without text (an extraction that failed) are left out: whether they had a term is not known.
/// The share of a rule is of all documents that entered its stage. Strata are the languages, by lengths that grow by a factor of four.
/// </remarks>
internal sealed class IdentityCount
{
    private const double Level = 0.05;

    private readonly IReadOnlyList<IdentityTerm> _terms;
    private readonly (string Group, string Name)[] _subjects;
    private readonly int[] _groupOf;
    private readonly TermMatcher _matcher;
    private readonly int[] _found;
    private readonly long[] _occurrences, _documents;
    private readonly List<Entered> _stages = [];
    private long _corpus;

    public IdentityCount(IReadOnlyList<IdentityTerm> terms)
    {
        _terms = terms;
        // A group of one term is that term.
        var groups = terms.GroupBy(t => t.Group, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        _subjects = [.. terms.Select(t => (t.Group, t.Name)), .. groups.Select(g => (g, "*"))];
        _groupOf = [.. terms.Select(t => groups.IndexOf(t.Group) is >= 0 and var g ? terms.Count + g : -1)];
        _matcher = new TermMatcher([.. terms.Select(t => t.Forms)]);
        _found = new int[_subjects.Length];
        _occurrences = new long[terms.Count];
        _documents = new long[terms.Count];
    }

    public void StartStage(string id) => _stages.Add(new Entered(id, _subjects.Length));

    /// <summary>A document that the stage kept; <paramref name="corpus"/> where it is in the final corpus.</summary>
    public void Kept(Document document, bool corpus)
    {
        Find(document.Text);
        _stages[^1].All.Add(Key.Of(document), _found);
        if (!corpus)
            return;
        _corpus++;
        for (var i = 0; i < _terms.Count; i++)
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
        var (stage, key) = (_stages[^1], Key.Of(reject.Document));
        stage.All.Add(key, _found);
        stage.Of(reject.Step, reject.Rule).Add(key, _found);
    }

    public IdentityFigures ToFigures()
    {
        var untested = 0L;
        var tested = new List<Comparison>();
        foreach (var stage in _stages)
        {
            foreach (var (rule, dropped) in stage.Rules())
            {
                for (var subject = 0; subject < _subjects.Length; subject++)
                {
                    if (Compare(stage, rule, dropped, subject) is { } comparison)
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

    private Comparison? Compare(Entered stage, string rule, StrataCounts dropped, int subject)
    {
        if (MantelHaenszel.Of(stage.All.Against(dropped, subject)) is not { } test)
            return null;
        var (with, hitsWith, without, hitsWithout) = stage.All.Against(dropped, subject).Aggregate((a, b) =>
            new Stratum(a.With + b.With, a.HitsWith + b.HitsWith, a.Without + b.Without, a.HitsWithout + b.HitsWithout));
        return new Comparison(
            stage.Id, rule, _subjects[subject].Group, _subjects[subject].Name, with, hitsWith, without, hitsWithout,
            Statistics.Share(hitsWith, with), Statistics.Wilson(hitsWith, with), Statistics.Share(hitsWithout, without), Statistics.Wilson(hitsWithout, without),
            test.Difference, test.Interval, test.Ratio, test.Strata, test.P, test.P, false);
    }

    private void Find(string text)
    {
        Array.Clear(_found);
        _matcher.Count(text, _found);
        for (var i = 0; i < _groupOf.Length; i++)
            if (_groupOf[i] >= 0)
                _found[_groupOf[i]] += _found[i];
    }

    private static double Skew(Comparison c) => c.Ratio switch { null => double.MaxValue, 0 => double.MaxValue, { } r => Math.Abs(Math.Log(r)) };

    // Four digits: enough to read, and the same wherever exp differs in the last bit.
    private static double Significant(double p) => double.Parse(p.ToString("E3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <param name="Language">Nothing where it is not known.</param>
    /// <param name="Length">The power of four characters that the text is shorter than.</param>
    private readonly record struct Key(string Language, int Length) : IComparable<Key>
    {
        public static Key Of(Document document) => new(document.Language ?? "", (int.Log2(document.Text.Length | 1) / 2) + 1);

        public int CompareTo(Key other) => string.CompareOrdinal(Language, other.Language) is not 0 and var order ? order : Length.CompareTo(other.Length);
    }

    /// <summary>By stratum: documents, and those with each subject.</summary>
    private sealed class StrataCounts(int subjects)
    {
        private sealed class Counts(int subjects)
        {
            public long Documents { get; set; }
            public long[] Of { get; } = new long[subjects];
        }

        private readonly SortedDictionary<Key, Counts> _strata = [];

        private Counts At(Key key)
        {
            if (!_strata.TryGetValue(key, out var counts))
                _strata[key] = counts = new Counts(subjects);
            return counts;
        }

        public void Add(Key key, ReadOnlySpan<int> found)
        {
            var counts = At(key);
            counts.Documents++;
            for (var i = 0; i < found.Length; i++)
                counts.Of[i] += found[i] > 0 ? 1 : 0;
        }

        /// <summary>Each stratum of these as all, and of <paramref name="dropped"/> as hit.</summary>
        public IEnumerable<Stratum> Against(StrataCounts dropped, int subject)
        {
            foreach (var (key, all) in _strata)
            {
                var (hits, hitsWith) = dropped._strata.TryGetValue(key, out var hit) ? (hit.Documents, hit.Of[subject]) : (0, 0);
                yield return new Stratum(all.Of[subject], hitsWith, all.Documents - all.Of[subject], hits - hitsWith);
            }
        }

        public static StrataCounts Sum(IEnumerable<StrataCounts> all, int subjects)
        {
            var sum = new StrataCounts(subjects);
            foreach (var (key, counts) in all.SelectMany(one => one._strata))
            {
                var to = sum.At(key);
                to.Documents += counts.Documents;
                for (var i = 0; i < subjects; i++)
                    to.Of[i] += counts.Of[i];
            }
            return sum;
        }
    }

    private sealed class Entered(string id, int subjects)
    {
        private readonly SortedDictionary<(string Step, string Rule), StrataCounts> _dropped = new(ByOrdinal.Pairs);

        public string Id => id;
        public StrataCounts All { get; } = new(subjects);

        public StrataCounts Of(string step, string rule)
        {
            if (!_dropped.TryGetValue((step, rule), out var counts))
                _dropped[(step, rule)] = counts = new StrataCounts(subjects);
            return counts;
        }

        /// <summary>Each rule that dropped something; a step as a whole where it has several, the stage where it has several steps.</summary>
        public IEnumerable<(string Rule, StrataCounts Dropped)> Rules()
        {
            var steps = _dropped.GroupBy(d => d.Key.Step, StringComparer.Ordinal).OrderBy(s => s.Key, StringComparer.Ordinal).ToArray();
            if (steps.Length > 1)
                yield return ("*", StrataCounts.Sum(_dropped.Values, subjects));
            foreach (var step in steps)
            {
                if (step.Count() > 1)
                    yield return (step.Key, StrataCounts.Sum(step.Select(s => s.Value), subjects));
                foreach (var ((_, rule), counts) in step)
                    yield return ($"{step.Key}.{rule}", counts);
            }
        }
    }
}
