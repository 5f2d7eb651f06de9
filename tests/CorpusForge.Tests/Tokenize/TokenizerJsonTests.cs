using System.Text;
using System.Text.Json.Nodes;
using CorpusForge.Tokenize;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Tokenize;

/// <summary>Files of Hugging Face's tokenizers, held to the definition of BPE: merges in the order of the list, the leftmost first.</summary>
public class TokenizerJsonTests
{
    // Made like SentencePiece's: U+2581 for a space, characters first, bytes where a character is unknown.
    static readonly string[] s_pieces = ["<unk>", "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), "▁", "a", "b", "c", "é", "漢", "ab", "▁a", "abc", "▁▁", "▁ab", "bc"];
    static readonly string[] s_merges = ["a b", "▁ a", "b c", "ab c", "▁ ▁", "▁a b", "▁ ab"];

    static JsonObject Characters(params (string Key, JsonNode? Value)[] changes)
    {
        var root = new JsonObject
        {
            ["added_tokens"] = new JsonArray(new JsonObject { ["id"] = 0, ["content"] = "<unk>" }, new JsonObject { ["id"] = 1, ["content"] = "</s>" }),
            ["normalizer"] = JsonNode.Parse("""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}"""),
            ["pre_tokenizer"] = null,
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["unk_token"] = "<unk>",
                ["fuse_unk"] = true,
                ["byte_fallback"] = true,
                ["vocab"] = new JsonObject(s_pieces.Select((p, i) => KeyValuePair.Create(p, (JsonNode?)i))),
                ["merges"] = new JsonArray([.. s_merges.Select(m => (JsonNode)m)]),
            },
        };
        foreach (var (key, value) in changes)
            (key.StartsWith("model.", StringComparison.Ordinal) ? root["model"]!.AsObject() : root)[key.Split('.')[^1]] = value;
        return root;
    }

    static ITokenizer Open(JsonNode json) => Tokenizers.Read(Encoding.UTF8.GetBytes(json.ToJsonString()), "tokenizer.json")();

    static List<int> Encode(ITokenizer tokenizer, string text)
    {
        var ids = new List<int>();
        tokenizer.Encode(text, ids);
        return ids;
    }

    [Theory]
    [InlineData("abc", "▁|abc")]
    [InlineData("c abc", "▁|c|▁|abc")]
    [InlineData("  ab", "▁▁|▁ab")]
    [InlineData("漢é", "▁|漢|é")]
    [InlineData("x", "▁|<0x78>")]
    [InlineData("🦊", "▁|<0xF0>|<0x9F>|<0xA6>|<0x8A>")]
    [InlineData("</s>", "▁|<0x3C>|<0x2F>|<0x73>|<0x3E>")]
    [InlineData("▁a", "▁|▁a")]
    [InlineData("", "")]
    public void Characters_merge_in_the_order_of_the_list_and_fall_back_to_bytes(string text, string tokens)
    {
        var tokenizer = Open(Characters());
        Assert.Equal(tokens.Split('|', StringSplitOptions.RemoveEmptyEntries), Encode(tokenizer, text).Select(id => s_pieces[id]));
        Assert.Equal(text.Replace('▁', ' '), tokenizer.Decode(Encode(tokenizer, text)));
    }

    [Fact]
    public void Any_text_of_characters_gets_the_ids_of_the_definition()
    {
        var (tokenizer, ranks) = (Open(Characters()), s_merges.Select((m, i) => (m, i)).ToDictionary(m => m.m, m => m.i));
        Gen.Char["abc é漢x"].Array[1, 400].Select(c => new string(c)).Sample(
            text => Encode(tokenizer, text).SequenceEqual(Define("▁" + text.Replace(' ', '▁'), ranks)), iter: 500, threads: 1);
    }

    [Fact]
    public void The_first_token_may_be_a_byte()
    {
        string[] pieces = [.. s_pieces.OrderBy(p => !p.StartsWith("<0x", StringComparison.Ordinal))];
        var tokenizer = Open(Characters(("added_tokens", new JsonArray()), ("model.vocab", new JsonObject(pieces.Select((p, i) => KeyValuePair.Create(p, (JsonNode?)i))))));
        Assert.Equal(["▁a", "<0x00>", "b"], Encode(tokenizer, "a\0b").Select(id => pieces[id]));
    }

    [Fact]
    public void Without_bytes_a_run_of_unknown_characters_is_one_token()
    {
        var tokenizer = Open(Characters(
            ("model.byte_fallback", false),
            ("model.vocab", new JsonObject(s_pieces.Select((p, i) => (p, i)).Where(p => !p.p.StartsWith("<0x", StringComparison.Ordinal)).Select(p => KeyValuePair.Create(p.p, (JsonNode?)p.i))))));
        Assert.Equal(["▁a", "<unk>", "b"], Encode(tokenizer, "axyzb").Select(id => s_pieces[id]));
    }

    [Fact]
    public void The_end_of_text_is_the_token_that_says_so_or_one_id_more()
    {
        Assert.Equal((1, s_pieces.Length), (Open(Characters()).EndOfText, Open(Characters()).VocabularySize));
        var without = Open(Characters(("added_tokens", new JsonArray())));
        Assert.Equal((s_pieces.Length, s_pieces.Length + 1), (without.EndOfText, without.VocabularySize));
    }

    public static TheoryData<string, string, string> Unsupported => new()
    {
        { "model.type", "\"WordLevel\"", "model.type: 'WordLevel' is not supported" },
        { "model.continuing_subword_prefix", "\"##\"", "model.continuing_subword_prefix: '##'" },
        { "model.dropout", "0.1", "dropout" },
        { "model.merges", "[\"a z\"]", "the merge of 'a' and 'z' names what is no token" },
        { "model.merges", "[\"a b c\"]", "is not two tokens" },
        { "model.merges", "3", "not a tokenizer.json" },
        { "model.vocab", "{}", "a vocabulary of 0 ids" },
        { "model.vocab", "{\"a\": -5}", "the id -5" },
        { "model.vocab", "{\"a\": 2000000000}", "a vocabulary of 2000000001 ids" },
        { "normalizer", "{\"type\":\"Fold\"}", "normalizer: the normalizer Fold is not supported" },
        { "normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"Fold\"}]}", "normalizer.normalizers[1]: the normalizer" },
        { "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAEAAAAA\"}", "not a tokenizer.json" },
        { "pre_tokenizer", "{\"type\":\"UnicodeScripts\"}", "the pre-tokenizer UnicodeScripts" },
        { "pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"ByteLevel\"},{\"type\":\"Punctuation\"}]}", "pre_tokenizer.pretokenizers[1]: a pre-tokenizer behind ByteLevel" },
        { "pre_tokenizer", "{\"type\":\"ByteLevel\"}", "byte 00 is no token" },
        { "pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},\"behavior\":\"Isolated\"}", "the pattern '('" },
        { "model", "null", "not a tokenizer.json" },
    };

    [Theory, MemberData(nameof(Unsupported))]
    public void What_a_file_asks_for_and_is_not_supported_is_an_error_that_names_it(string key, string value, string problem) =>
        Assert.Contains(problem, Assert.Throws<InputException>(() => Open(Characters((key, JsonNode.Parse(value))))).Message);

    [Theory]
    [InlineData("{")]
    [InlineData("{\"model\": {}}")]
    [InlineData("[1]")]
    [InlineData("\n\u0003abc")]
    public void What_is_no_tokenizer_is_an_error(string file) => Assert.Throws<InputException>(() => Tokenizers.Read(Encoding.UTF8.GetBytes(file), "x"));

    [Fact]
    public void A_file_that_is_cut_off_is_an_error()
    {
        var whole = Encoding.UTF8.GetBytes(Characters().ToJsonString());
        for (var length = 1; length < whole.Length; length += 97)
            Assert.Throws<InputException>(() => Tokenizers.Read(whole.AsMemory(0, length), "x"));
    }

    public static TheoryData<string> Patterns => ["cl100k_base", "o200k_base", "gpt2"];

    [Theory, MemberData(nameof(Patterns))]
    public void A_vocabulary_that_was_written_gives_the_same_ids_by_its_ranks_its_json_and_its_list_of_merges(string pattern)
    {
        string[] texts = ["the cat and the hat, the bat that sat; 1234 12 1 1234", "it's THE end,\n\n  the end of the theatre's café 漢字漢字"];
        var tokens = BytePairTrainer.Train(texts, new BytePairTraining { VocabularySize = 330, Pattern = pattern });
        var (json, ranks) = (new MemoryStream(), new MemoryStream());
        TokenizerFiles.WriteJson(tokens, pattern, json);
        TokenizerFiles.WriteRanks(tokens, ranks);
        var ofJson = Tokenizers.Read(json.ToArray(), "tokenizer.json")();
        Assert.Equal((tokens.Count, tokens.Count + 1), (ofJson.EndOfText, ofJson.VocabularySize));
        // The same pattern, matched and not written by hand.
        var matched = JsonNode.Parse(json.ToArray())!;
        var regex = matched["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!;
        regex["Regex"] = $"(?:{regex["Regex"]})";
        var ofRegex = Open(matched);
        // And step by step, because of a step that has no code of its own.
        var steps = JsonNode.Parse(json.ToArray())!;
        steps["normalizer"] = JsonNode.Parse(NoStrip);
        var inSteps = Open(steps);
        var ofRanks = Tokenizers.Read(ranks.ToArray(), "tokenizer.tiktoken")();
        Gen.Char["theca ns'd,;1é漢\n𝗛𝟭\ud83e"].Array[0, 120].Select(c => new string(c)).Sample(
            text =>
            {
                var ids = Encode(ofJson, text);
                return ids.SequenceEqual(Encode(ofRegex, text)) && ids.SequenceEqual(Encode(inSteps, text)) && ofJson.Decode(ids) == inSteps.Decode(ids) && (pattern != "cl100k_base" || ids.SequenceEqual(Encode(ofRanks, text)))
                    && ofJson.Decode(ids) == Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            },
            iter: 500, threads: 1);
    }

    const string NoStrip = """{"type":"Strip","strip_left":false,"strip_right":false}""";

    [Fact]
    public void Characters_in_steps_get_the_same_ids()
    {
        var json = Characters();
        json["normalizer"]!["normalizers"]!.AsArray().Add(JsonNode.Parse(NoStrip));
        var (fast, inSteps) = (Open(Characters()), Open(json));
        Gen.Char["abc é漢x▁"].Array[0, 200].Select(c => new string(c)).Sample(
            text => Encode(fast, text) is var ids && ids.SequenceEqual(Encode(inSteps, text)) && fast.Decode(ids) == inSteps.Decode(ids), iter: 300, threads: 1);
    }

    [Theory]
    [InlineData("ab", "ab</w>")]
    [InlineData("abc ab", "abc</w>|ab</w>")]
    [InlineData("abcab", "ab|c|ab</w>")]
    [InlineData("b a漢", "b</w>|a|漢</w>")]
    [InlineData("xc cx", "<unk>|c</w>|c|<unk>")]
    [InlineData("é", "é</w>")]
    public void Words_end_with_their_suffix(string text, string tokens)
    {
        string[] vocabulary = ["<unk>", "a", "b", "c", "a</w>", "b</w>", "c</w>", "漢</w>", "é</w>", "ab", "ab</w>", "abc</w>"];
        var tokenizer = Open(Characters(
            ("normalizer", null), ("pre_tokenizer", JsonNode.Parse("""{"type":"WhitespaceSplit"}""")), ("model.end_of_word_suffix", "</w>"), ("model.byte_fallback", false), ("model.fuse_unk", false),
            ("added_tokens", new JsonArray()), ("model.vocab", new JsonObject(vocabulary.Select((t, i) => KeyValuePair.Create(t, (JsonNode?)i)))), ("model.merges", new JsonArray("a b</w>", "a b", "ab c</w>"))));
        var ids = Encode(tokenizer, text);
        Assert.Equal(tokens.Split('|'), ids.Select(id => vocabulary[id]));
        if (!text.Contains('x'))
            Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Fact]
    public void A_cut_at_spaces_that_are_none_any_more_changes_nothing()
    {
        var cut = Characters(("pre_tokenizer", JsonNode.Parse("""{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""")));
        Assert.Equal(Encode(Open(Characters()), "ab  abc a"), Encode(Open(cut), "ab  abc a"));
    }

    [Fact]
    public void A_text_is_composed_where_the_file_says_so_and_a_lone_surrogate_is_no_obstacle()
    {
        var json = Characters(("normalizer", JsonNode.Parse("""{"type":"NFC"}""")));
        Assert.Equal(["é", "<0xEF>", "<0xBF>", "<0xBD>"], Encode(Open(json), "e\u0301\ud800").Select(id => s_pieces[id]));
    }

    [Fact]
    public void The_noncharacter_that_NET_does_not_compose_is_no_obstacle()
    {
        var json = Characters(("normalizer", JsonNode.Parse("""{"type":"NFC"}""")));
        Assert.Equal(["é", "<0xEF>", "<0xBF>", "<0xBE>", "é"], Encode(Open(json), "e\u0301\uFFFEe\u0301").Select(id => s_pieces[id]));
    }

    // The list of merges, applied as it is defined.
    static List<int> Define(string text, Dictionary<string, int> ranks)
    {
        var parts = text.EnumerateRunes().SelectMany(r => s_pieces.Contains(r.ToString()) ? [r.ToString()] : Encoding.UTF8.GetBytes(r.ToString()).Select(b => $"<0x{b:X2}>")).ToList();
        while (true)
        {
            var best = Enumerable.Range(0, Math.Max(0, parts.Count - 1)).Where(i => ranks.ContainsKey($"{parts[i]} {parts[i + 1]}")).OrderBy(i => ranks[$"{parts[i]} {parts[i + 1]}"]).ThenBy(i => i).FirstOrDefault(-1);
            if (best < 0)
                return [.. parts.Select(p => Array.IndexOf(s_pieces, p))];
            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }
    }
}
