using System.Text;
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
    public void A_run_of_one_letter_takes_no_quadratic_time(string name, char letter)
    {
        var text = new string(letter, 1_000_000);
        Assert.Equal(text, Tokenizers.Open(name).Decode(Encode(name, text)));
    }

    [Theory, InlineData("cl100k_base", "की"), InlineData("o200k_base", "की"), InlineData("o200k_base", "ًب"), InlineData("o200k_base", "/\n")]
    public async Task Letters_with_marks_and_no_space_take_linear_time_too(string name, string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 100_000));
        var ids = await Task.Run(() => Encode(name, text), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(text, Tokenizers.Open(name).Decode(ids));
    }

    [Theory, InlineData("cl100k_base"), InlineData("o200k_base")]
    public void Ids_are_those_of_the_reference_on_any_text_of_the_basic_plane(string name)
    {
        var reference = Reference(name);
        var text = Gen.Frequency(
            (3, Gen.Char.AlphaNumeric),
            (2, Gen.Char[" '\r\n\t/-.,!\u00A0\u3000\u0301sStTmMdDrReEvVlL"]),
            (1, Gen.Char['\u0080', '\uD7FF'])).Array[0, 300].Select(c => new string(c));
        text.Sample(t => Encode(name, t).SequenceEqual(reference.EncodeToIds(t)), iter: 3000);
    }

    [Theory]
    [InlineData("cl100k_base", "𝗛𝗲𝗹𝗹𝗼 𝟭𝟮𝟯𝟰𝟱", "𝗛𝗲𝗹𝗹𝗼", " ", "𝟭𝟮𝟯", "𝟰𝟱")]
    [InlineData("cl100k_base", "it'ſ IT'S", "it", "'ſ", " IT", "'S")]
    [InlineData("cl100k_base", "a\n \n  b  \n", "a", "\n \n", " ", " b", "  \n")]
    [InlineData("o200k_base", "HTMLParser's", "HTMLParser's")]
    [InlineData("o200k_base", "camelCaseAB", "camel", "Case", "AB")]
    [InlineData("o200k_base", "http://a\n", "http", "://", "a", "\n")]
    [InlineData("gpt2", "I'll  go\t42!\n", "I", "'ll", " ", " go", "\t", "42", "!", "\n")]
    public void Text_is_cut_where_the_pattern_cuts_it(string name, string text, params string[] pieces)
    {
        var found = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var end = name switch { "gpt2" => new Gpt2Splitter().End(text, at), "o200k_base" => new O200kSplitter(3, true).End(text, at), _ => new Cl100kSplitter(3).End(text, at) };
            found.Add(text[at..end]);
            at = end;
        }
        Assert.Equal(pieces, found);
    }

    [Theory, InlineData("cl100k_base"), InlineData("o200k_base")]
    public void A_lone_surrogate_is_the_replacement_character(string name) => Assert.Equal(Encode(name, "x\uFFFDy 1\uFFFD"), Encode(name, "x\uD835y 1\uDC00"));

    [Fact]
    public void The_ranks_are_those_that_were_published()
    {
        Assert.Equal("223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7", Tokenizers.Open("cl100k_base").Sha256);
        Assert.Equal("446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d", Tokenizers.Open("o200k_base").Sha256);
    }

    [Theory]
    [InlineData("YQ==", "expected a token in base64")]
    [InlineData("YQ== x", "expected a token in base64")]
    [InlineData("?? 0", "not base64")]
    [InlineData("YQ== 0\nYg== 0", "rank 0 is there twice")]
    [InlineData("YQ== 1", "rank 0 is missing")]
    [InlineData("YQ== 0\nYQ== 1", "token 1 has the bytes of token 0")]
    [InlineData("YQ== 0", "byte 00 is no token")]
    [InlineData("", "rank 0 is missing")]
    public void Damaged_ranks_are_an_error_that_says_what_is_wrong(string ranks, string problem) =>
        Assert.Contains(problem, Assert.Throws<InputException>(() => new BytePairVocabulary(Encoding.UTF8.GetBytes(ranks), "ranks.tiktoken")).Message);

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

    static TiktokenTokenizer Reference(string name) => TiktokenTokenizer.CreateForEncoding(name);

    static List<int> Encode(string name, string text)
    {
        var ids = new List<int>();
        Tokenizers.Open(name).Encode(text, ids);
        return ids;
    }
}
