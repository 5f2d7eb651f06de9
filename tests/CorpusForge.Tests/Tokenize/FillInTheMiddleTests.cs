using System.Text;
using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Tests.Tokenize;

public class FillInTheMiddleTests
{
    const string Code = "def größe(a):\n    return 2 * a  # <|fim_middle|> 漢字\n";

    static readonly ITokenizer s_tokenizer = Tokenizers.Open("cl100k_base");

    static List<int> Encode(FillInTheMiddle fim, string text, int document, long seed = 1)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var ids = new uint[FillInTheMiddle.MostTokens(s_tokenizer, bytes.Length)];
        var count = fim.Encode(s_tokenizer, fim.Of(s_tokenizer), bytes, Digests.Of($"{document}"), seed, ids);
        return [.. ids[..count].Select(id => (int)id)];
    }

    // The text again, from the order that the sentinels say.
    static string Undo(List<int> ids)
    {
        var (prefix, middle, suffix) = (ids.IndexOf(100_258), ids.IndexOf(100_259), ids.IndexOf(100_260));
        if (prefix < 0)
            return s_tokenizer.Decode(ids);
        Assert.Equal((0, 3), (prefix, ids.Count(id => id is >= 100_258 and <= 100_260)));
        var before = s_tokenizer.Decode(ids[1..suffix]);
        var after = s_tokenizer.Decode(ids[(suffix + 1)..middle]);
        var rest = s_tokenizer.Decode(ids[(middle + 1)..]);
        return before + rest + after;
    }

    [Fact]
    public void The_parts_make_the_text_again_in_both_orders()
    {
        foreach (var spm in new[] { 0.0, 1.0 })
        {
            for (var i = 0; i < 200; i++)
            {
                var ids = Encode(new FillInTheMiddle { Rate = 1, Spm = spm }, Code, i);
                Assert.Equal(Code, Undo(ids));
                Assert.True(spm == 0 || ids[1] == 100_260);
            }
        }
    }

    [Fact]
    public void As_many_are_rearranged_as_the_rate_says_and_the_same_each_time()
    {
        var fim = new FillInTheMiddle { Rate = 0.3, Spm = 0.5 };
        var first = Enumerable.Range(0, 2000).Select(i => Encode(fim, Code, i)).ToList();
        Assert.InRange(first.Count(ids => ids[0] == 100_258), 520, 680);
        Assert.InRange(first.Count(ids => ids[0] == 100_258 && ids[1] == 100_260), 240, 370);
        Assert.Equal(first[..50], Enumerable.Range(0, 50).Select(i => Encode(fim, Code, i)));
        Assert.NotEqual(first[..50], Enumerable.Range(0, 50).Select(i => Encode(fim, Code, i, seed: 2)));
        Assert.DoesNotContain(Enumerable.Range(0, 50), i => Encode(fim with { Rate = 0 }, Code, i)[0] == 100_258);
        Assert.Equal("", Undo(Encode(fim with { Rate = 1 }, "", 1)));
    }

    [Theory, InlineData("byte"), InlineData("o200k_base")]
    public void A_tokenizer_without_the_tokens_is_an_error_before_anything_runs(string name)
    {
        var stage = new TokenizeStage { Tokenizer = name, Fim = new FillInTheMiddle() };
        Assert.Contains($"{name} does not have them", Assert.Throws<PipelineException>(() => stage.Resolve([])).Message);
        Assert.Throws<PipelineException>(() => new TokenizeStage { Fim = new FillInTheMiddle { Sentinels = ["<|fim_prefix|>", "<|endoftext|>", "x"] } }.Resolve([]));
        Assert.NotNull(new TokenizeStage { Fim = new FillInTheMiddle { Sentinels = ["<|fim_prefix|>", "<|endoftext|>", "<|fim_suffix|>"] } }.Resolve([]));
    }
}
