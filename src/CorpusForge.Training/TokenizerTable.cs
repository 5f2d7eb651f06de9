using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CorpusForge.Tokenize;

namespace CorpusForge.Training;

/// <summary>A tokenizer as other programs want it beside a model: tokens by id, merges in order, how text is cut.</summary>
/// <param name="Tokens">In GPT-2's characters for bytes; null where an id stands for nothing.</param>
/// <param name="Merges">Two tokens each, the first ones first.</param>
/// <param name="Pattern">The regular expression that cuts text; null does not cut.</param>
/// <param name="Cutting">What llama.cpp calls it.</param>
/// <param name="EndOfText">The id between documents.</param>
public sealed record TokenizerTable(IReadOnlyList<string?> Tokens, IReadOnlyList<(string Left, string Right)> Merges, string? Pattern, string Cutting, int EndOfText)
{
    public const string EndOfTextName = "<|endoftext|>";

    // As published with tiktoken.
    private const string Cl100kPattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Contraction = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)?", Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string O200kPattern = $@"[^\r\n\p{{L}}\p{{N}}]?{Upper}*{Lower}+{Contraction}|[^\r\n\p{{L}}\p{{N}}]?{Upper}+{Lower}*{Contraction}"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly string[] s_byteCharacters = ByteCharacters();

    /// <summary>The table of a tokenizer that comes with the program; null for another.</summary>
    public static TokenizerTable? Of(ITokenizer tokenizer) => tokenizer.Name switch
    {
        "byte" => new TokenizerTable([.. s_byteCharacters, EndOfTextName], [], null, "default", tokenizer.EndOfText),
        "cl100k_base" => Of(tokenizer, "Microsoft.ML.Tokenizers.Data.Cl100kBase", Cl100kPattern, "dbrx"),
        "o200k_base" => Of(tokenizer, "Microsoft.ML.Tokenizers.Data.O200kBase", O200kPattern, "gpt-4o"),
        _ => null,
    };

    /// <summary>Writes `tokenizer.json` of Hugging Face's tokenizers.</summary>
    public void WriteJson(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        JsonNode split = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = false };
        if (Pattern is not null)
        {
            split = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = Pattern }, ["behavior"] = "Isolated", ["invert"] = false }, split),
            };
        }
        new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(new JsonObject
            {
                ["id"] = EndOfText,
                ["content"] = EndOfTextName,
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = true,
            }),
            ["normalizer"] = null,
            ["pre_tokenizer"] = split,
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = false },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = new JsonObject(Tokens.Select((t, i) => (t, i)).Where(t => t.t is not null && t.i != EndOfText).Select(t => KeyValuePair.Create(t.t!, (JsonNode?)t.i))),
                ["merges"] = new JsonArray([.. Merges.Select(m => (JsonNode)new JsonArray(m.Left, m.Right))]),
            },
        }.WriteTo(json);
    }

    private static TokenizerTable Of(ITokenizer tokenizer, string package, string pattern, string cutting)
    {
        var vocabulary = new BytePairVocabulary(RankFile.OfPackage(package), package);
        var tokens = new string?[tokenizer.VocabularySize];
        var ids = new Dictionary<string, int>(vocabulary.Count, StringComparer.Ordinal);
        for (var id = 0; id < vocabulary.Count; id++)
        {
            var text = new StringBuilder();
            foreach (var b in vocabulary[id])
                text.Append(s_byteCharacters[b]);
            ids[tokens[id] = text.ToString()] = id;
        }
        tokens[tokenizer.EndOfText] = EndOfTextName;
        return new TokenizerTable(tokens, [.. tokens.Take(vocabulary.Count).Where(t => t!.Length > 1).Select(t => LastMerge(t!, ids))], pattern, cutting, tokenizer.EndOfText);
    }

    // Ranks do not say which two tokens made a third: they are what remains when its bytes merge by all lower ranks.
    private static (string Left, string Right) LastMerge(string token, Dictionary<string, int> ids)
    {
        var (rank, parts) = (ids[token], token.Select(c => c.ToString()).ToList());
        while (parts.Count > 2)
        {
            var (best, at) = (rank, -1);
            for (var i = 0; i + 1 < parts.Count; i++)
            {
                if (ids.TryGetValue(parts[i] + parts[i + 1], out var id) && id < best)
                    (best, at) = (id, i);
            }
            if (at < 0)
                throw new InvalidOperationException($"Token {rank} is not made of two others.");
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }
        return (parts[0], parts[1]);
    }

    // Printable bytes stand for themselves, the others are moved up by 256 and more (GPT-2).
    private static string[] ByteCharacters()
    {
        var (characters, moved) = (new string[256], 256);
        for (var b = 0; b < 256; b++)
            characters[b] = ((char)(b is (>= '!' and <= '~') or (>= 0xa1 and <= 0xac) or >= 0xae ? b : moved++)).ToString();
        return characters;
    }
}
