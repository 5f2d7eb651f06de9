using CorpusForge.Filter;
using CorpusForge.Filter.Perplexity;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter.Perplexity;

public sealed class NGramModelTests : IDisposable
{
    private const string Arpa = "\\data\\\nngram 1=4\nngram 2=2\n\n\\1-grams:\n-1.0\t<unk>\n-99\t<s>\t-0.25\n-0.5\ta\t-0.125\n-0.75\t</s>\n\n\\2-grams:\n-0.1\t<s> a\n-0.2\ta </s>\n\n\\end\\\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private NGramModel Trained(int order, params string[] sentences) => NGramModel.Open(Train("model", order, 1 << 20, sentences));

    private string Train(string name, int order, long memoryBytes, IEnumerable<string> sentences)
    {
        var path = Path.Combine(_folder.FullName, name);
        TinyNGrams.Train(path, order, memoryBytes, sentences);
        return path;
    }

    private static double P(NGramModel model, string words) =>
        Math.Pow(10, model.LogProbability([.. words.Split(' ').Select(w => model.NumberOf(w))]));

    // The sentences "a b" and "a"; with discounts 0.5, 1 and 1.5, since too few n-grams occur three and four times.
    [Theory]
    [InlineData("a", 0.25)] // one word before it: (1 - 0.5) / 4 + 0.5 / 4
    [InlineData("</s>", 0.375)] // two words before it: (2 - 1) / 4 + 0.5 / 4
    [InlineData("zebra", 0.125)] // 0.5 / 4
    [InlineData("<s> a", 0.625)] // (2 - 1) / 2 + 0.5 * 0.25
    [InlineData("a b", 0.375)] // (1 - 0.5) / 2 + 0.5 * 0.25
    [InlineData("a </s>", 0.4375)] // (1 - 0.5) / 2 + 0.5 * 0.375
    [InlineData("b </s>", 0.6875)] // (1 - 0.5) / 1 + 0.5 * 0.375
    [InlineData("b a", 0.125)] // backs off: 0.5 * 0.25
    [InlineData("zebra a", 0.25)]
    public void Bigrams_have_the_probabilities_computed_by_hand(string words, double probability) =>
        Assert.Equal(probability, P(Trained(2, "a b", "a"), words), 5);

    [Theory, InlineData(2), InlineData(3), InlineData(5)]
    public void The_probabilities_after_any_history_sum_to_one(int order)
    {
        var random = new SplitMix64(7);
        string[] words = ["a", "b", "c", "d", "e", "f"];
        var model = Trained(order, [.. Enumerable.Range(0, 200).Select(_ => string.Join(' ', Enumerable.Range(0, 1 + (int)random.Next(7)).Select(_ => words[Math.Min(random.Next(6), random.Next(6))])))]);
        foreach (var history in (string[])["", "<s> ", "a ", "a b ", "b a c a ", "zebra ", "<s> f f f "])
            Assert.Equal(1, words.Append("</s>").Append("<unk>").Sum(w => P(model, history + w)), 4);
    }

    [Fact]
    public void Seen_orders_are_less_surprising_than_unseen_ones()
    {
        var model = Trained(3, [.. Enumerable.Repeat("the mill stood by the river", 4), .. Enumerable.Repeat("the river ran by the old mill", 3)]);
        Assert.True(PerplexityText.Of(model, "The mill stood by the river.") < PerplexityText.Of(model, "river the by stood mill the"));
        Assert.True(PerplexityText.Of(model, "river the by stood mill the") < PerplexityText.Of(model, "unheard words entirely"));
    }

    // The trigram's first two words are no bigram, as in a model that somebody pruned.
    private const string Pruned = "\\data\\\n\n\\1-grams:\n-1.0\t<unk>\n-99\t<s>\t-0.25\n-0.5\ta\t-0.125\n-0.5\tb\t-0.5\n-0.6\tc\t-0.25\n-0.75\t</s>\n\n\\2-grams:\n-0.1\t<s> a\t-0.1\n-0.2\tb c\t-0.3\n\n\\3-grams:\n-0.05\ta b c\n-0.15\tb c </s>\n\n\\end\\\n";

    [Theory, InlineData(2), InlineData(3), InlineData(5), InlineData(0)]
    public void Word_after_word_of_a_text_the_same_comes_out_as_of_each_alone(int order)
    {
        var random = new SplitMix64(7);
        string[] words = ["a", "b", "c", "d", "zebra"];
        string Sentence(ref SplitMix64 random, ulong known)
        {
            var text = "";
            // Long ones, too: a model is asked for some words at a time.
            for (var left = 1 + (int)random.Next(random.Next(4) == 0 ? 120UL : 8); left > 0; left--)
                text += $"{words[Math.Min(random.Next(known), random.Next(known))]} ";
            return text.Trim();
        }
        var sentences = new List<string>();
        for (var i = 0; i < 100; i++)
            sentences.Add(Sentence(ref random, 4));
        var model = order == 0 ? NGramModel.Open(Write("p.arpa", Pruned)) : Trained(order, [.. sentences]);
        for (var i = 0; i < 200; i++)
        {
            string[] text = [Sentence(ref random, 5), Sentence(ref random, 5)];
            var (sum, count) = text.Select(t => model.Score(t.Split(' '))).Aggregate((x, y) => (x.LogProbability + y.LogProbability, x.Words + y.Words));
            Assert.Equal(Math.Pow(10, -sum / count), PerplexityText.Of(model, string.Join('\n', text)), 9);
        }
    }

    [Fact]
    public void Of_more_words_than_there_is_room_for_the_rare_ones_are_unknown_in_whatever_order_they_come()
    {
        string[] sentences = ["a b c", "a d b", "x a b d", "d y b", "b d z a", "c q"];
        byte[] Of(IEnumerable<string> texts, int maxWords, out long minCount)
        {
            using var trainer = new KneserNey(3, 1 << 20, Path.Combine(_folder.FullName, "trainer", "work"), maxWords);
            foreach (var sentence in texts)
            {
                foreach (var word in sentence.Split(' '))
                    trainer.AddWord(word);
                trainer.EndSentence();
            }
            var path = Path.Combine(_folder.FullName, "few.cfng");
            trainer.Write(path, TestContext.Current.CancellationToken);
            minCount = trainer.MinCount;
            return File.ReadAllBytes(path);
        }

        // b 5, a and d 4, c 2, the others once; with room for four or seven, those four are known.
        var few = Of(sentences, 4, out var least);
        Assert.Equal(2, least);
        var model = NGramModel.Open(Path.Combine(_folder.FullName, "few.cfng"));
        Assert.Equal(7, model.WordCount);
        Assert.Equal(model.NumberOf(NGramModel.Unknown), model.NumberOf("x"));
        Assert.NotEqual(model.NumberOf(NGramModel.Unknown), model.NumberOf("c"));
        Assert.Equal(few, Of(sentences.Reverse(), 4, out _));
        Assert.Equal(few, Of(sentences, 7, out _));
        Assert.Equal(few, Of(sentences.Select(s => s.Replace('x', '-').Replace('y', '-').Replace('z', '-').Replace('q', '-').Replace("-", NGramModel.Unknown, StringComparison.Ordinal)), 100, out least));
        Assert.Equal(1, least);
        Assert.Contains("allow more with --max-words", Assert.Throws<PipelineException>(() => Of(["a b c"], 2, out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_ARPA()
    {
        var model = NGramModel.Open(Write("m.arpa", Arpa));
        Assert.Equal((2, 4, 2), (model.Order, model.WordCount, model.Count(2)));
        // <s> a, a </s>; then with a back-off: <s> to an unknown word, and from it to the end.
        Assert.Equal(-0.1 - 0.2, model.Score(["a"]).LogProbability, 6);
        Assert.Equal(-0.25 - 1.0 - 0.75, model.Score(["x"]).LogProbability, 6);
        Assert.Equal(-0.1 - 0.125 - 0.5 - 0.2, model.Score(["a", "a"]).LogProbability, 6);
        Assert.Equal(Math.Pow(10, 0.3 / 2), PerplexityText.Of(model, "A!"), 6);
        Assert.Equal(Math.Pow(10, 0.6 / 4), PerplexityText.Of(model, "a\n\n...\na"), 6);
        Assert.Equal(double.NaN, PerplexityText.Of(model, "...\n"));
    }

    [Theory]
    [InlineData("", "no `\\data\\`")]
    [InlineData("\\1-grams:\n-1\ta\n\\end\\\n", "no `\\data\\`")]
    [InlineData("\\data\\\nngram 1=x\n", "expected `ngram 1=` and a number")]
    [InlineData("\\data\\\nngram 1=-1\n", "expected `ngram 1=` and a number")]
    [InlineData("\\data\\\nngram 2=1\n", "expected `ngram 1=` and a number")]
    [InlineData("\\data\\\nngram 1=2\n\n\\1-grams:\n-1\ta\n\\end\\\n", "there are 1 1-grams before it, and `\\data\\` says 2")]
    [InlineData("\\data\\\nngram 1=1\nngram 2=0\n\n\\1-grams:\n-1\ta\n\\end\\\n", "up to 1 words, and `\\data\\` says 2")]
    [InlineData("\\data\\\nngram 1=2\n\n\\1-grams:\n-1\ta\n-1\ta\n\\end\\\n", "'a' stands there for the second time")]
    [InlineData("\\data\\\nngram 1=1\n\n\\1-grams:\n1\ta\n", "is 0 or less")]
    [InlineData("\\data\\\nngram 1=1\n\n\\1-grams:\nnan\ta\n", "is 0 or less")]
    [InlineData("\\data\\\nngram 1=1\n\n\\1-grams:\n-1\ta\tnan\n", "is finite")]
    [InlineData("\\data\\\n\\2-grams:\n", "from 1-grams up")]
    [InlineData("\\data\\\n\\1-grams:\n-1\n", "a line of 1-grams")]
    [InlineData("\\data\\\n\\1-grams:\nx\ta\n", "a line of 1-grams")]
    [InlineData("\\data\\\n\\1-grams:\n-1\ta\tx\n", "a back-off is a number")]
    [InlineData("\\data\\\nngram 1=1\nngram 2=1\n\\1-grams:\n-1\ta\n\\2-grams:\n-1\ta b\n\\end\\\n", "'b' is not among")]
    [InlineData("\\data\\\n\\1-grams:\n-1\ta\n", "cut off")]
    public void A_broken_ARPA_file_is_told(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<InputException>(() => NGramModel.Open(Write("m.arpa", text))).Message, StringComparison.Ordinal);

    [Theory, InlineData("cat"), InlineData("cat dog")]
    public void Sentences_may_all_be_shorter_than_the_n_grams(string sentence)
    {
        var model = NGramModel.Open(Train("short.cfng", 5, 1 << 20, [sentence]));
        Assert.Equal(0, model.Count(5));
        Assert.True(PerplexityText.Of(model, sentence) < PerplexityText.Of(model, "bird"));
    }

    [Fact]
    public void Damage_of_the_own_format_is_told()
    {
        var path = Train("m.cfng", 3, 1 << 20, ["a b c", "a b", "b c a"]);
        var read = NGramModel.Open(path);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))), read.Digest);
        var bytes = File.ReadAllBytes(path);
        bytes[^40] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Throws<InputException>(() => NGramModel.Open(path));
        File.WriteAllBytes(path, bytes[..20]);
        Assert.Throws<InputException>(() => NGramModel.Open(path));
    }

    [Fact]
    public void Neither_the_order_of_the_sentences_nor_the_memory_changes_the_model()
    {
        var sentences = MadeUp(5000);
        var expected = File.ReadAllBytes(Train("a", 4, 1 << 26, sentences));
        Assert.Equal(expected, File.ReadAllBytes(Train("b", 4, 1 << 16, sentences)));
        Assert.Equal(expected, File.ReadAllBytes(Train("c", 4, 1 << 26, [.. sentences.Reverse()])));
        Assert.Equal(["a", "b", "c"], _folder.GetFileSystemInfos().Select(f => f.Name).Order());
    }

    [Theory, InlineData(2), InlineData(3), InlineData(5), InlineData(6)]
    public void Every_probability_is_that_of_the_definition(int order)
    {
        var sentences = MadeUp(150);
        var model = Trained(order, sentences);
        var naive = new NaiveKneserNey(order, sentences);
        var seen = 0;
        foreach (var words in sentences.Select(s => (string[])["<s>", .. s.Split(' '), "</s>"]))
        {
            for (var end = 2; end <= words.Length; end++)
            {
                var gram = words[Math.Max(0, end - order)..end];
                Assert.Equal(naive.P(gram), P(model, string.Join(' ', gram)), 1e-6);
                seen++;
            }
        }
        Assert.True(seen > 500);
        Assert.Equal(naive.P(["w1", "never", "w2"]), P(model, "w1 never w2"), 1e-6);
    }

    private static string[] MadeUp(int count)
    {
        var random = new SplitMix64(3);
        return [.. Enumerable.Range(0, count).Select(_ => string.Join(' ', Enumerable.Range(0, 1 + (int)random.Next(9)).Select(_ => $"w{Math.Min(random.Next(40), random.Next(40))}")))];
    }

    /// <summary>Chen and Goodman's definition word for word, over strings.</summary>
    private sealed class NaiveKneserNey
    {
        private readonly int _order;
        private readonly Dictionary<string, long>[] _counts;
        private readonly HashSet<string> _words = ["</s>", "<unk>"];

        public NaiveKneserNey(int order, string[] sentences)
        {
            _order = order;
            _counts = [.. Enumerable.Range(0, order + 1).Select(_ => new Dictionary<string, long>())];
            var occurring = Enumerable.Range(0, order + 1).Select(_ => new Dictionary<string, long>()).ToArray();
            foreach (var words in sentences.Select(s => (string[])["<s>", .. s.Split(' '), "</s>"]))
            {
                _words.UnionWith(words[1..]);
                for (var end = 2; end <= words.Length; end++)
                    for (var n = 1; n <= Math.Min(order, end); n++)
                    {
                        var gram = string.Join(' ', words[(end - n)..end]);
                        occurring[n][gram] = occurring[n].GetValueOrDefault(gram) + 1;
                    }
            }
            foreach (var (gram, count) in occurring[order])
                _counts[order][gram] = count;
            for (var n = order - 1; n > 0; n--)
            {
                foreach (var (gram, count) in occurring[n].Where(g => g.Key.StartsWith("<s>", StringComparison.Ordinal)))
                    _counts[n][gram] = count;
                foreach (var gram in occurring[n + 1].Keys.Select(g => g[(g.IndexOf(' ', StringComparison.Ordinal) + 1)..]))
                    _counts[n][gram] = _counts[n].GetValueOrDefault(gram) + 1;
            }
        }

        public double P(string[] words)
        {
            words = [.. words[^Math.Min(words.Length, _order)..].Select(w => w == "<s>" || _words.Contains(w) ? w : "<unk>")];
            var n = words.Length;
            var lower = n == 1 ? 1.0 / _words.Count : P(words[1..]);
            var history = string.Concat(words[..^1].Select(w => w + " "));
            var follow = _counts[n].Where(g => g.Key.StartsWith(history, StringComparison.Ordinal)).ToArray();
            if (follow.Length == 0)
                return lower;
            var of = Enumerable.Range(0, 5).Select(c => (double)_counts[n].Values.Count(v => v == c)).ToArray();
            var y = of[1] / (of[1] + (2 * of[2]));
            double[] d = [0, 1 - (2 * y * of[2] / of[1]), 2 - (3 * y * of[3] / of[2]), 3 - (4 * y * of[4] / of[3])];
            if (of.AsSpan(1).Contains(0) || !(d[1] is > 0 and < 1 && d[2] is > 0 and < 2 && d[3] is > 0 and < 3))
                d = [0, 0.5, 1, 1.5];
            double total = follow.Sum(g => g.Value), weight = follow.Sum(g => d[Math.Min(3, g.Value)]) / total;
            var own = _counts[n].GetValueOrDefault(string.Join(' ', words));
            return (Math.Max(0, own - d[Math.Min(3, own)]) / total) + (weight * lower);
        }
    }

    [Theory]
    [InlineData("a", "head", 2.0, 5.0, null)]
    [InlineData("a", "middle", 2.0, 5.0, "too-common")]
    [InlineData("a", "middle", 1.0, 5.0, null)]
    [InlineData("a", "head middle", 1.0, 1.2, "too-surprising")]
    [InlineData("a", "head", 1.0, 5.0, "too-surprising")]
    [InlineData("a", "tail", 1.0, 1.2, null)]
    [InlineData("a", "tail", 1.0, 5.0, "too-common")]
    [InlineData("a", "head tail", 1.0, 5.0, "in-the-middle")]
    [InlineData("", "head middle tail", 1.0, 5.0, "no-words")]
    public void Buckets_are_kept_or_dropped(string text, string keep, double head, double tail, string? rule)
    {
        var model = Write("m.arpa", Arpa); // "a" has a perplexity of 1.4125
        var filter = new PerplexityFilter { Model = model, HeadLimit = head, TailLimit = tail, Keep = [.. keep.Split(' ').Select(k => Enum.Parse<Bucket>(k, ignoreCase: true))] };
        Assert.Equal(rule, ((IFilter)filter.Open()).Judge(View(text)).Rule);
    }

    [Fact]
    public void A_model_that_is_not_there_is_the_users_mistake() =>
        Assert.Contains("cannot be read", Assert.Throws<PipelineException>(() => new PerplexityFilter { Model = "nowhere" }.Open()).Message, StringComparison.Ordinal);

    [Fact]
    public void Words_are_lower_case_with_zeros_for_digits_a_line_a_sentence() =>
        Assert.Equal(Math.Pow(10, -Trained(3, "the mill 0000", "stood").Score(["the", "mill", "0000"]).LogProbability / 4), PerplexityText.Of(NGramModel.Open(TrainText("The MILL (1884)!\n\n—\nstood.")), "THE mill 2026"), 12);

    private string TrainText(string text)
    {
        using var trainer = new KneserNey(3, 1 << 20, Path.Combine(_folder.FullName, "work"));
        PerplexityText.AddTo(trainer, View(text));
        trainer.Write(Path.Combine(_folder.FullName, "text"), default);
        return Path.Combine(_folder.FullName, "text");
    }
}
