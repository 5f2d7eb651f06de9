using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CorpusForge.Tokenize;

/// <summary>Writes a trained vocabulary for other programs.</summary>
public static class TokenizerFiles
{
    public const string EndOfText = "<|endoftext|>";

    private static readonly JsonWriterOptions s_readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Ranks, as tiktoken reads them. They do not say how text is cut: that must be given beside them.</summary>
    public static void WriteRanks(IReadOnlyList<byte[]> tokens, Stream file)
    {
        for (var rank = 0; rank < tokens.Count; rank++)
            file.Write(Encoding.ASCII.GetBytes($"{Convert.ToBase64String(tokens[rank])} {rank}\n"));
    }

    /// <summary>`tokenizer.json` of Hugging Face's tokenizers, with the end of text as the last id.</summary>
    /// <remarks>
    /// Every way to cut a token into two is a merge, and a piece that is a token is taken whole, so that the ids are those of the ranks.
    /// </remarks>
    public static void WriteJson(IReadOnlyList<byte[]> tokens, string pattern, Stream file)
    {
        var characters = TokenizerJson.Bytes.ToDictionary(b => b.Value, b => b.Key);
        var names = tokens.Select(t => string.Concat(t.Select(b => characters[b]))).ToArray();
        var ids = names.Select((name, id) => (name, id)).ToDictionary(n => n.name, n => n.id, StringComparer.Ordinal);
        using var json = new Utf8JsonWriter(file, s_readable);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        json.WriteStartObject();
        json.WriteNumber("id", tokens.Count);
        json.WriteString("content", EndOfText);
        foreach (var never in new[] { "single_word", "lstrip", "rstrip", "normalized" })
            json.WriteBoolean(never, false);
        json.WriteBoolean("special", true);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteNull("normalizer");
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", pattern switch { "gpt2" => TokenizerJson.Gpt2Pattern, "o200k_base" => TokenizerJson.O200kPattern, _ => TokenizerJson.Cl100kPattern });
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        json.WriteStartObject();
        WriteByteLevel(json);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteNull("post_processor");
        json.WriteStartObject("decoder");
        WriteByteLevel(json);
        json.WriteEndObject();
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (var none in new[] { "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix" })
            json.WriteNull(none);
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", true);
        json.WriteStartObject("vocab");
        for (var id = 0; id < names.Length; id++)
            json.WriteNumber(names[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var name in names)
        {
            foreach (var (left, right) in Cuts(name, ids))
            {
                json.WriteStartArray();
                json.WriteStringValue(left);
                json.WriteStringValue(right);
                json.WriteEndArray();
            }
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static IEnumerable<(string Left, string Right)> Cuts(string token, Dictionary<string, int> ids) =>
        from cut in Enumerable.Range(1, token.Length - 1)
        let left = token[..cut]
        let right = token[cut..]
        where ids.ContainsKey(left) && ids.ContainsKey(right)
        select (left, right);

    private static void WriteByteLevel(Utf8JsonWriter json)
    {
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", false);
        json.WriteBoolean("use_regex", false);
    }
}
