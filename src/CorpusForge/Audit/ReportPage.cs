namespace CorpusForge.Audit;

/// <summary>Shows an <see cref="AuditReport"/> as one HTML page that needs nothing beside it.</summary>
/// <remarks>No script and no request; whatever came from a document is escaped by <see cref="Html"/>.</remarks>
internal static class ReportPage
{
    private const int RowsShown = 50;
    private const int ComparisonsShown = 100;

    private static readonly string s_style = ReadStyle();

    public static string Of(AuditReport r)
    {
        (string Id, string Title, Html Body)[] sections =
        [
            ("funnel", "What each stage did", Funnel(r)),
            ("composition", "What is in it", Composition(r)),
            ("licences", "Licences", LicencesOf(r)),
            ("duplicates", "Duplicates", Duplicates(r)),
            ("tokens", "Tokens", Tokens(r)),
            ("training", "Training", Training(r)),
            ("identity", "Identity terms", IdentitySection.Of(r.Identity, ComparisonsShown)),
            ("safety", "Personal data and safety", Safety(r)),
            ("consent", "Consent evidence", Consent(r)),
            ("datasheet", "Datasheet", DatasheetOf(r)),
            ("checks", "Checks", Checks(r)),
        ];
        var shown = sections.Where(s => s.Body != Html.Empty).ToArray();
        return Html.Of($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="referrer" content="no-referrer">
            <title>{r.Pipeline} – corpus audit</title>
            <style>
            {new Html(s_style)}</style>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the report</a>
            <header>
            <p class="kicker">Corpus audit</p>
            <h1>{r.Pipeline}</h1>
            {Lead(r)}
            {Tiles(r)}
            <nav aria-label="Contents"><ul>{Html.Each(shown, s => Html.Of($"<li><a href=\"#{s.Id}\">{s.Title}</a></li>"))}</ul></nav>
            </header>
            <main id="main">
            {Html.Each(shown, s => Html.Of($"<section id=\"{s.Id}\" aria-labelledby=\"{s.Id}-h\">\n<h2 id=\"{s.Id}-h\">{s.Title}</h2>\n{s.Body}\n</section>\n"))}</main>
            <footer><p>Written by the audit stage of CorpusForge from the records of the run ({r.Format}). The same figures stand in the JSON file beside this page. It holds no time, host or path: the same corpus gives the same page.</p></footer>
            </body>
            </html>

            """).Markup;
    }

    private static Html Lead(AuditReport r) => r switch
    {
        { CountedFrom: null } => Html.Of($"<p class=\"note warn\">No stage before the audit produced documents: there is no corpus to look into.</p>"),
        { Total.Documents: 0 } => Html.Of($"<p class=\"note warn\">The corpus is empty: no document is left after stage {r.CountedFrom}. The funnel below says which rules dropped them.</p>"),
        _ => Html.Of($"<p>{Readable.Amount(r.Total)} Counted row by row from the shards of stage {r.CountedFrom}.</p>"),
    };

    private static Html Tiles(AuditReport r)
    {
        var flagged = r.Identity.Comparisons.Count(c => c.Flagged);
        var licensed = r.Total.Documents - (r.Composition.LicenseGroups.Slots.FirstOrDefault(s => s.Key == CompositionCount.Unknown)?.Documents ?? 0);
        (string Name, string Value)[] tiles =
        [
            ("Documents", Readable.Tile(r.Total.Documents)),
            ("Kept of what entered", r.Entered == 0 ? "–" : Readable.Share(Statistics.Share(r.Total.Documents, r.Entered))),
            ("Text", Readable.Bytes(r.Total.Bytes)),
            ("Tokens", r.Tokens is null ? "–" : Readable.Tile(r.Total.Tokens)),
            ("With a known licence", r.Total.Documents == 0 ? "–" : Readable.Share(Statistics.Share(licensed, r.Total.Documents))),
            ("Skewed drops flagged", Readable.Count(flagged)),
        ];
        return Html.Of($"<dl class=\"tiles\">{Html.Each(tiles, t => Html.Of($"<div><dt>{t.Name}</dt><dd>{t.Value}</dd></div>"))}</dl>");
    }

    private static Html Funnel(AuditReport r)
    {
        if (r.Stages.Count == 0)
            return Html.Of($"<p>The audit is the first stage: there is nothing before it.</p>");
        var plot = Plot.Bars("funnel-plot", "Documents after each stage",
            [("entered", r.Entered, Readable.Count(r.Entered)), .. r.Stages.Where(s => s.Name != "crawl" && (s.Out > 0 || s.In > 0)).Select(s => (s.Id, (double)s.Out, Readable.Count(s.Out)))]);
        var stages = Markup.Table("Stages", ["Stage", "In", "Created", "Dropped", "Out", "Text in", "Text out", "Tokens"], r.Stages.Select(s => Html.Of(
            $"<tr><th scope=\"row\">{s.Id}{(s.Id == s.Name ? Html.Empty : Html.Of($" <span class=\"muted\">{s.Name}</span>"))}</th><td class=\"n\">{s.In}</td><td class=\"n\">{s.Created}</td><td class=\"n\">{s.Dropped.Sum(d => d.Documents)}</td><td class=\"n\">{s.Out}</td><td class=\"n\">{Readable.Bytes(s.BytesIn)}</td><td class=\"n\">{Readable.Bytes(s.BytesOut)}</td><td class=\"n\">{s.Tokens}</td></tr>")));
        var rules = r.Stages.SelectMany(s => s.Dropped.Select(d => Html.Of(
            $"<tr><th scope=\"row\">{s.Id}</th><td>{d.Step}</td><td>{d.Rule}</td><td class=\"n\">{d.Documents}</td>{Markup.ShareCell(d.Share)}</tr>"))).ToArray();
        var changes = r.Stages.SelectMany(s => s.Changed.Select(c => Html.Of(
            $"<tr><th scope=\"row\">{s.Id}</th><td>{c.Step}</td><td>{c.Change}</td><td class=\"n\">{c.Times}</td></tr>"))).ToArray();
        return Html.Of($"""
            {plot}
            {stages}
            {Markup.TableOrNone("What each rule dropped", ["Stage", "Step", "Rule", "Documents", "Share of what entered the stage"], rules, "No rule dropped a document.", text: 3)}
            {Markup.TableOrNone("What each transform changed", ["Stage", "Step", "Change", "Times"], changes, "No transform counted a change.", text: 3)}
            """);
    }

    private static Html Composition(AuditReport r)
    {
        if (r.Total.Documents == 0)
            return Html.Of($"<p>There are no documents.</p>");
        var c = r.Composition;
        var tokens = r.Tokens is not null;
        return Html.Of($"""
            <div class="pair">
            {Breakdown("By kind", "Kind", c.Kinds, tokens)}
            {Breakdown("By source", "Source", c.Sources, tokens)}
            {Breakdown("By language", "Language", c.Languages, tokens)}
            <div class="tall">{Breakdown("By domain", "Host, without www.", c.Domains, tokens)}</div>
            </div>
            """);
    }

    private static Html LicencesOf(AuditReport r)
    {
        if (r.Total.Documents == 0)
            return Html.Empty;
        var c = r.Composition;
        var tokens = r.Tokens is not null;
        var table = Licenses.Table.GroupBy(t => t.Group).Select(g => Html.Of(
            $"<tr><th scope=\"row\">{Licenses.NameOf(g.Key)}</th><td class=\"w\">{string.Join(", ", g.Select(t => t.Prefix + (t.Prefix.EndsWith('-') ? "…" : "")))}</td></tr>"));
        return Html.Of($"""
            <p>A document without a licence counts as unknown. In an expression, the freer side of OR and the stricter side of AND decide the group. An overview, not legal advice.</p>
            <div class="pair">
            {Breakdown("By what the licence allows", "Group", c.LicenseGroups, tokens)}
            {Breakdown("By SPDX expression", "Licence", c.Licenses, tokens)}
            {Breakdown("By what the licence was read from", "Evidence", c.LicenseEvidence, tokens: false)}
            </div>
            <details><summary>How licences are grouped</summary>
            {Markup.Table("SPDX identifiers that begin with", ["Group", "Identifiers"], table, text: 2)}
            </details>
            """);
    }

    private static Html Duplicates(AuditReport r) => Html.Each(r.Duplicates, d => d.Clusters == 0
        ? Html.Of($"<p>Stage {d.Stage} found no duplicates.</p>")
        : Html.Of($"""
            <p>Stage {d.Stage} found {d.Clusters} clusters and removed {d.Removed} documents; one document of each cluster survived.</p>
            <div class="pair">
            <div><h3>Clusters by size</h3>{Plot.Histogram($"clusters-{d.Stage}", "Clusters by number of documents", "documents in the cluster, up to", d.Sizes)}</div>
            {Markup.Table("Removed by source", ["Source", "In", "Removed", "Share"], d.BySource.Select(s => Html.Of($"<tr><th scope=\"row\">{s.Source}</th><td class=\"n\">{s.In}</td><td class=\"n\">{s.Removed}</td>{Markup.ShareCell(s.Share)}</tr>")))}
            {Markup.Table("Removed by language", ["Language", "In", "Removed", "Share"], d.ByLanguage.Select(s => Html.Of($"<tr><th scope=\"row\">{s.Language}</th><td class=\"n\">{s.In}</td><td class=\"n\">{s.Removed}</td>{Markup.ShareCell(s.Share)}</tr>")))}
            </div>
            {Markup.Table($"The largest {d.Largest.Count} clusters", ["Size", "Source", "Survivor"], d.Largest.Select(l => Html.Of($"<tr><td class=\"n\">{l.Size}</td><td>{l.Source}</td><td class=\"w\"><code title=\"{l.Survivor}\">{Short(l.Survivor)}</code> {(l.Url is null ? Html.Empty : Html.Link(l.Url))}<br>{Html.Foreign(l.Start)}</td></tr>")), numbers: [0])}
            {Pairs(d)}
            """));

    private static string Short(string id) => id[..Math.Min(12, id.Length)];

    private static Html Pairs(DuplicateFigures d)
    {
        ClusterFigures[] pairs = [.. d.Largest.Where(l => l.Pair is not null)];
        return pairs.Length == 0 ? Html.Empty : Html.Of($"""
            <details open><summary>What their documents do not have in common</summary>
            <p>Each survivor beside the document of its cluster that is least like it. What only one of them has is marked; what is the same far from it is left out.</p>
            {Markup.Table($"{pairs.Length} pairs", ["Similarity", "Survivor", "Dropped"], pairs.Select(l => Html.Of($"<tr><td class=\"n\">{Readable.Number(l.Pair!.Similarity)}</td><td class=\"w\"><p>{Html.Link(l.Url ?? Short(l.Survivor))}</p>{Html.Each(l.Pair.Stayed, Piece)}</td><td class=\"w\"><p>{Html.Link(l.Pair.Url ?? Short(l.Pair.Document))}</p>{Html.Each(l.Pair.Went, Piece)}</td></tr>")), numbers: [0])}
            </details>
            """);

        static Html Piece(DiffPiece piece) => piece.Differs ? Html.Of($"<mark><bdi>{piece.Text}</bdi></mark> ") : Html.Of($"<bdi>{piece.Text}</bdi> ");
    }

    private static Html Tokens(AuditReport r)
    {
        if (r.Tokens is not { } t)
            return Html.Empty;
        var splits = new[] { ("train", t.Train), ("validation", t.Validation) }.Select(s => Html.Of(
            $"<tr><th scope=\"row\">{s.Item1}</th><td class=\"n\">{s.Item2.Documents}</td><td class=\"n\">{s.Item2.Tokens}</td><td class=\"n\">{(long)s.Item2.DistinctTokens}</td><td class=\"n\">{Readable.Number(s.Item2.EntropyBits)}</td><td class=\"n\">{Readable.Number(s.Item2.EntropyNats)}</td></tr>"));
        var bySource = t.ByKindAndSource.Select(k => Html.Of(
            $"<tr><th scope=\"row\">{k.Kind}</th><td>{k.Source}</td><td class=\"n\">{k.Documents}</td><td class=\"n\">{k.Tokens}</td>{Markup.ShareCell(Statistics.Share(k.Tokens, r.Total.Tokens))}</tr>"));
        return Html.Of($"""
            <p>Tokenizer {t.Tokenizer}, {(long)t.VocabularySize} tokens in its vocabulary. The unigram entropy is the loss that a model would reach that knows only how often each token occurs: a trained model must lie below it. The end-of-text token after each document counts in it.</p>
            {Markup.Table("Splits", ["Split", "Documents", "Tokens", "Distinct tokens", "Entropy, bits per token", "Entropy, nats per token"], splits)}
            <div class="pair">
            {Markup.TableOrNone("By kind and source", ["Kind", "Source", "Documents", "Tokens", "Share of tokens"], [.. bySource], "There are no tokens.", text: 2)}
            {(t.Lengths.Count == 0 ? Html.Empty : Html.Of($"<div><h3>Length of documents</h3>{Plot.Histogram("lengths", "Documents by number of tokens", "tokens in the document, up to", t.Lengths)}</div>"))}
            </div>
            """);
    }

    private static Html Training(AuditReport r)
    {
        if (r.Training is not { } t)
            return Html.Empty;
        var entropy = r.Tokens?.Train.EntropyNats;
        var plot = t.Curve.Count == 0 ? Html.Empty : Plot.Lines("curve", "Loss in nats per token by step", "step",
            [
                ("training loss", [.. t.Curve.Select(c => ((double)c.Step, c.Loss))]),
                ("validation loss", [.. t.Curve.Where(c => c.ValidationLoss is not null).Select(c => ((double)c.Step, c.ValidationLoss!.Value))]),
            ],
            entropy is { } e ? ("unigram entropy", e) : null);
        var says = (t.BestValidationLoss, entropy) switch
        {
            ({ } loss, { } h) when loss < h => Html.Of($"<p>The best validation loss is {Readable.Number(loss)} nats per token, <span class=\"good\">below</span> the unigram entropy of the training split, {Readable.Number(h)}.</p>"),
            ({ } loss, { } h) => Html.Of($"<p>The best validation loss is {Readable.Number(loss)} nats per token, <span class=\"bad\">not below</span> the unigram entropy of the training split, {Readable.Number(h)}: the model knows no more than how often tokens occur.</p>"),
            ({ } loss, null) => Html.Of($"<p>The best validation loss is {Readable.Number(loss)} nats per token.</p>"),
            _ => Html.Of($"<p>No validation loss was measured.</p>"),
        };
        var samples = t.Samples.Count == 0 ? Html.Empty : Html.Of($"<h3>Samples of the model</h3>{Html.Each(t.Samples, s => Html.Of($"<pre><bdi>{s}</bdi></pre>"))}");
        return Html.Of($"{says}\n{plot}\n{samples}");
    }

    private static Html Safety(AuditReport r) => Markup.TableOrNone(
        "What steps for personal data and safety did", ["Stage", "Step", "What", "Done", "Times"],
        [.. r.Safety.Select(s => Html.Of($"<tr><th scope=\"row\">{s.Stage}</th><td>{s.Step}</td><td>{s.Name}</td><td>{s.What}</td><td class=\"n\">{s.Times}</td></tr>"))],
        "No step of this pipeline looked for personal data or unsafe content, or none found any.", text: 4);

    private static Html Consent(AuditReport r)
    {
        var with = r.Composition.WithConsentEvidence;
        return Html.Of($"""
            <p>{with.Documents} documents ({Readable.Share(with.Share)}) carry machine-readable evidence of what their publisher allows. It is recorded as found; having evidence is not having consent.</p>
            {(r.Composition.Consent.Count == 0 ? Html.Empty : Markup.Table("Documents with each kind of evidence", ["Evidence", "Documents", "Share"], r.Composition.Consent.Select(c => Html.Of($"<tr><th scope=\"row\">{Html.Foreign(c.Key)}</th><td class=\"n\">{c.Documents}</td>{Markup.ShareCell(c.Share)}</tr>"))))}
            """);
    }

    private static Html DatasheetOf(AuditReport r) => Html.Of($"""
        <p>After Gebru et al., <cite>Datasheets for Datasets</cite>. Filled from the records of the run.</p>
        {Html.Each(r.Datasheet, s => Html.Of($"<h3>{s.Title}</h3><dl class=\"sheet\">{Html.Each(s.Answers, a => Html.Of($"<dt>{a.Question}</dt>{Html.Each(a.Lines, l => Html.Of($"<dd><bdi>{l}</bdi></dd>"))}"))}</dl>"))}
        """);

    private static Html Checks(AuditReport r) => Html.Of($"""
        <p>{(r.Checks.All(c => c.Holds) ? Html.Of($"<span class=\"good\">All {(long)r.Checks.Count} checks hold:</span> what the stages recorded is what their shards hold.") : Html.Of($"<span class=\"bad\">{r.Checks.Count(c => !c.Holds)} of {r.Checks.Count} checks do not hold.</span> The records and the shards disagree."))}</p>
        {Markup.TableOrNone("Figures counted in two ways", ["Check", "Recorded", "Counted", "Result"], [.. r.Checks.Select(c => Html.Of($"<tr><th scope=\"row\">{c.What}</th><td class=\"n\">{c.Recorded}</td><td class=\"n\">{c.Counted}</td><td class=\"n\"><span class=\"{(c.Holds ? "good" : "bad")}\">{(c.Holds ? "holds" : "does not hold")}</span></td></tr>"))], "There was nothing to check.")}
        """);

    private static Html Breakdown(string caption, string key, Breakdown breakdown, bool tokens)
    {
        var shown = breakdown.Slots.Take(RowsShown).ToArray();
        var rest = new Amount();
        rest.Add(breakdown.Rest);
        foreach (var slot in breakdown.Slots.Skip(RowsShown))
            rest.Add(new Amount { Documents = slot.Documents, Bytes = slot.Bytes, Tokens = slot.Tokens });
        var others = breakdown.RestKeys + breakdown.Slots.Count - shown.Length;
        var rows = shown.Select(s => Html.Of(
            $"<tr><th scope=\"row\">{Html.Foreign(s.Key)}</th><td class=\"n\">{s.Documents}</td>{Markup.ShareCell(s.DocumentShare)}<td class=\"n\">{Readable.Bytes(s.Bytes)}</td>{(tokens ? Html.Of($"<td class=\"n\">{s.Tokens}</td>") : Html.Empty)}</tr>"));
        var last = others == 0 ? Html.Empty : Html.Of(
            $"<tr class=\"rest\"><th scope=\"row\">{others} more</th><td class=\"n\">{rest.Documents}</td><td></td><td class=\"n\">{Readable.Bytes(rest.Bytes)}</td>{(tokens ? Html.Of($"<td class=\"n\">{rest.Tokens}</td>") : Html.Empty)}</tr>");
        string[] head = tokens ? [key, "Documents", "Share", "Text", "Tokens"] : [key, "Documents", "Share", "Text"];
        return Markup.Table(caption, head, [.. rows, last]);
    }

    private static string ReadStyle()
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <summary>The parts that pages are put together from.</summary>
internal static class Markup
{
    /// <param name="caption">What the table holds.</param>
    /// <param name="head">The names of the columns.</param>
    /// <param name="rows">Whole rows.</param>
    /// <param name="text">So many columns from the left are text, the others numbers.</param>
    /// <param name="numbers">The columns that are numbers, where they do not stand on the right.</param>
    public static Html Table(string caption, IReadOnlyList<string> head, IEnumerable<Html> rows, int text = 1, IReadOnlyList<int>? numbers = null)
    {
        var cells = head.Select((h, i) => Html.Of($"<th scope=\"col\"{((numbers is null ? i >= text : numbers.Contains(i)) ? Html.Of($" class=\"n\"") : Html.Empty)}>{h}</th>"));
        return Html.Of($"""
            <div class="scroll" role="region" tabindex="0" aria-label="{caption}"><table>
            <caption>{caption}</caption>
            <thead><tr>{Html.Join(cells)}</tr></thead>
            <tbody>
            {Html.Each(rows, r => Html.Of($"{r}\n"))}</tbody>
            </table></div>
            """);
    }

    public static Html TableOrNone(string caption, IReadOnlyList<string> head, IReadOnlyList<Html> rows, string none, int text = 1) =>
        rows.Count == 0 ? Html.Of($"<p class=\"muted\">{none}</p>") : Table(caption, head, rows, text);

    public static Html ShareCell(double share) => Html.Of($"<td class=\"share\">{Plot.Spark(share)}<span>{Readable.Share(share)}</span></td>");
}
