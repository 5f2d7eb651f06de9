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
            (_, 0) => Html.Of($"<p class=\"note\"><span class=\"good\">Nothing flagged.</span> In {(long)identity.Comparisons.Count} comparisons no rule dropped documents with a term at a rate that differs from the others of the same language and length by more than chance explains.</p>"),
            _ => Html.Of($"<p class=\"note warn\"><span class=\"bad\">{(long)flagged} of {(long)identity.Comparisons.Count} comparisons flagged.</span> The rules below drop documents with a term more or less often than documents of the same language and length without it. That is a reason to read what was dropped, not a proof of bias: a term may come with the kind of page that the rule is for.</p>"),
        };
        return Html.Of($"""
            {says}
            <p>Whole words, without regard to case. Each comparison is between documents of the same stage with and without the term, or any term of the group. The difference and the ratio are within strata of language and length (Mantel–Haenszel; interval 95 %, Klingenberg 2014), p-values from the Cochran–Mantel–Haenszel test, corrected by Holm over all comparisons of this report; flagged at {Readable.Number(identity.Level, 2)}. The shares beside them are of all documents together (Wilson 95 %). {identity.Untested} comparisons had too few documents to be tested.</p>
            {Forest(identity)}
            {(flagged == 0 ? Html.Empty : Comparisons("Flagged, the most skewed first", [.. identity.Comparisons.Where(c => c.Flagged).Take(most)], flagged))}
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
            ["Term", "Stage", "Rule", "Dropped with the term", "Dropped without", "Difference within strata", "Ratio", "Adjusted p"], rows.Select(Row), text: 3);

    private static Html Row(Comparison c) => Html.Of(
        $"<tr><th scope=\"row\">{NameOf(c)}{(c.Term == "*" ? Html.Empty : Html.Of($" <span class=\"muted\">{c.Group}</span>"))}</th><td>{c.Stage}</td><td>{RuleOf(c)}</td>{Rate(c.ShareWith, c.IntervalWith, c.DroppedWith, c.With)}{Rate(c.ShareWithout, c.IntervalWithout, c.DroppedWithout, c.Without)}<td class=\"n\">{Points(c.Difference)} <span class=\"muted\">({Points(c.DifferenceInterval.Low)} to {Points(c.DifferenceInterval.High)})</span><br><span class=\"muted\">{c.Strata} {(c.Strata == 1 ? "stratum" : "strata")}</span></td><td class=\"n\">{(c.Ratio is { } ratio ? $"× {Readable.Number(ratio, 2)}" : "–")}</td><td class=\"n\">{Readable.P(c.AdjustedP)}</td></tr>");

    // The picture holds what can be read at a glance: the widest differences of those flagged, else of all.
    private static Html Forest(IdentityFigures identity)
    {
        var flagged = identity.Comparisons.Where(c => c.Flagged).ToArray();
        var rows = (flagged.Length > 0 ? flagged : [.. identity.Comparisons])
            .OrderByDescending(c => Math.Abs(c.Difference)).ThenBy(c => c.Rule, StringComparer.Ordinal).ThenBy(c => c.Group, StringComparer.Ordinal).ThenBy(c => c.Term, StringComparer.Ordinal).Take(24)
            .Select(c => (NameOf(c), $"{c.Stage} · {RuleOf(c)}", c.Difference * 100, c.DifferenceInterval.Low * 100, c.DifferenceInterval.High * 100)).ToArray();
        return rows.Length == 0 ? Html.Empty : Plot.Forest("identity-plot", flagged.Length > 0 ? "Flagged differences of the share dropped, the widest" : "Differences of the share dropped, none flagged, the widest",
            "dropped less (left) or more (right), percentage points", rows);
    }

    private static string NameOf(Comparison c) => c.Term == "*" ? $"any: {c.Group}" : c.Term;

    private static string RuleOf(Comparison c) => c.Rule == "*" ? "all rules" : c.Rule;

    private static string Points(double difference) => $"{(difference > 0 ? "+" : "")}{Readable.Number(difference * 100, 1)}";

    private static Html Rate(double share, Interval interval, long dropped, long of) => Html.Of(
        $"<td class=\"n\">{Readable.Share(share)} <span class=\"muted\">({Percent(interval.Low)}–{Percent(interval.High)} %)</span><br><span class=\"muted\">{dropped} of {of}</span></td>");

    private static Html Term(TermFigures t) => Html.Of(
        $"<tr><th scope=\"row\">{t.Group}</th><td>{t.Term}</td><td class=\"n\">{t.Occurrences}</td><td class=\"n\">{t.Documents}</td>{Markup.ShareCell(t.DocumentShare)}</tr>");

    private static string Percent(double share) => Readable.Number(share * 100, 1);
}
