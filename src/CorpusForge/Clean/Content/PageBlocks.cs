namespace CorpusForge.Clean.Content;

/// <summary>Cuts a page into its blocks of text and reads what they look like.</summary>
internal static class PageBlocks
{
    /// <summary>The words of longer blocks are not looked up: they are language and no labels.</summary>
    private const int MaxLabelChars = 80;

    public static PageBlock[] Of(PageTree tree, PageFacts facts, ContentModel model)
    {
        var blocks = Cut(tree);
        var reader = new Reader(tree, model, new WordSet(facts.Title), new WordSet(facts.Description));
        foreach (ref var block in blocks.AsSpan())
            reader.Read(ref block);
        reader.Dispose();
        return blocks;
    }

    private static PageBlock[] Cut(PageTree tree)
    {
        var nodes = tree.Nodes;
        var blocks = new List<PageBlock>(256);
        var owner = new int[nodes.Length];
        var current = new PageBlock { Node = -1 };
        for (var i = 0; i < nodes.Length; i++)
        {
            ref readonly var node = ref nodes[i];
            var inline = i > 0 && node.Role is Role.Inline or Role.Link or Role.Text or Role.Break or Role.Image;
            owner[i] = inline ? owner[node.Parent] : i;
            if (current.Node >= 0 && current.Node != owner[i])
            {
                blocks.Add(current);
                current.Node = -1;
            }
            if (node.Role != Role.Text || node.Chars == 0)
                continue;
            if (current.Node < 0)
                current = new PageBlock { Node = owner[i], First = i };
            current.End = i + 1;
            current.Chars += node.Chars;
            current.LinkChars += node.LinkChars;
        }
        if (current.Node >= 0)
            blocks.Add(current);
        return [.. blocks];
    }

    /// <summary>Reads the characters of one block after another.</summary>
    private ref struct Reader(PageTree tree, ContentModel model, WordSet title, WordSet description)
    {
        private uint _word = WordHash.Start;
        private readonly HashSlots _triples = new(tree.Nodes[0].Chars);
        private uint _first, _second;
        private int _letters;
        private bool _label;

        public readonly void Dispose() => _triples.Dispose();

        public void Read(ref PageBlock block)
        {
            block.Hash = WordHash.Start;
            (_first, _second) = (0, 0);
            _label = block.Chars <= MaxLabelChars;
            for (var i = block.First; i < block.End; i++)
                if (tree.Nodes[i].Role == Role.Text)
                    Read(tree.TextOf(tree.Nodes[i]), ref block);
                else if (tree.Nodes[i].Role == Role.Break)
                    EndWord(ref block);
            EndWord(ref block);
        }

        private void Read(ReadOnlySpan<char> text, ref PageBlock block)
        {
            for (var i = 0; i < text.Length; i++)
            {
                var c = text[i];
                var kind = CharKinds.Of(c);
                if (kind == CharKind.Lower)
                {
                    // Most of a text: runs of lower-case letters.
                    var (start, word) = (i, _word);
                    do
                        word = WordHash.Add(word, text[i]);
                    while (++i < text.Length && CharKinds.Of(text[i]) == CharKind.Lower);
                    block.Words += _letters == 0 ? 1 : 0;
                    block.LastChar = text[i - 1];
                    (_word, _letters) = (word, _letters + i - start);
                    i--;
                    continue;
                }
                if (kind is CharKind.Upper or CharKind.Digit or CharKind.Wide)
                {
                    // Scripts without spaces: two characters are about a word.
                    if (_letters == 0 || kind == CharKind.Wide && (_letters & 1) == 0)
                    {
                        block.Words++;
                        block.Capitals += kind == CharKind.Upper ? 1 : 0;
                    }
                    _letters++;
                    block.Digits += kind == CharKind.Digit ? 1 : 0;
                    _word = WordHash.Add(_word, kind == CharKind.Upper ? char.ToLowerInvariant(c) : c);
                    block.LastChar = c;
                    continue;
                }
                EndWord(ref block);
                if (kind == CharKind.Space)
                    continue;
                block.LastChar = c;
                block.Prices += kind == CharKind.Price ? 1 : 0;
                block.Stops += kind == CharKind.Stop ? 1 : 0;
            }
        }

        private void EndWord(ref PageBlock block)
        {
            if (_letters == 0)
                return;
            block.Hash = (block.Hash ^ _word) * 16777619;
            block.TitleWords += title.Contains(_word) ? 1 : 0;
            block.DescriptionWords += description.Contains(_word) ? 1 : 0;
            if (_label)
                block.MinScore = Math.Min(block.MinScore, model.Names[_word]);
            var term = model.Terms[_word];
            block.Terms += term;
            block.MinTerm = Math.Min(block.MinTerm, term);
            block.MaxTerm = Math.Max(block.MaxTerm, term);
            if (_second != 0 && !_triples.Add((_second * 0x85EBCA6B ^ _first) * 0x9E3779B9 ^ _word))
                block.Seen++;
            (_second, _first) = (_first, _word);
            (_word, _letters) = (WordHash.Start, 0);
        }
    }
}
