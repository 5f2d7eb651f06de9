namespace CorpusForge.Clean.Content;

/// <summary>Trains the content model of the library on pages whose main content is marked.</summary>
/// <remarks>
/// First the words by which elements call themselves, and those of the text, get a score: the log-odds of the share of content below such elements or in blocks with
/// such a word, the mean over hosts. Then blocks are measured and the trees are grown. A page's own host is left out of the scores that its blocks are measured with, or the trees would trust them too much.
/// A block weighs as much as its words are of the page's content, so that each page counts alike.
/// </remarks>
public static class ContentTrainer
{
    /// <summary>The share of content that a word of no evidence has, and how many hosts that counts as.</summary>
    private const double PriorShare = 0.35, PriorHosts = 3;

    /// <summary>What is no content weighs at most so much as what is; smoothing of pages with little content.</summary>
    private const double MaxOtherWeight = 2, MinContentWords = 20;

    private sealed class Page(ExtractionTruth truth)
    {
        public ExtractionTruth Truth { get; } = truth;
        public string Host { get; } = Uri.TryCreate(truth.Url, UriKind.Absolute, out var url) ? url.Host : truth.Id;
        public float[] Labels { get; set; } = [];
        public float[] Weights { get; set; } = [];

        /// <summary>By word, the share of content below the elements that call themselves by it.</summary>
        public Dictionary<string, double> Words { get; set; } = [];

        /// <summary>By word of text, the share of content among the blocks that it stands in.</summary>
        public Dictionary<string, double> Terms { get; set; } = [];
    }

    /// <summary>Trains and writes the model; the same pages and settings give the same bytes.</summary>
    public static ContentTrained Train(ContentTraining settings, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(settings.Bins, 64);
        var pages = ExtractionTruth.Read(settings.Folder).Select(t => Label(t, cancel)).ToList();
        ExtractionTable? unseen = null;
        if (settings.Folds > 1)
        {
            unseen = new ExtractionTable();
            foreach (var (parting, fold) in Enumerable.Range(0, settings.Partings).SelectMany(p => Enumerable.Range(0, settings.Folds).Select(f => (p, f))))
            {
                var parts = pages.ToLookup(p => Fold(p.Host, settings.Folds, parting) == fold);
                var without = Train(settings, [.. parts[false]], cancel);
                foreach (var page in parts[true])
                    unseen.Add(page.Truth.PageType, ExtractionScore.Of(new ExtractHtml().Extract(page.Truth.Raw, without).Document?.Text ?? "", page.Truth));
            }
        }
        var model = Train(settings, pages, cancel);
        var bytes = model.Write();
        if (settings.Output is not null)
            File.WriteAllBytes(settings.Output, bytes);
        return new ContentTrained(pages.Count, pages.Sum(p => p.Labels.Length), model.Names.Words.Count, model.Terms.Words.Count, bytes.Length, ContentModel.Read(bytes).Digest, unseen);
    }

    private static int Fold(string host, int folds, int parting) => (int)(SplitMix64.Mix(WordHash.Of(host) + ((ulong)parting << 32)) % (ulong)folds);

    private static Page Label(ExtractionTruth truth, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var page = new Page(truth);
        new ExtractHtml().Read(truth.Raw, (tree, facts) =>
        {
            var blocks = PageBlocks.Of(tree, facts, NoModel);
            var words = blocks.Select(b => ExtractionScore.Words(TextOf(tree, b))).ToList();
            page.Labels = BlockLabels.Of(words, ExtractionScore.Words(truth.MainContent));
            page.Weights = Weights(page.Labels, words);
            page.Words = NamesOf(tree, blocks, page.Labels);
            page.Terms = TermsOf(tree, blocks, page.Labels);
        });
        return page;
    }

    private static ContentModel NoModel { get; } = new(ContentWords.None, 0, 0, [], []);

    private static string TextOf(PageTree tree, in PageBlock block)
    {
        var text = new System.Text.StringBuilder();
        for (var i = block.First; i < block.End; i++)
            text.Append(tree.Nodes[i].Role switch { Role.Text => tree.TextOf(tree.Nodes[i]), Role.Break => "\n", _ => "" });
        return text.ToString();
    }

    private static float[] Weights(float[] labels, List<List<string>> words)
    {
        var (content, other) = (MinContentWords, 1.0);
        for (var i = 0; i < labels.Length; i++)
            (content, other) = (content + words[i].Count * labels[i], other + words[i].Count * (1 - labels[i]));
        var otherWeight = Math.Min(1, MaxOtherWeight * content / other);
        return [.. labels.Select((label, i) => (float)((words[i].Count + 0.5) / content * (label + (1 - label) * otherWeight)))];
    }

    private static Dictionary<string, double> NamesOf(PageTree tree, PageBlock[] blocks, float[] labels)
    {
        var (content, all) = (new double[blocks.Length + 1], new double[blocks.Length + 1]);
        for (var i = 0; i < blocks.Length; i++)
            (content[i + 1], all[i + 1]) = (content[i] + labels[i] * blocks[i].Words, all[i] + blocks[i].Words);
        var first = MainContent.FirstBlocks(tree, blocks);
        var sums = new Dictionary<string, (double Content, double All, int End)>(StringComparer.Ordinal);
        Span<uint> buffer = stackalloc uint[24];
        for (var i = 0; i < tree.Count; i++)
        {
            if (tree.Nodes[i].Role == Role.Text)
                continue;
            var (from, to, end) = (first[i], first[tree.Nodes[i].End], tree.Nodes[i].End);
            if (from == to)
            {
                // An element inside a block goes with the block.
                if (from == 0 || blocks[from - 1].End <= i)
                    continue;
                (from, to) = (from - 1, from);
            }
            new WordHash(buffer).Add(tree, tree.Nodes[i], (_, name) =>
            {
                var sum = sums.GetValueOrDefault(name);
                if (i >= sum.End)
                    sums[name] = (sum.Content + content[to] - content[from], sum.All + all[to] - all[from], end);
            });
        }
        return sums.Where(s => s.Value.All > 0).ToDictionary(s => s.Key, s => s.Value.Content / s.Value.All, StringComparer.Ordinal);
    }

    private static Dictionary<string, double> TermsOf(PageTree tree, PageBlock[] blocks, float[] labels)
    {
        var sums = new Dictionary<string, (double Content, double All)>(StringComparer.Ordinal);
        for (var i = 0; i < blocks.Length; i++)
        {
            var weight = Math.Sqrt(blocks[i].Words);
            foreach (var word in WordSet.Split(TextOf(tree, blocks[i])).Distinct(StringComparer.Ordinal))
            {
                var sum = sums.GetValueOrDefault(word);
                sums[word] = (sum.Content + weight * labels[i], sum.All + weight);
            }
        }
        return sums.Where(s => s.Value.All > 0).ToDictionary(s => s.Key, s => s.Value.Content / s.Value.All, StringComparer.Ordinal);
    }

    /// <summary>What hosts say of words, and from it the scores of the words that enough hosts have.</summary>
    private sealed class Shares
    {
        private readonly Dictionary<string, (double Share, int Hosts)> _sums = new(StringComparer.Ordinal);
        private readonly Dictionary<string, Dictionary<string, double>> _byHost;
        private readonly double _prior;
        private readonly int _minHosts;

        public Shares(IEnumerable<(string Host, Dictionary<string, double> Words)> pages, double prior, int minHosts)
        {
            (_prior, _minHosts) = (prior, minHosts);
            _byHost = pages.GroupBy(p => p.Host, StringComparer.Ordinal).ToDictionary(
                g => g.Key, g => g.SelectMany(p => p.Words).GroupBy(w => w.Key, StringComparer.Ordinal).ToDictionary(w => w.Key, w => w.Average(s => s.Value), StringComparer.Ordinal), StringComparer.Ordinal);
            foreach (var (word, share) in _byHost.OrderBy(h => h.Key, StringComparer.Ordinal).SelectMany(h => h.Value))
            {
                var (sum, hosts) = _sums.GetValueOrDefault(word);
                _sums[word] = (sum + share, hosts + 1);
            }
        }

        public WordScores Without(string? host)
        {
            var own = host is null ? null : _byHost.GetValueOrDefault(host);
            var scores = new Dictionary<string, sbyte>(StringComparer.Ordinal);
            foreach (var (word, total) in _sums)
            {
                var (sum, hosts) = own is not null && own.TryGetValue(word, out var share) ? (total.Share - share, total.Hosts - 1) : total;
                if (hosts < _minHosts)
                    continue;
                var mean = (sum + PriorHosts * _prior) / (hosts + PriorHosts);
                if (WordScores.Round(Math.Log(mean / (1 - mean)) - Math.Log(_prior / (1 - _prior))) is var score and not 0)
                    scores[word] = score;
            }
            return new(scores);
        }
    }

    private static ContentModel Train(ContentTraining settings, List<Page> pages, CancellationToken cancel)
    {
        var names = new Shares(pages.Select(p => (p.Host, p.Words)), PriorShare, settings.MinHosts);
        var terms = new Shares(pages.Select(p => (p.Host, p.Terms)), PriorShare, settings.MinHosts);
        var rows = BlockFeatures.Names.Select(_ => new List<float>()).ToArray();
        foreach (var page in pages)
        {
            cancel.ThrowIfCancellationRequested();
            var words = new ContentModel(new(names.Without(page.Host), terms.Without(page.Host)), 0, 0, [], []);
            new ExtractHtml().Read(page.Truth.Raw, (tree, facts) =>
            {
                var blocks = PageBlocks.Of(tree, facts, words);
                using var features = BlockFeatures.Of(tree, blocks, facts, ContentRules.Of(tree, ExtractionMode.Balanced, facts.Forum), words);
                while (features.Next())
                    for (var i = 0; i < rows.Length; i++)
                        rows[i].AddRange(features.Row(i)[..features.Length]);
            });
        }
        return TreeTrainer.Train(
            settings, Array.ConvertAll(rows, r => r.ToArray()), [.. pages.SelectMany(p => p.Labels)], [.. pages.SelectMany(p => p.Weights)], new(names.Without(null), terms.Without(null)));
    }
}
