using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using static CorpusForge.Tokenize.JsonSteps;

namespace CorpusForge.Tokenize;

/// <summary>Reads `tokenizer.json` of Hugging Face's tokenizers: a BPE of bytes, or of characters with byte fallback; word pieces; unigrams.</summary>
/// <remarks>What a file asks for beyond that is an error, never left out. Added tokens have ids, and no text becomes one.</remarks>
internal static class TokenizerJson
{
    private const char Space = '▁';

    // Patterns that have their own splitter; the others are matched as they stand.
    private static readonly Dictionary<string, IPieceSplitter> s_known = new(StringComparer.Ordinal)
    {
        [Cl100kPattern] = new Cl100kSplitter(3),
        [O200kPattern] = new O200kSplitter(3, Contractions: true),
        [@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"] = new Cl100kSplitter(1),
        [@"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"] = new O200kSplitter(1, Contractions: false),
        [Gpt2Pattern] = new Gpt2Splitter(),
    };

    internal const string Cl100kPattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    internal const string O200kPattern =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    internal const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Names that the end of a text usually has, first of all the first.</summary>
    private static readonly string[] s_ends = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<｜end▁of▁sentence｜>", "[SEP]", "<|im_end|>"];

    /// <summary>The characters by which GPT-2 writes bytes, so that all can be seen.</summary>
    internal static readonly IReadOnlyDictionary<char, byte> Bytes = CharactersOfBytes();

    /// <summary>The character of each byte.</summary>
    internal static readonly char[] ByteCharacters = [.. Bytes.OrderBy(b => b.Value).Select(b => b.Key)];

    /// <exception cref="InputException">It is not such a file, or asks for something that is not supported.</exception>
    public static Func<ITokenizer> Read(ReadOnlyMemory<byte> file, string name)
    {
        try
        {
            using var json = JsonDocument.Parse(file, new JsonDocumentOptions { MaxDepth = 64 });
            return Read(json.RootElement, Convert.ToHexStringLower(SHA256.HashData(file.Span)), name);
        }
        catch (JsonException e)
        {
            throw new InputException(name, e.BytePositionInLine ?? 0, $"not JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or NotSupportedException)
        {
            throw new InputException(name, 0, e is NotSupportedException ? e.Message : "not a tokenizer.json as Hugging Face's tokenizers write it", e);
        }
    }

    private static Func<ITokenizer> Read(JsonElement root, string sha256, string name)
    {
        var model = root.GetProperty("model");
        var type = Text(model, "type") ?? (model.TryGetProperty("merges", out _) ? "BPE" : "");
        if (type is "WordPiece" or "Unigram")
            return PieceTokenizerJson.Read(root, type, sha256, name);
        if (type != "BPE")
            throw new NotSupportedException($"model.type: '{type}' is not supported; BPE, WordPiece and Unigram are");
        if (Text(model, "continuing_subword_prefix") is { Length: > 0 } prefix)
            throw new NotSupportedException($"model.continuing_subword_prefix: '{prefix}' is not supported");
        if (model.TryGetProperty("dropout", out var dropout) && dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() > 0)
            throw new NotSupportedException("model.dropout is not supported: ids would depend on chance");

        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in model.GetProperty("vocab").EnumerateObject())
            ids[token.Name] = token.Value.GetInt32() is >= 0 and var id ? id : throw new NotSupportedException($"the id {token.Value} of '{token.Name}' is no id");
        var added = Added(root);
        // Steps that have code of their own are fast; any others are done one after another, as for word pieces.
        if (Plan(root) is not { } plan || Text(model, "end_of_word_suffix") is { Length: > 0 })
            return InSteps(root, model, ids, added, sha256, name);
        var vocabulary = Vocabulary(model, ids, plan, sha256);

        var (size, end) = Ends(vocabulary.Count, added);
        var patterns = plan.Patterns.Select(p => JsonSteps.Compile(p, "pre_tokenizer")).ToArray();
        var form = plan.Form is { Nfc: false, Prefix: false, Metaspace: false } ? null : plan.Form;
        return plan.Splitter(vocabulary) switch
        {
            Cl100kSplitter s => () => new BytePairTokenizer<Cl100kSplitter>(name, vocabulary, s, end, size, form) { SpecialTokens = added },
            O200kSplitter s => () => new BytePairTokenizer<O200kSplitter>(name, vocabulary, s, end, size, form) { SpecialTokens = added },
            Gpt2Splitter s => () => new BytePairTokenizer<Gpt2Splitter>(name, vocabulary, s, end, size, form) { SpecialTokens = added },
            SpaceSplitter s => () => new BytePairTokenizer<SpaceSplitter>(name, vocabulary, s, end, size, form) { SpecialTokens = added },
            NoSplitter s => () => new BytePairTokenizer<NoSplitter>(name, vocabulary, s, end, size, form) { SpecialTokens = added },
            _ => () => new BytePairTokenizer<RegexSplitter>(name, vocabulary, new RegexSplitter(patterns), end, size, form) { SpecialTokens = added },
        };
    }

    private static Func<ITokenizer> InSteps(JsonElement root, JsonElement model, Dictionary<string, int> ids, Dictionary<string, int> added, string sha256, string name)
    {
        var (steps, suffix) = (TextSteps.Read(root), Text(model, "end_of_word_suffix") is { Length: > 0 } found ? found : null);
        var lasts = suffix is null ? null : BytePairModel.Lasts(ids.Keys, suffix);
        var vocabulary = Vocabulary(model, ids, new Steps(), sha256, token => lasts is null ? token : BytePairModel.Marked(token, suffix!, lasts));
        var tokens = new string[vocabulary.Count];
        Array.Fill(tokens, "");
        foreach (var (token, id) in ids)
            tokens[id] = token;
        var (size, end) = Ends(vocabulary.Count, added);
        var of = new PieceVocabulary
        {
            Sha256 = sha256,
            Tokens = tokens,
            Size = size,
            EndOfText = end,
            SpecialTokens = added,
            Ending = suffix,
            ByteIds = Flag(model, "byte_fallback") ? PieceTokenizerJson.Bytes([.. tokens]) : null,
        };
        return () => new PieceTokenizer(name, of, steps, new BytePairModel(vocabulary, lasts));
    }

    /// <summary>The tokens that were added to the model's, by content.</summary>
    public static Dictionary<string, int> Added(JsonElement root) => root.TryGetProperty("added_tokens", out var list) && list.ValueKind == JsonValueKind.Array
        ? list.EnumerateArray().ToDictionary(t => t.GetProperty("content").GetString()!, t => t.GetProperty("id").GetInt32(), StringComparer.Ordinal) : [];

    /// <summary>How many ids there are, and which ends a text: one more where none is named.</summary>
    public static (int Size, int EndOfText) Ends(int count, Dictionary<string, int> added)
    {
        var size = Math.Max(count, added.Values.Append(-1).Max() + 1);
        var end = s_ends.Select(e => added.TryGetValue(e, out var id) ? id : -1).FirstOrDefault(id => id >= 0, -1);
        return end < 0 ? (size + 1, size) : (size, end);
    }

    private static BytePairVocabulary Vocabulary(JsonElement model, Dictionary<string, int> ids, Steps plan, string sha256, Func<string, string>? marked = null)
    {
        var fallback = Flag(model, "byte_fallback");
        var count = ids.Values.Append(-1).Max() + 1;
        if (count is 0 or > 1 << 24)
            throw new NotSupportedException($"a vocabulary of {count} ids");
        var (tokens, findable, bytes) = (new byte[count][], new bool[count], new int[256]);
        Array.Fill(tokens, []);
        Array.Fill(bytes, -1);
        foreach (var (token, id) in ids)
        {
            if (plan.ByteLevel && token.All(Bytes.ContainsKey))
            {
                tokens[id] = [.. token.Select(c => Bytes[c])];
                findable[id] = true;
                if (tokens[id].Length == 1)
                    bytes[tokens[id][0]] = id;
            }
            else if (!plan.ByteLevel && fallback && IsByte(token, out var value))
            {
                (tokens[id], bytes[value]) = ([value], id);
            }
            else
            {
                // What text is never written as: a space where U+2581 stands for it, and what is no bytes.
                findable[id] = !plan.ByteLevel && !(plan.Form.Metaspace && token.Contains(' '));
                tokens[id] = Encoding.UTF8.GetBytes(plan.Form.Metaspace ? token.Replace(Space, ' ') : marked?.Invoke(token) ?? token);
            }
        }
        if (plan.ByteLevel && Array.IndexOf(bytes, -1) is var missing and >= 0)
            throw new NotSupportedException($"byte {missing:x2} is no token");

        var merges = new List<(int, int, int)>();
        foreach (var merge in model.GetProperty("merges").EnumerateArray())
        {
            var (left, right) = merge.ValueKind == JsonValueKind.Array ? (merge[0].GetString()!, merge[1].GetString()!)
                : merge.GetString()!.Split(' ') is [var l, var r] ? (l, r) : throw new NotSupportedException($"'{merge.GetString()}' is not two tokens");
            if (!ids.TryGetValue(left, out var a) || !ids.TryGetValue(right, out var b) || !ids.TryGetValue(left + right, out var product))
                throw new NotSupportedException($"the merge of '{left}' and '{right}' names what is no token");
            merges.Add((a, b, product));
        }
        return new BytePairVocabulary(tokens, findable, bytes, merges, sha256)
        {
            WholePieces = Flag(model, "ignore_merges"),
            ByCharacter = !plan.ByteLevel,
            Unknown = Text(model, "unk_token") is { } unknown && ids.TryGetValue(unknown, out var u) ? u : -1,
            FuseUnknown = Flag(model, "fuse_unk"),
        };
    }

    /// <summary>What is done to a text before it is merged.</summary>
    private sealed class Steps
    {
        public TextForm Form { get; set; } = new();
        public List<string> Patterns { get; } = [];
        public bool ByteLevel { get; set; }
        public bool SingleSpaces { get; set; }

        public IPieceSplitter? Splitter(BytePairVocabulary vocabulary) => Patterns switch
        {
            [] when SingleSpaces => new SpaceSplitter(Single: true),
            [] when Form.Metaspace && !CrossesSpaces(vocabulary) => new SpaceSplitter(Single: false),
            [] => new NoSplitter(),
            [var one] => s_known.GetValueOrDefault(one),
            _ => null,
        };

        private static bool CrossesSpaces(BytePairVocabulary vocabulary)
        {
            for (var id = 0; id < vocabulary.Count; id++)
            {
                if (vocabulary[id].TrimStart((byte)' ').Contains((byte)' '))
                    return true;
            }
            return false;
        }
    }

    // Null where a step has no code of its own.
    private static Steps? Plan(JsonElement root)
    {
        var plan = new Steps();
        return JsonSteps.Flat(root, "normalizer", "normalizers").All(n => Normalize(plan, n.Step)) && JsonSteps.Flat(root, "pre_tokenizer", "pretokenizers").All(s => Split(plan, s.Step)) ? plan : null;
    }

    private static bool Normalize(Steps plan, JsonElement normalizer)
    {
        switch (Text(normalizer, "type"))
        {
            case "NFC":
                plan.Form = plan.Form with { Nfc = true };
                return true;
            case "Prepend" when Text(normalizer, "prepend") == "▁":
                plan.Form = plan.Form with { Prefix = true, PrefixAlways = true };
                return true;
            case "Replace" when Text(normalizer.GetProperty("pattern"), "String") == " " && Text(normalizer, "content") == "▁":
                plan.Form = plan.Form with { Metaspace = true };
                return true;
            default:
                return false;
        }
    }

    private static bool Split(Steps plan, JsonElement splitter)
    {
        switch (Text(splitter, "type"))
        {
            // What comes before it would cut pieces that each begin with a space.
            case "ByteLevel" when plan.Patterns.Count == 0 || !Flag(splitter, "add_prefix_space"):
                plan.ByteLevel = true;
                if (Flag(splitter, "add_prefix_space"))
                    plan.Form = plan.Form with { Prefix = true };
                if (!splitter.TryGetProperty("use_regex", out var regex) || regex.GetBoolean())
                    plan.Patterns.Add(Gpt2Pattern);
                return true;
            case "Split" when Text(splitter, "behavior") == "Isolated" && !Flag(splitter, "invert"):
                var pattern = splitter.GetProperty("pattern");
                plan.Patterns.Add(Text(pattern, "Regex") ?? Regex.Escape(Text(pattern, "String")!));
                return true;
            // Where U+2581 has taken the place of every space, there is none to cut at.
            case "Split" when plan.Form.Metaspace && Text(splitter.GetProperty("pattern"), "String") == " ":
                return true;
            case "Digits":
                plan.Patterns.Add(Flag(splitter, "individual_digits") ? @"\p{N}" : @"\p{N}+");
                return true;
            case "Metaspace" when (Text(splitter, "replacement") ?? "▁") == "▁":
                var scheme = Text(splitter, "prepend_scheme") ?? (Flag(splitter, "add_prefix_space") ? "always" : "never");
                plan.Form = plan.Form with { Metaspace = true, Prefix = scheme != "never" };
                plan.SingleSpaces = !splitter.TryGetProperty("split", out var split) || split.GetBoolean();
                return true;
            default:
                return false;
        }
    }

    public static bool IsByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out value);
    }

    private static Dictionary<char, byte> CharactersOfBytes()
    {
        var (found, next) = (new Dictionary<char, byte>(), 256);
        for (var b = 0; b < 256; b++)
            found[b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : (char)next++] = (byte)b;
        return found;
    }
}
