namespace CorpusForge.Clean.Content;

/// <summary>Cuts a page into its blocks of text and reads what they look like.</summary>
internal static class PageBlocks
{
    /// <summary>The words of longer blocks are not looked up: they are language and no labels.</summary>
    private const int MaxLabelChars = 80;

    public static PageBlock[] Of(PageTree tree, PageFacts facts, ContentModel model)
    {
        var blocks = Cut(tree);
        var (title, description) = (WordsOf(facts.Title), WordsOf(facts.Description));
        foreach (ref var block in blocks.AsSpan())
            new Reader(tree, model, title, description).Read(ref block);
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
            if (current.Node >= 0 && node.Role == Role.Link)
                current.Links++;
            if (node.Role != Role.Text || node.Chars == 0)
                continue;
            if (current.Node < 0)
                current = new PageBlock { Node = owner[i], First = i, Links = node.LinkChars > 0 ? 1 : 0 };
            current.End = i + 1;
            current.Chars += node.Chars;
            current.LinkChars += node.LinkChars;
        }
        if (current.Node >= 0)
            blocks.Add(current);
        return [.. blocks];
    }

    private static HashSet<uint> WordsOf(string? text)
    {
        var words = new HashSet<uint>();
        var (hash, inWord) = (WordHash.Start, false);
        foreach (var c in text ?? "")
            if (char.IsLetterOrDigit(c))
                (hash, inWord) = (WordHash.Add(hash, char.ToLowerInvariant(c)), true);
            else if (inWord)
            {
                words.Add(hash);
                (hash, inWord) = (WordHash.Start, false);
            }
        if (inWord)
            words.Add(hash);
        return words;
    }

    private ref struct Reader(PageTree tree, ContentModel model, HashSet<uint> title, HashSet<uint> description)
    {
        private uint _word = WordHash.Start;
        private bool _inWord, _label;

        public void Read(ref PageBlock block)
        {
            block.Hash = WordHash.Start;
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
            foreach (var c in text)
            {
                if (c <= ' ')
                {
                    EndWord(ref block);
                    continue;
                }
                if (block.FirstChar == 0)
                    block.FirstChar = c;
                block.LastChar = c;
                if (char.IsLetterOrDigit(c))
                    Letter(c, ref block);
                else
                    Sign(c, ref block);
            }
        }

        private void Letter(char c, ref PageBlock block)
        {
            // Scripts without spaces: two characters are about a word.
            if (!_inWord || (block.Hash & 1) == 0 && c is >= '\u2E80' and < '\uAC00' or >= '\u0E00' and < '\u0F00')
            {
                block.Words++;
                block.Capitals += char.IsUpper(c) ? 1 : 0;
            }
            block.Digits += char.IsDigit(c) ? 1 : 0;
            var lower = char.ToLowerInvariant(c);
            block.Hash = WordHash.Add(block.Hash, lower);
            (_word, _inWord) = (WordHash.Add(_word, lower), true);
        }

        private void Sign(char c, ref PageBlock block)
        {
            EndWord(ref block);
            switch (c)
            {
                case '.' or '!' or '?' or '。' or '！' or '？' or '؟' or '।' or '…':
                    block.Stops++;
                    break;
                case ',' or '，' or '、' or '،' or ';' or ':':
                    block.Commas++;
                    break;
                case '|' or '©' or '®' or '»' or '›' or '·' or '•' or '→' or '/' or '>' or '+':
                    block.Signs++;
                    break;
                case '$' or '€' or '£' or '¥' or '₹' or '₽':
                    block.Prices++;
                    break;
            }
        }

        private void EndWord(ref PageBlock block)
        {
            if (!_inWord)
                return;
            block.TitleWords += title.Contains(_word) ? 1 : 0;
            block.DescriptionWords += description.Contains(_word) ? 1 : 0;
            if (_label)
            {
                var score = model.Score(_word);
                (block.MinScore, block.MaxScore) = (Math.Min(block.MinScore, score), Math.Max(block.MaxScore, score));
            }
            (_word, _inWord) = (WordHash.Start, false);
        }
    }
}
