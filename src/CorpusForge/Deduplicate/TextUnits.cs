namespace CorpusForge.Deduplicate;

/// <summary>The units of a text that may repeat, each with its hash and the words that it covers. Owned by one worker.</summary>
internal sealed class TextUnits(DeduplicateTextStage stage)
{
    private readonly Shingler _shingler = new(1);
    private readonly List<(ulong Hash, int First, int End)> _units = [];

    /// <summary>Where the words stand in the text that was cut last.</summary>
    public ReadOnlySpan<(int Start, int End)> Words => _shingler.Places;

    /// <summary>In order; First and End are words.</summary>
    public IReadOnlyList<(ulong Hash, int First, int End)> Cut(Document document)
    {
        _units.Clear();
        if (document.Kind != Kind.Text)
            return _units;
        var hashes = _shingler.Words(document.Text);
        if (stage.Unit == TextUnit.Span)
        {
            var window = new WordWindow(stage.SpanWords);
            for (var i = 0; i < hashes.Length; i++)
            {
                if (window.Push(hashes[i]))
                    _units.Add((window.Hash, i + 1 - stage.SpanWords, i + 1));
            }
            return _units;
        }
        var places = _shingler.Places;
        for (var first = 0; first < hashes.Length;)
        {
            var end = first + 1;
            while (end < hashes.Length && !Breaks(document.Text.AsSpan(places[end - 1].End, places[end].Start - places[end - 1].End)))
                end++;
            if (end - first >= stage.MinWords)
            {
                var sum = (ulong)(end - first);
                foreach (var hash in hashes[first..end])
                    sum = (sum * WordWindow.Multiplier) + hash;
                _units.Add((SplitMix64.Mix(sum), first, end));
            }
            first = end;
        }
        return _units;
    }

    // Between two words: a line break, or for paragraphs two with nothing but white space between them.
    private bool Breaks(ReadOnlySpan<char> between)
    {
        var at = between.IndexOf('\n');
        if (at < 0 || stage.Unit == TextUnit.Line)
            return at >= 0;
        for (; at >= 0; between = between[(at + 1)..], at = between.IndexOf('\n'))
        {
            var next = between[(at + 1)..].IndexOf('\n');
            if (next >= 0 && between.Slice(at + 1, next).IsWhiteSpace())
                return true;
        }
        return false;
    }
}
