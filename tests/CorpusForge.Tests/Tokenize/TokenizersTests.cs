using CorpusForge.Tokenize;
using CsCheck;
using Microsoft.ML.Tokenizers;
using Xunit;

namespace CorpusForge.Tests.Tokenize;

public class TokenizersTests
{
    const string Mixed = "The quick brown fox, it's 1234567 — naïve 北京 🦊!\r\n\r\n\tif (x) { return \"y\"; }   ";

    [Theory, InlineData("cl100k_base"), InlineData("o200k_base")]
    public void Ids_are_those_of_the_published_encoding(string name) =>
        Assert.Equal(TiktokenTokenizer.CreateForEncoding(name).EncodeToIds(Mixed), Encode(name, Mixed));

    [Theory, InlineData("byte"), InlineData("cl100k_base"), InlineData("o200k_base")]
    public void A_special_token_in_the_text_stays_text(string name)
    {
        const string hostile = "before<|endoftext|>after<|fim_prefix|>";
        var ids = Encode(name, hostile);
        Assert.DoesNotContain(ids, id => id >= Tokenizers.Open(name).EndOfText);
        Assert.Equal(hostile, Tokenizers.Open(name).Decode(ids));
    }

    [Theory, InlineData("byte"), InlineData("cl100k_base"), InlineData("o200k_base")]
    public void Decoding_gives_the_text_back(string name)
    {
        var tokenizer = Tokenizers.Open(name);
        Gen.String[Gen.Char['\u0001', '\uD7FF'], 0, 200].Sample(
            text =>
            {
                var ids = new List<int>();
                tokenizer.Encode(text, ids);
                return tokenizer.Decode(ids) == text && ids.All(i => i < tokenizer.VocabularySize);
            },
            iter: 200);
    }

    [Theory, InlineData("cl100k_base", 'a'), InlineData("cl100k_base", ' '), InlineData("o200k_base", '-'), InlineData("cl100k_base", '漢')]
    public void A_run_of_one_letter_is_cut_so_that_it_takes_linear_time(string name, char letter)
    {
        var text = new string(letter, 100_000);
        Assert.Equal(text, Tokenizers.Open(name).Decode(Encode(name, text)));
    }

    [Theory, InlineData("cl100k_base", "की"), InlineData("o200k_base", "की"), InlineData("o200k_base", "ًب"), InlineData("o200k_base", "/\n")]
    public async Task Letters_with_marks_and_no_space_take_linear_time_too(string name, string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 100_000));
        var ids = await Task.Run(() => Encode(name, text), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(text, Tokenizers.Open(name).Decode(ids));
    }

    [Fact]
    public void An_unknown_tokenizer_is_an_error_that_names_those_there_are()
    {
        var error = Assert.Throws<PipelineException>(() => Tokenizers.Open("gpt5"));
        Assert.Contains("'gpt5'", error.Message);
        Assert.Contains("cl100k_base", error.Message);
    }

    [Fact]
    public void The_validation_split_has_its_share_and_depends_on_the_seed()
    {
        string[] ids = [.. Enumerable.Range(0, 10_000).Select(i => Digests.Of($"{i}"))];
        var chosen = ids.Where(id => TokenizeStage.IsValidation(id, 1, 0.1)).ToHashSet();
        Assert.InRange(chosen.Count, 900, 1100);
        Assert.NotEqual(chosen, ids.Where(id => TokenizeStage.IsValidation(id, 2, 0.1)).ToHashSet());
    }

    static List<int> Encode(string name, string text)
    {
        var ids = new List<int>();
        Tokenizers.Open(name).Encode(text, ids);
        return ids;
    }
}
