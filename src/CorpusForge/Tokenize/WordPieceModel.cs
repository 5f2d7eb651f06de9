using System.Text;
using System.Text.Json;

namespace CorpusForge.Tokenize;

/// <summary>Takes the longest token that a word begins with, again and again, as BERT does.</summary>
/// <remarks>Read-only: workers share one.</remarks>
internal sealed class WordPieceModel : IPieceModel
{
    private readonly ByteTrie _first = new();
    private readonly ByteTrie _rest = new();
    private readonly int _unknown;
    private readonly int _mostCharacters;

    /// <param name="model">Of the file.</param>
    /// <param name="ids">Of all tokens.</param>
    /// <param name="added">Tokens that no text becomes.</param>
    public WordPieceModel(JsonElement model, Dictionary<string, int> ids, Dictionary<string, int> added)
    {
        var prefix = JsonSteps.Text(model, "continuing_subword_prefix") ?? "##";
        var unknown = JsonSteps.Text(model, "unk_token") ?? "[UNK]";
        _unknown = ids.TryGetValue(unknown, out var id) ? id : throw new NotSupportedException($"model.unk_token: '{unknown}' is no token");
        _mostCharacters = model.TryGetProperty("max_input_chars_per_word", out var most) ? most.GetInt32() : 100;
        foreach (var (token, of) in ids)
        {
            if (added.ContainsKey(token))
                continue;
            _first.Add(Encoding.UTF8.GetBytes(token), of);
            if (token.StartsWith(prefix, StringComparison.Ordinal))
                _rest.Add(Encoding.UTF8.GetBytes(token[prefix.Length..]), of);
        }
    }

    public void Encode(ReadOnlySpan<byte> piece, List<int> ids)
    {
        var before = ids.Count;
        if (Encoding.UTF8.GetString(piece).EnumerateRunes().Count() > _mostCharacters)
        {
            ids.Add(_unknown);
            return;
        }
        for (var at = 0; at < piece.Length;)
        {
            var (id, length) = (at == 0 ? _first : _rest).Longest(piece[at..]);
            if (length == 0)
            {
                ids.RemoveRange(before, ids.Count - before);
                ids.Add(_unknown);
                return;
            }
            ids.Add(id);
            at += length;
        }
    }
}
