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
            iter: 200,
            threads: 1);
    }

    [Theory, InlineData("byte"), InlineData("cl100k_base"), InlineData("o200k_base"), InlineData("own.tiktoken"), InlineData("own.json")]
    public void Every_string_of_bytes_decodes_to_itself(string name)
    {
        var tokenizer = name.StartsWith("own", StringComparison.Ordinal) ? Tokenizers.Read(Narrow(json: name == "own.json"), name)() : Tokenizers.Open(name);
        Gen.Frequency((3, Gen.Byte), (1, Gen.Byte[0x80, 0xBF]), (1, Gen.Byte[0xE0, 0xF4])).Array[0, 300].Sample(bytes => DecodedBack(tokenizer, bytes), iter: 2000, threads: 1);
        Assert.True(DecodedBack(tokenizer, [0xE2, 0x96]));
        Assert.True(DecodedBack(tokenizer, [0xED, 0xA0, 0x80, .. "é"u8, 0xC0, 0x80, 0xF5, .. new byte[40_000]]));
    }

    [Theory, InlineData("byte"), InlineData("cl100k_base"), InlineData("o200k_base")]
    public void Nothing_is_allocated_for_a_document(string name)
    {
        var tokenizer = Tokenizers.Open(name);
        byte[][] texts = [Encoding.UTF8.GetBytes(Mixed), [.. Enumerable.Repeat((byte)'a', 5000)], Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("漢字かな", 500))), [0xFF, 0xE2, 0x96]];
        var ids = new uint[20_000];
        EncodeAll();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++)
                EncodeAll();
        }));

        void EncodeAll()
        {
            foreach (var text in texts)
                tokenizer.Encode(text, ids);
        }
    }

    [Fact]
    public void Ids_of_two_bytes_are_those_of_four()
    {
        var tokenizer = Tokenizers.Read(Narrow(), "own.tiktoken")();
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Mixed, 30)));
        var (wide, narrow) = (new uint[text.Length], new ushort[text.Length]);
        var count = tokenizer.Encode(text, wide);
        Assert.Equal(count, tokenizer.Encode(text, narrow));
        Assert.Equal(wide[..count], narrow[..count].Select(id => (uint)id));
        Assert.Throws<InvalidOperationException>(() => Tokenizers.Open("cl100k_base").Encode(text, narrow));
        Assert.Throws<ArgumentException>(() => tokenizer.Encode(text, wide.AsSpan(0, text.Length - 1)));
    }

    // Ranks in which characters merge before, after and across what stands beside them.
    [Fact]
    public void Characters_merge_as_their_bytes_do()
    {
        byte[] bytes = [0x20, 0x61, 0xD0, 0xB0, 0xD1, 0x80, 0xE4, 0xB8, 0xAD, 0xE3, 0x81];
        string[] characters = ["а", "р", "с", "д", " ", "a", "中", "丸", "の", "ほ", "🦊", "~"];
        var text = Gen.Int[0, characters.Length - 1].Array[1, 12].Select(drawn => string.Concat(drawn.Select(i => characters[i])));
        Gen.Select(Gen.Int[0, 10_000].Array[60], text.Array[5]).Sample((draws, texts) =>
        {
            List<byte[]> tokens = [.. Enumerable.Range(0, 256).Select(b => new[] { (byte)b })];
            for (var i = 0; i + 1 < draws.Length; i += 2)
            {
                byte[] joined = [.. Draw(draws[i]), .. Draw(draws[i + 1])];
                if (!tokens.Exists(t => t.SequenceEqual(joined)))
                    tokens.Add(joined);
            }
            using var file = new MemoryStream();
            TokenizerFiles.WriteRanks(tokens, file);
            var tokenizer = Tokenizers.Read(file.ToArray(), "drawn.tiktoken")();
            return texts.All(t => Ids(tokenizer, t).SequenceEqual(Define(tokens, t)));

            byte[] Draw(int at) => at % 3 == 0 || tokens.Count == 256 ? [bytes[at % bytes.Length]] : tokens[256 + (at % (tokens.Count - 256))];
        }, iter: 1000);
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
        var utf8 = Encoding.UTF8.GetBytes(text);
        var found = new List<string>();
        for (var at = 0; at < utf8.Length;)
        {
            var end = name switch { "gpt2" => new Gpt2Splitter().End(utf8, at), "o200k_base" => new O200kSplitter(3, true).End(utf8, at), _ => new Cl100kSplitter(3).End(utf8, at) };
            found.Add(Encoding.UTF8.GetString(utf8.AsSpan(at, end - at)));
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

    // The lowest rank of all neighbours merges, again and again.
    static List<int> Define(List<byte[]> tokens, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var ids = new List<int>();
        for (var at = 0; at < utf8.Length;)
        {
            var end = new Cl100kSplitter(3).End(utf8, at);
            var parts = utf8[at..end].Select(b => new[] { b }).ToList();
            at = end;
            if (Rank([.. parts.SelectMany(p => p)]) is var whole and < int.MaxValue)
            {
                ids.Add(whole);
                continue;
            }
            while (parts.Count > 1)
            {
                var ranks = Enumerable.Range(0, parts.Count - 1).Select(i => Rank([.. parts[i], .. parts[i + 1]])).ToList();
                if (ranks.Min() == int.MaxValue)
                    break;
                var best = ranks.IndexOf(ranks.Min());
                parts[best] = [.. parts[best], .. parts[best + 1]];
                parts.RemoveAt(best + 1);
            }
            ids.AddRange(parts.Select(Rank));
        }
        return ids;

        int Rank(byte[] token) => tokens.FindIndex(t => t.SequenceEqual(token)) is var rank and >= 0 ? rank : int.MaxValue;
    }

    static byte[] Narrow(bool json = false)
    {
        using var file = new MemoryStream();
        var tokens = BytePairTrainer.Train([Mixed, Mixed], new BytePairTraining { VocabularySize = 300 });
        if (json)
            TokenizerFiles.WriteJson(tokens, "gpt2", file);
        else
            TokenizerFiles.WriteRanks(tokens, file);
        return file.ToArray();
    }

    static bool DecodedBack(ITokenizer tokenizer, byte[] bytes)
    {
        var ids = new uint[tokenizer.MostTokens(bytes.Length)];
        var count = tokenizer.Encode(bytes, ids);
        var decoded = new System.Buffers.ArrayBufferWriter<byte>();
        tokenizer.Decode(ids[..count].Select(id => (int)id), decoded);
        return decoded.WrittenSpan.SequenceEqual(bytes);
    }

    static List<int> Ids(ITokenizer tokenizer, string text)
    {
        var ids = new List<int>();
        tokenizer.Encode(text, ids);
        return ids;
    }

    static TiktokenTokenizer Reference(string name) => TiktokenTokenizer.CreateForEncoding(name);

    static List<int> Encode(string name, string text)
    {
        var ids = new List<int>();
        Tokenizers.Open(name).Encode(text, ids);
        return ids;
    }
}
