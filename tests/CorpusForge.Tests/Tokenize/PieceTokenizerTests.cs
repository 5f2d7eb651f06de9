using System.Text;
using System.Text.Json.Nodes;
using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Tests.Tokenize;

/// <summary>Word pieces and unigrams of `tokenizer.json`.</summary>
public class PieceTokenizerTests
{
    static readonly string[] s_words = ["[UNK]", "[SEP]", "un", "##aff", "##able", "the", "##s", "!", "cafe", "café", "naive", "1", "##2", "##1", "2", "中", ".", "'", "s", "T", "##he"];
    static readonly (string Token, double Score)[] s_unigrams = [("<unk>", 0), ("</s>", 0), ("▁", -3), ("a", -4), ("b", -4), ("ab", -6), ("▁a", -4.5), ("▁ab", -9), ("c", -4), ("bc", -9)];

    static List<string> Words(string normalizer, string splitter, string text, int most = 100)
    {
        var json = new JsonObject
        {
            ["added_tokens"] = new JsonArray(new JsonObject { ["id"] = 1, ["content"] = "[SEP]" }),
            ["normalizer"] = JsonNode.Parse(normalizer),
            ["pre_tokenizer"] = JsonNode.Parse(splitter),
            ["model"] = new JsonObject
            {
                ["type"] = "WordPiece",
                ["unk_token"] = "[UNK]",
                ["continuing_subword_prefix"] = "##",
                ["max_input_chars_per_word"] = most,
                ["vocab"] = new JsonObject(s_words.Select((w, i) => KeyValuePair.Create(w, (JsonNode?)i))),
            },
        };
        return [.. Ids(json, text).Select(id => s_words[id])];
    }

    static List<int> Ids(JsonNode json, string text)
    {
        var ids = new List<int>();
        Open(json).Encode(text, ids);
        return ids;
    }

    static ITokenizer Open(JsonNode json) => Tokenizers.Read(Encoding.UTF8.GetBytes(json.ToJsonString()), "tokenizer.json")();

    static JsonObject Unigrams(string splitter, bool bytes = false) => new()
    {
        ["added_tokens"] = new JsonArray(new JsonObject { ["id"] = 1, ["content"] = "</s>" }),
        ["normalizer"] = null,
        ["pre_tokenizer"] = JsonNode.Parse(splitter),
        ["model"] = new JsonObject
        {
            ["type"] = "Unigram",
            ["unk_id"] = 0,
            ["byte_fallback"] = bytes,
            ["vocab"] = new JsonArray([.. s_unigrams.Select(u => new JsonArray(u.Token, u.Score)), .. bytes ? Enumerable.Range(0, 256).Select(b => new JsonArray($"<0x{b:X2}>", -20.0)) : []]),
        },
    };

    const string Bert = """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""";
    const string BertCased = """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":false}""";
    const string BertWords = """{"type":"BertPreTokenizer"}""";

    [Theory]
    [InlineData("unaffable", "un|##aff|##able")]
    [InlineData("Unaffable!", "un|##aff|##able|!")]
    [InlineData("unaffablex the", "[UNK]|the")]
    [InlineData("CAFÉ the中s", "cafe|the|中|s")]
    [InlineData("th\u0000e\u200B 1212", "the|1|##2|##1|##2")]
    [InlineData("[SEP]", "[UNK]|[UNK]|[UNK]")]
    [InlineData(" \t\n", "")]
    public void A_word_is_cut_by_its_longest_beginnings(string text, string tokens) => Assert.Equal(Tokens(tokens), Words(Bert, BertWords, text));

    [Fact]
    public void Accents_stay_where_case_stays() => Assert.Equal(["café", "T", "##he"], Words(BertCased, BertWords, "café The"));

    [Fact]
    public void A_word_that_is_too_long_is_unknown() => Assert.Equal(["[UNK]", "the"], Words("null", BertWords, "unaff the", most: 4));

    [Fact]
    public void No_text_is_an_added_token() => Assert.Equal(["[UNK]"], Words("null", """{"type":"WhitespaceSplit"}""", "[SEP]"));

    [Theory]
    [InlineData("""{"type":"Whitespace"}""", "the's 12!", "the|'|s|1|##2|!")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Digits","individual_digits":true}]}""", "the 12", "the|1|2")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"Removed"},{"type":"WhitespaceSplit"}]}""", "the's", "the|s")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"[a-z]+"},"behavior":"Removed","invert":true}""", "the 12 s", "the|s")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":"2"}""", "1s2the", "1|##s|the")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"[a-z]+|[0-9]"},"behavior":"Removed","invert":true}""", "the12 s", "the|1|2|s")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"String":"!"},"behavior":"MergedWithPrevious"},{"type":"Punctuation","behavior":"Contiguous"}]}""", "1!!s", "1|!|!|s")]
    public void Text_is_cut_before_its_words_are(string splitter, string text, string tokens) => Assert.Equal(Tokens(tokens), Words("null", splitter, text));

    [Theory]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},{"type":"Lowercase"}]}""", "CAFÉ", "cafe")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"Strip","strip_left":true,"strip_right":true},{"type":"NFKC"}]}""", " ① ", "1")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"Replace","pattern":{"Regex":"x+"},"content":"un"},{"type":"Replace","pattern":{"String":"#"},"content":"able"}]}""", "xx#", "un|##able")]
    [InlineData("""{"type":"Prepend","prepend":"un"}""", "able", "un|##able")]
    [InlineData("""{"type":"Nmt"}""", "\u0001the\u200B1\uFEFFs", "the|1|s")]
    public void Text_is_normalized_as_the_file_says(string normalizer, string text, string tokens) => Assert.Equal(Tokens(tokens), Words(normalizer, """{"type":"WhitespaceSplit"}""", text));

    [Theory]
    [InlineData("ab", "▁a|b")]
    [InlineData("abc", "▁a|b|c")]
    [InlineData("ab ab", "▁a|b|▁a|b")]
    [InlineData("aééc", "▁a|<unk>|c")]
    [InlineData("</s>", "▁|<unk>")]
    [InlineData("", "")]
    public void A_text_is_cut_into_its_likeliest_tokens(string text, string tokens) =>
        Assert.Equal(Tokens(tokens), Ids(Unigrams("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}"""), text).Select(id => s_unigrams[id].Token));

    [Fact]
    public void What_is_unknown_falls_back_to_bytes_and_decodes()
    {
        var json = Unigrams("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""", bytes: true);
        var ids = Ids(json, "aé b");
        Assert.Equal([6, 10 + 0xC3, 10 + 0xA9, 2, 4], ids);
        Assert.Equal("aé b", Open(json).Decode(ids));
    }

    [Fact]
    public void What_is_unknown_is_less_likely_than_any_token()
    {
        var json = Unigrams("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""");
        json["model"]!["vocab"]!.AsArray().Add(new JsonArray("éa", -9));
        Assert.Equal([2, s_unigrams.Length], Ids(json, "éa"));
    }

    [Fact]
    public void Only_the_first_piece_gets_a_space_where_the_file_says_so() =>
        Assert.Equal(["▁a", "b"], Ids(Unigrams("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}]}"""), "a b").Select(id => s_unigrams[id].Token));

    // A table that says: ａ is a, ｂ is b, ab is c, a and U+0301 is b, U+200B is nothing.
    [Theory]
    [InlineData("ａ", "▁|a")]
    [InlineData("ａｂ", "▁|a|b")]
    [InlineData("a\u200Bb", "▁a|b")]
    // Each grapheme alone, so a and b do not become c; and one that begins with an entry becomes all of it.
    [InlineData("ab", "▁a|b")]
    [InlineData("a\u0301", "▁|b")]
    [InlineData("ａ\u0302", "▁|a")]
    // Too long for the table as a whole: by character.
    [InlineData("ａ\u0302\u0302\u0302", "▁|a|<unk>")]
    public void A_compiled_table_maps_grapheme_by_grapheme(string text, string tokens)
    {
        var table = CharsMapTests.Table(("ａ", "a"), ("ｂ", "b"), ("ab", "c"), ("a\u0301", "b"), ("\u200B", ""));
        var json = Unigrams("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""");
        json["normalizer"] = new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = Convert.ToBase64String(table) };
        var likelier = tokens.StartsWith("▁a", StringComparison.Ordinal) ? tokens : tokens.Replace("▁|a", "▁a", StringComparison.Ordinal);
        Assert.Equal(Tokens(likelier), Ids(json, text).Select(id => s_unigrams[id].Token));
    }

    [Fact]
    public void What_is_not_supported_is_named_with_its_place()
    {
        var json = Unigrams("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"UnicodeScripts"}]}""");
        Assert.Contains("pre_tokenizer.pretokenizers[1]: the pre-tokenizer UnicodeScripts", Assert.Throws<InputException>(() => Open(json)).Message);
    }

    static string[] Tokens(string tokens) => tokens.Split('|', StringSplitOptions.RemoveEmptyEntries);
}
