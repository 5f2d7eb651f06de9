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

    private static NGramModel Trained(int order, params string[] sentences)
    {
        var trainer = new KneserNey(order);
        foreach (var sentence in sentences)
            trainer.Add(sentence.Split(' '));
        return trainer.Train();
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
    [InlineData("", "no `\\end\\`")]
    [InlineData("\\data\\\n\\2-grams:\n", "from 1-grams up")]
    [InlineData("\\data\\\n\\1-grams:\n-1\n", "a line of 1-grams")]
    [InlineData("\\data\\\n\\1-grams:\nx\ta\n", "a line of 1-grams")]
    [InlineData("\\data\\\n\\1-grams:\n-1\ta\tx\n", "a back-off is a number")]
    [InlineData("\\data\\\n\\1-grams:\n-1\ta\n\\2-grams:\n-1\ta b\n\\end\\\n", "'b' is not among")]
    [InlineData("\\data\\\n\\1-grams:\n-1\ta\n", "cut off")]
    public void A_broken_ARPA_file_is_told(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<InputException>(() => NGramModel.Open(Write("m.arpa", text))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_own_format_keeps_everything_and_tells_damage()
    {
        var path = Path.Combine(_folder.FullName, "m.cfng");
        var model = Trained(3, "a b c", "a b", "b c a");
        model.Write(path);
        var read = NGramModel.Open(path);
        Assert.Equal(64, read.Digest.Length);
        foreach (var words in (string[])["a", "a b", "a b c", "c a </s>", "zebra b", "<s> b"])
            Assert.Equal(P(model, words), P(read, words), 12);
        var bytes = File.ReadAllBytes(path);
        bytes[^40] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Throws<InputException>(() => NGramModel.Open(path));
        File.WriteAllBytes(path, bytes[..20]);
        Assert.Throws<InputException>(() => NGramModel.Open(path));
    }

    [Fact]
    public void Training_gives_the_same_bytes_again()
    {
        foreach (var name in (string[])["a", "b"])
            Trained(4, "the mill stood", "the river ran by the mill").Write(Path.Combine(_folder.FullName, name));
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder.FullName, "a")), File.ReadAllBytes(Path.Combine(_folder.FullName, "b")));
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
        Assert.Equal(["the mill 0000", "stood"], PerplexityText.Sentences("The MILL (1884)!\n\n—\nstood.").Select(s => string.Join(' ', s)));
}
