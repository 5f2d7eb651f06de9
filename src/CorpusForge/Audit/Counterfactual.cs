using System.Globalization;
using System.Text;
using CorpusForge.Filter;
using CorpusForge.Settings;

namespace CorpusForge.Audit;

/// <summary>Swaps identity terms in texts and asks every filter again: does it decide otherwise because of the word?</summary>
/// <remarks>
/// All places of one term give way to another term of its group; the other terms of the text stay. A form is replaced by the form in the same place of the
/// list where both terms have as many, else a plural by a plural; capitals stay. Every filter judges, also after another one dropped the document.
/// Swapped texts are not always ones that somebody would write, and a filter may rightly react to a word that is also a reclaimed insult.
/// </remarks>
public sealed class Counterfactual
{
    /// <summary>A filter and a swap: how often it was made, and how often the decision turned one way and the other.</summary>
    private sealed class Turns
    {
        public long Swaps, ToDropped, ToKept;
    }

    private readonly (string Id, IStep Step)[] _steps;
    private readonly string[] _filters;
    private readonly IReadOnlyList<IdentityTerm> _terms;
    private readonly TermMatcher _matcher;
    private readonly int[][] _others;
    private readonly int _maxSwaps;
    private readonly bool _languageIsMeasured, _toxicityIsMeasured;
    private readonly TextView _view = new();
    private readonly Changes _changes = new();
    private readonly SortedDictionary<(int Filter, int From, int To), Turns> _turns = [];
    private readonly long[] _turnedDocuments;
    private long _documents, _swaps;

    /// <param name="steps">In order; their filters are asked.</param>
    /// <param name="terms">Terms of one group are swapped with each other.</param>
    /// <param name="maxSwaps">So many swaps a document, chosen by its id.</param>
    public Counterfactual(IReadOnlyList<ConfiguredStep> steps, IReadOnlyList<IdentityTerm> terms, int maxSwaps = 8)
    {
        _steps = [.. steps.Where(s => s.Step is not IExtractor).Select(s => (s.Id, StepRunner.Open(s.Step)))];
        _filters = [.. _steps.Where(s => s.Step is IFilter).Select(s => s.Id)];
        _turnedDocuments = new long[_filters.Length];
        _terms = terms;
        _matcher = new TermMatcher([.. terms.Select(t => t.Forms)]);
        _others = [.. terms.Select((t, i) => Enumerable.Range(0, terms.Count).Where(o => o != i && terms[o].Group == t.Group).ToArray())];
        _maxSwaps = maxSwaps;
        _languageIsMeasured = steps.Any(s => s.Step is Language);
        _toxicityIsMeasured = steps.Any(s => s.Step is Toxicity);
    }

    /// <summary>Whether the text has a term that another one can stand for.</summary>
    public bool HasSwap(string text)
    {
        for (var at = 0; _matcher.Next(text, ref at, out _) is >= 0 and var term;)
            if (_others[term].Length > 0)
                return true;
        return false;
    }

    /// <summary>Makes the swaps of a document and asks the filters about each.</summary>
    public void Add(Document document)
    {
        var swaps = SwapsOf(document);
        if (swaps.Count == 0)
            return;
        _documents++;
        // A field that a step of these measures is measured anew.
        document = document with { Language = _languageIsMeasured ? null : document.Language, Toxicity = _toxicityIsMeasured ? null : document.Toxicity };
        var before = Decide(document);
        var turned = new bool[_filters.Length];
        foreach (var (from, to) in swaps)
        {
            _swaps++;
            var after = Decide(document with { Text = Swap(document.Text, from, to) });
            for (var f = 0; f < _filters.Length; f++)
            {
                if (!_turns.TryGetValue((f, from, to), out var turns))
                    _turns.Add((f, from, to), turns = new Turns());
                turns.Swaps++;
                turns.ToDropped += before[f] && !after[f] ? 1 : 0;
                turns.ToKept += !before[f] && after[f] ? 1 : 0;
                turned[f] |= before[f] != after[f];
            }
        }
        for (var f = 0; f < _filters.Length; f++)
            _turnedDocuments[f] += turned[f] ? 1 : 0;
    }

    public CounterfactualReport ToReport()
    {
        var rows = _turns.ToArray();
        var adjusted = Statistics.Holm([.. rows.Select(r => Statistics.McNemar(r.Value.ToDropped, r.Value.ToKept))]);
        var swaps = rows.Select((r, i) => (r.Key.Filter, Figures: new SwapFigures(
            _terms[r.Key.From].Group, _terms[r.Key.From].Name, _terms[r.Key.To].Name, r.Value.Swaps, r.Value.ToDropped, r.Value.ToKept, Statistics.Round(adjusted[i])))).ToArray();
        return new CounterfactualReport(_documents, _swaps,
        [
            .. _filters.Select((id, f) =>
            {
                var own = swaps.Where(s => s.Filter == f).Select(s => s.Figures).ToArray();
                var (all, turned) = (own.Sum(s => s.Swaps), own.Sum(s => s.ToDropped + s.ToKept));
                return new FilterFigures(id, all, own.Sum(s => s.ToDropped), own.Sum(s => s.ToKept), Statistics.Share(turned, all), Statistics.Wilson(turned, all), _turnedDocuments[f],
                    [.. own.Where(s => s.ToDropped + s.ToKept > 0).OrderByDescending(s => s.ToDropped + s.ToKept).ThenBy(s => s.Group, StringComparer.Ordinal).ThenBy(s => s.From, StringComparer.Ordinal).ThenBy(s => s.To, StringComparer.Ordinal)]);
            }),
        ]);
    }

    private List<(int From, int To)> SwapsOf(Document document)
    {
        var found = new SortedSet<int>();
        for (var at = 0; _matcher.Next(document.Text, ref at, out _) is >= 0 and var term;)
            found.Add(term);
        var seed = ulong.TryParse(document.Id.AsSpan(0, Math.Min(16, document.Id.Length)), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var id) ? id : 0;
        return [.. found.SelectMany(from => _others[from].Select(to => (from, to))).OrderBy(s => SplitMix64.Mix(seed ^ (((ulong)s.from << 32) + (ulong)s.to))).Take(_maxSwaps)];
    }

    /// <summary>The text with one term for another everywhere.</summary>
    internal string Swap(string text, int from, int to)
    {
        var swapped = new StringBuilder(text.Length);
        var (at, done) = (0, 0);
        while (_matcher.Next(text, ref at, out var start) is >= 0 and var term)
        {
            if (term != from)
                continue;
            swapped.Append(text, done, start - done).Append(Cased(FormFor(text[start..at], _terms[from], _terms[to]), text.AsSpan(start, at - start)));
            done = at;
        }
        return swapped.Append(text, done, text.Length - done).ToString();
    }

    private static string FormFor(string found, IdentityTerm from, IdentityTerm to)
    {
        for (var i = 0; i < from.Forms.Count && from.Forms.Count == to.Forms.Count; i++)
            if (string.Equals(from.Forms[i], found, StringComparison.OrdinalIgnoreCase))
                return to.Forms[i];
        return to.Forms.FirstOrDefault(f => IsPlural(f) == IsPlural(found)) ?? to.Forms[0];
    }

    private static bool IsPlural(string form) => form.EndsWith('s') && !form.EndsWith("ss", StringComparison.Ordinal) || form.EndsWith("people", StringComparison.OrdinalIgnoreCase) || form.EndsWith("men", StringComparison.OrdinalIgnoreCase);

    private static string Cased(string form, ReadOnlySpan<char> like) =>
        like.Length > 1 && !like.ContainsAnyInRange('a', 'z') && char.IsUpper(like[0]) ? form.ToUpperInvariant()
        : char.IsUpper(like[0]) && char.IsLower(form[0]) ? $"{char.ToUpperInvariant(form[0])}{form[1..]}"
        : form;

    // Whether each filter keeps the document.
    private bool[] Decide(Document document)
    {
        var kept = new bool[_filters.Length];
        var filter = 0;
        _view.Reset(document);
        foreach (var (id, step) in _steps)
        {
            var judges = step is IFilter ? filter++ : -1;
            if (judges >= 0)
                kept[judges] = true;
            if (!step.For.HasFlag(StepRunner.KindsOf(document.Kind)))
                continue;
            if (step is ITransform transform)
            {
                _changes.Step = id;
                document = transform.Apply(document, _changes);
                _view.Reset(document);
            }
            if (step is ITagger tagger)
            {
                document = tagger.Tag(_view).On(document);
                _view.Tagged(document);
            }
            if (step is IFilter judge)
                kept[judges] = judge.Judge(_view).Kept;
        }
        return kept;
    }
}

/// <summary>What turned when identity terms were swapped.</summary>
/// <param name="Documents">That had a term to swap.</param>
/// <param name="Swaps">That were made in them.</param>
/// <param name="Filters">In the order of the steps.</param>
public sealed record CounterfactualReport(long Documents, long Swaps, IReadOnlyList<FilterFigures> Filters);

/// <summary>How often one filter decided otherwise.</summary>
/// <param name="Filter">The id of the step.</param>
/// <param name="Swaps">It judged.</param>
/// <param name="ToDropped">Kept before and dropped after the swap.</param>
/// <param name="ToKept">Dropped before and kept after it.</param>
/// <param name="Share">Of the swaps, turned.</param>
/// <param name="Interval">Of the share, Wilson 95 %; swaps of one document are not independent, so it is somewhat too narrow.</param>
/// <param name="Documents">With at least one swap that turned the decision.</param>
/// <param name="Turned">The swaps that turned some, most first.</param>
public sealed record FilterFigures(string Filter, long Swaps, long ToDropped, long ToKept, double Share, Interval Interval, long Documents, IReadOnlyList<SwapFigures> Turned);

/// <summary>One term for another under one filter.</summary>
/// <param name="Group">Of both terms.</param>
/// <param name="From">The term that the text had.</param>
/// <param name="To">The term in its place.</param>
/// <param name="Swaps">Documents in which it was swapped.</param>
/// <param name="ToDropped">Kept before and dropped after.</param>
/// <param name="ToKept">Dropped before and kept after.</param>
/// <param name="AdjustedP">McNemar's exact test of one direction against the other, Holm over all filters and swaps.</param>
public sealed record SwapFigures(string Group, string From, string To, long Swaps, long ToDropped, long ToKept, double AdjustedP);
