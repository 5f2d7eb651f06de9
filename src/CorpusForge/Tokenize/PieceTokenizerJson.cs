using System.Text.Json;

namespace CorpusForge.Tokenize;

/// <summary>Reads word-piece and unigram models of `tokenizer.json`.</summary>
internal static class PieceTokenizerJson
{
    /// <exception cref="NotSupportedException">The file asks for something that is not supported; names its place.</exception>
    public static Func<ITokenizer> Read(JsonElement root, string type, string sha256, string name)
    {
        var model = root.GetProperty("model");
        var added = TokenizerJson.Added(root);
        var steps = TextSteps.Read(root);
        var (tokens, vocabulary) = type == "Unigram" ? Unigram(model, added) : (null, WordPiece(model));
        var (size, end) = TokenizerJson.Ends(vocabulary.Count, added);
        var bytes = tokens is not null && JsonSteps.Flag(model, "byte_fallback") ? Bytes(vocabulary) : null;
        var of = new PieceVocabulary
        {
            Sha256 = sha256,
            Tokens = vocabulary,
            Size = size,
            EndOfText = end,
            SpecialTokens = added,
            ByteIds = bytes,
            Continuing = type == "WordPiece" ? JsonSteps.Text(model, "continuing_subword_prefix") ?? "##" : null,
        };
        if (tokens is null)
        {
            var ids = model.GetProperty("vocab").EnumerateObject().ToDictionary(t => t.Name, t => t.Value.GetInt32(), StringComparer.Ordinal);
            var words = new WordPieceModel(model, ids, added);
            return () => new PieceTokenizer(name, of, steps, words);
        }
        var lowest = tokens.Select(t => t.Score).DefaultIfEmpty(0).Min();
        var unknown = model.TryGetProperty("unk_id", out var id) && id.ValueKind == JsonValueKind.Number ? id.GetInt32() : -1;
        return () => new PieceTokenizer(name, of, steps, new UnigramModel(tokens, unknown, bytes, lowest, single: false));
    }

    // What was added, and what stands for a byte, is never text.
    private static (List<(string? Token, double Score)> Tokens, List<string> Names) Unigram(JsonElement model, Dictionary<string, int> added)
    {
        var fallback = JsonSteps.Flag(model, "byte_fallback");
        var names = model.GetProperty("vocab").EnumerateArray().Select(t => t[0].GetString() ?? "").ToList();
        var scores = model.GetProperty("vocab").EnumerateArray().Select(t => t[1].GetDouble());
        return ([.. names.Zip(scores, (name, score) => (added.ContainsKey(name) || (fallback && TokenizerJson.IsByte(name, out _)) ? null : name, score))], names);
    }

    private static List<string> WordPiece(JsonElement model)
    {
        var found = new SortedList<int, string>();
        foreach (var token in model.GetProperty("vocab").EnumerateObject())
            found[token.Value.GetInt32()] = token.Name;
        var tokens = new string[found.Count == 0 ? 0 : found.Keys[^1] + 1];
        Array.Fill(tokens, "");
        foreach (var (id, token) in found)
            tokens[id] = token;
        return [.. tokens];
    }

    public static int[]? Bytes(List<string> vocabulary)
    {
        var bytes = new int[256];
        Array.Fill(bytes, -1);
        for (var id = 0; id < vocabulary.Count; id++)
        {
            if (TokenizerJson.IsByte(vocabulary[id], out var value))
                bytes[value] = id;
        }
        return bytes.Contains(-1) ? null : bytes;
    }
}
