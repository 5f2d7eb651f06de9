namespace CorpusForge.Audit;

/// <summary>The part of the page on whom the rules hit.</summary>
internal static class IdentitySection
{
    public static Html Of(IdentityFigures identity, int most)
    {
        var flagged = identity.Comparisons.Count(c => c.Flagged);
        var says = (identity.Comparisons.Count, flagged) switch
        {
            (0, _) => Html.Of($"<p>No rule dropped enough documents with and without a term to compare.</p>"),
            (_, 0) => Html.Of($"<p class=\"note\"><span class=\"good\">Nothing flagged.</span> In {(long)identity.Comparisons.Count} comparisons no rule dropped documents with a term at a rate that differs from the others by more than chance explains.</p>"),
            _ => Html.Of($"<p class=\"note warn\"><span class=\"bad\">{(long)flagged} of {(long)identity.Comparisons.Count} comparisons flagged.</span> The rules below drop documents with a term more or less often than documents without it. That is a reason to read what was dropped, not a proof of bias: a term may come with the kind of page that the rule is for.</p>"),
        };
        return Html.Of($"""
            {says}
            <p>Whole words, without regard to case. Each comparison is between documents of the same stage with and without the term; intervals are Wilson 95 %, p-values from a two-proportion test, corrected by Holm over all comparisons of this report; flagged at {Readable.Number(identity.Level, 2)}. {identity.Untested} comparisons had too few documents to be tested.</p>
            {Comparisons("Flagged, the most skewed first", [.. identity.Comparisons.Where(c => c.Flagged).Take(most)], flagged)}
            <details><summary>Comparisons that were not flagged</summary>
            {Comparisons("Not flagged, the most skewed first", [.. identity.Comparisons.Where(c => !c.Flagged).Take(most)], identity.Comparisons.Count - flagged)}
            </details>
            <details><summary>How often each term occurs in the final corpus</summary>
            {Markup.TableOrNone("Identity terms", ["Group", "Term", "Occurrences", "Documents", "Share of documents"], [.. identity.Terms.Select(Term)], "The list of terms is empty.", text: 2)}
            </details>
            """);
    }

    private static Html Comparisons(string caption, IReadOnlyList<Comparison> rows, int all) => rows.Count == 0
        ? Html.Of($"<p class=\"muted\">None.</p>")
        : Markup.Table(all > rows.Count ? $"{caption} ({rows.Count} of {Readable.Count(all)}; the JSON file has all)" : caption,
            ["Term", "Stage", "Rule", "Dropped with the term", "Dropped without", "Ratio", "Adjusted p"], rows.Select(Row), text: 3);

    private static Html Row(Comparison c) => Html.Of(
        $"<tr><th scope=\"row\">{c.Term} <span class=\"muted\">{c.Group}</span></th><td>{c.Stage}</td><td>{(c.Rule == "*" ? "all rules" : c.Rule)}</td>{Rate(c.ShareWith, c.IntervalWith, c.DroppedWith, c.With)}{Rate(c.ShareWithout, c.IntervalWithout, c.DroppedWithout, c.Without)}<td class=\"n\">{(c.Ratio is { } ratio ? $"× {Readable.Number(ratio, 2)}" : "–")}</td><td class=\"n\">{Readable.P(c.AdjustedP)}</td></tr>");

    private static Html Rate(double share, Interval interval, long dropped, long of) => Html.Of(
        $"<td class=\"n\">{Readable.Share(share)} <span class=\"muted\">({Percent(interval.Low)}–{Percent(interval.High)} %)</span><br><span class=\"muted\">{dropped} of {of}</span></td>");

    private static Html Term(TermFigures t) => Html.Of(
        $"<tr><th scope=\"row\">{t.Group}</th><td>{t.Term}</td><td class=\"n\">{t.Occurrences}</td><td class=\"n\">{t.Documents}</td>{Markup.ShareCell(t.DocumentShare)}</tr>");

    private static string Percent(double share) => Readable.Number(share * 100, 1);
}
