using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CorpusForge.Tokenize;

/// <summary>What happens to a text before a model of pieces sees it: normalizers, then pre-tokenizers that cut it.</summary>
/// <remarks>As Hugging Face's tokenizers define them; read from `tokenizer.json`. <see cref="Growth"/> bounds how many characters come of a byte.</remarks>
internal sealed class TextSteps
{
    private readonly List<Func<string, string>> _normalizers = [];
    private readonly List<Splitter> _splitters = [];

    // What a piece is cut into, and whether it stands at the beginning of the text.
    private delegate IEnumerable<string> Splitter(string piece, bool first);

    public double Growth { get; private set; } = 1;

    /// <summary>Whether U+2581 stands for a space.</summary>
    public bool Metaspace { get; private set; }

    /// <summary>Whether a character stands for a byte.</summary>
    public bool ByteLevel { get; private set; }

    /// <exception cref="NotSupportedException">A step is not supported; names its place in the file.</exception>
    public static TextSteps Read(JsonElement root)
    {
        var steps = new TextSteps();
        foreach (var (step, path) in JsonSteps.Flat(root, "normalizer", "normalizers"))
            steps.AddNormalizer(step, path);
        foreach (var (step, path) in JsonSteps.Flat(root, "pre_tokenizer", "pretokenizers"))
            steps.AddSplitter(step, path);
        return steps;
    }

    /// <summary>The pieces of a text, none of them empty.</summary>
    public IEnumerable<string> Pieces(string text)
    {
        foreach (var normalizer in _normalizers)
            text = normalizer(text);
        IEnumerable<(string Text, bool First)> pieces = text.Length > 0 ? [(text, true)] : [];
        foreach (var splitter in _splitters)
            pieces = pieces.SelectMany(p => splitter(p.Text, p.First).Select((t, i) => (t, p.First && i == 0))).Where(p => p.t.Length > 0);
        return pieces.Where(p => p.Text.Length > 0).Select(p => p.Text);
    }

    private void AddNormalizer(JsonElement step, string path)
    {
        switch (JsonSteps.Text(step, "type"))
        {
            case "NFC":
                Add(3, t => Normal.Of(t, NormalizationForm.FormC));
                break;
            case "NFD":
                Add(3, t => Normal.Of(t, NormalizationForm.FormD));
                break;
            case "NFKC":
                Add(6, t => Normal.Of(t, NormalizationForm.FormKC));
                break;
            case "NFKD":
                Add(6, t => Normal.Of(t, NormalizationForm.FormKD));
                break;
            case "Lowercase":
                Add(1.5, LowerCase);
                break;
            case "StripAccents":
                Add(1, t => Without(t, r => IsMark(Rune.GetUnicodeCategory(r))));
                break;
            case "Strip":
                var (left, right) = (JsonSteps.Flag(step, "strip_left"), JsonSteps.Flag(step, "strip_right"));
                Add(1, t => (left, right) switch { (true, true) => t.Trim(), (true, false) => t.TrimStart(), (false, true) => t.TrimEnd(), _ => t });
                break;
            case "Prepend" when JsonSteps.Text(step, "prepend") is { } prefix:
                Add(1 + prefix.Length, t => t.Length > 0 ? prefix + t : t);
                break;
            case "Replace" when JsonSteps.Text(step, "content") is { } content:
                AddReplace(step.GetProperty("pattern"), content, path);
                break;
            case "BertNormalizer":
                AddBert(step);
                break;
            case "Nmt":
                Add(1, Nmt);
                break;
            case "Precompiled" when JsonSteps.Text(step, "precompiled_charsmap") is { } table:
                var map = new CharsMap(Convert.FromBase64String(table));
                Add(map.Growth, t => Precompiled(map, t));
                break;
            case var type:
                throw new NotSupportedException($"{path}: the normalizer {type} is not supported");
        }
    }

    private void AddReplace(JsonElement pattern, string content, string path)
    {
        Metaspace |= JsonSteps.Text(pattern, "String") == " " && content == "▁";
        if (JsonSteps.Text(pattern, "String") is { Length: > 0 } text)
        {
            Add(Math.Max(1, content.Length), t => t.Replace(text, content, StringComparison.Ordinal));
            return;
        }
        var regex = JsonSteps.Compile(JsonSteps.Text(pattern, "Regex") ?? "", path);
        Add(1 + content.Length, t => regex.Replace(t, _ => content));
    }

    private void AddBert(JsonElement step)
    {
        var lower = JsonSteps.Flag(step, "lowercase");
        if (JsonSteps.Flag(step, "clean_text"))
            Add(1, Clean);
        if (JsonSteps.Flag(step, "handle_chinese_chars"))
            Add(1, t => Mapped(t, (r, into) => into.Append(IsIdeograph(r.Value) ? $" {r} " : r.ToString())));
        if (step.TryGetProperty("strip_accents", out var strip) && strip.ValueKind is JsonValueKind.True or JsonValueKind.False ? strip.GetBoolean() : lower)
            Add(3, t => Without(Normal.Of(t, NormalizationForm.FormD), r => Rune.GetUnicodeCategory(r) == UnicodeCategory.NonSpacingMark));
        if (lower)
            Add(1.5, LowerCase);
    }

    private void AddSplitter(JsonElement step, string path)
    {
        if (ByteLevel)
            throw new NotSupportedException($"{path}: a pre-tokenizer behind ByteLevel is not supported");
        switch (JsonSteps.Text(step, "type"))
        {
            case "BertPreTokenizer":
                _splitters.Add((t, _) => Cut(t, Rune.IsWhiteSpace, Cutting.Removed));
                _splitters.Add((t, _) => Cut(t, IsPunctuation, Cutting.Isolated));
                break;
            case "WhitespaceSplit":
                _splitters.Add((t, _) => Cut(t, Rune.IsWhiteSpace, Cutting.Removed));
                break;
            case "Whitespace":
                _splitters.Add((t, _) => Words(t));
                break;
            case "Punctuation":
                var punctuation = CuttingOf(JsonSteps.Text(step, "behavior") ?? "Isolated", path);
                _splitters.Add((t, _) => Cut(t, IsPunctuation, punctuation));
                break;
            case "Digits":
                var digits = JsonSteps.Flag(step, "individual_digits") ? Cutting.Isolated : Cutting.Contiguous;
                _splitters.Add((t, _) => Cut(t, Rune.IsNumber, digits));
                break;
            case "CharDelimiterSplit" when JsonSteps.Text(step, "delimiter") is { } delimiter:
                _splitters.Add((t, _) => t.Split(delimiter));
                break;
            case "ByteLevel":
                AddByteLevel(step);
                break;
            case "Metaspace" when (JsonSteps.Text(step, "replacement") ?? "▁") == "▁":
                AddMetaspace(step);
                break;
            case "Split" when step.GetProperty("pattern") is var pattern:
                var regex = JsonSteps.Compile(JsonSteps.Text(pattern, "Regex") ?? Regex.Escape(JsonSteps.Text(pattern, "String")!), path);
                var (behaviour, invert) = (CuttingOf(JsonSteps.Text(step, "behavior") ?? "", path), JsonSteps.Flag(step, "invert"));
                _splitters.Add((t, _) => Cut(t, regex, behaviour, invert));
                break;
            case var type:
                throw new NotSupportedException($"{path}: the pre-tokenizer {type} is not supported");
        }
    }

    private void AddMetaspace(JsonElement step)
    {
        Metaspace = true;
        var scheme = JsonSteps.Text(step, "prepend_scheme") ?? (JsonSteps.Flag(step, "add_prefix_space") ? "always" : "never");
        var split = !step.TryGetProperty("split", out var found) || found.GetBoolean();
        Growth += 1;
        _splitters.Add((t, first) =>
        {
            t = t.Replace(' ', '▁');
            if ((scheme == "always" || (scheme == "first" && first)) && !t.StartsWith('▁'))
                t = '▁' + t;
            return split ? Cut(t, r => r.Value == '▁', Cutting.MergedWithNext) : [t];
        });
    }

    private void AddByteLevel(JsonElement step)
    {
        ByteLevel = true;
        var (prefix, cut) = (JsonSteps.Flag(step, "add_prefix_space"), !step.TryGetProperty("use_regex", out var regex) || regex.GetBoolean());
        Growth += 1;
        _splitters.Add((t, _) =>
        {
            var bytes = Encoding.UTF8.GetBytes(prefix && !t.StartsWith(' ') ? $" {t}" : t);
            var pieces = new List<string>();
            var splitter = default(Gpt2Splitter);
            splitter.Begin(bytes);
            for (var (start, end) = (0, 0); start < bytes.Length; start = end)
            {
                end = cut ? splitter.End(bytes, start) : bytes.Length;
                pieces.Add(string.Create(end - start, bytes.AsMemory(start), (into, from) =>
                {
                    for (var i = 0; i < into.Length; i++)
                        into[i] = TokenizerJson.ByteCharacters[from.Span[i]];
                }));
            }
            return pieces;
        });
    }

    private void Add(double growth, Func<string, string> normalizer)
    {
        Growth *= growth;
        _normalizers.Add(normalizer);
    }

    // By character, as Hugging Face does: no final sigma, and the dotted capital I becomes two.
    private static string LowerCase(string text) =>
        Mapped(text, (r, into) => into.Append(r.Value == 'İ' ? "i\u0307" : Rune.ToLowerInvariant(r).ToString()));

    private static string Clean(string text) => Mapped(text, (r, into) =>
    {
        var control = r.Value is not ('\t' or '\n' or '\r') && Rune.GetUnicodeCategory(r) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;
        if (r.Value is not (0 or 0xFFFD) && !control)
            into.Append(Rune.IsWhiteSpace(r) ? " " : r.ToString());
    });

    // Neural machine translation: some controls go, other white space is a space.
    private static string Nmt(string text) => Mapped(text, (r, into) =>
    {
        if (r.Value is (>= 0x01 and <= 0x08) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or 0x8F or 0x9F)
            return;
        into.Append(r.Value is 0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD ? " " : r.ToString());
    });

    // As Hugging Face does: a short grapheme becomes what the shortest entry that it begins with does, else each of its characters.
    private static string Precompiled(CharsMap map, string text)
    {
        var into = new StringBuilder(text.Length + 16);
        Span<byte> bytes = stackalloc byte[8];
        Span<char> one = stackalloc char[2];
        for (var at = 0; at < text.Length;)
        {
            var grapheme = text.AsSpan(at, StringInfo.GetNextTextElementLength(text, at));
            at += grapheme.Length;
            if (grapheme.Length < 6 && Encoding.UTF8.GetByteCount(grapheme) < 6 && Found(grapheme, bytes, out var whole))
            {
                into.Append(whole);
                continue;
            }
            foreach (var rune in grapheme.EnumerateRunes())
            {
                into.Append(Found(one[..rune.EncodeToUtf16(one)], bytes, out var mapped) ? mapped : rune.ToString());
            }
        }
        return into.ToString();

        bool Found(ReadOnlySpan<char> part, Span<byte> bytes, out string becomes)
        {
            var found = map.Find(bytes[..Encoding.UTF8.GetBytes(part, bytes)], shortest: true, out var consumed);
            becomes = Encoding.UTF8.GetString(found);
            return consumed > 0;
        }
    }

    private static string Without(string text, Func<Rune, bool> dropped) => Mapped(text, (r, into) =>
    {
        if (!dropped(r))
            into.Append(r.ToString());
    });

    private static string Mapped(string text, Action<Rune, StringBuilder> write)
    {
        var into = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
            write(rune, into);
        return into.ToString();
    }

    // \w+|[^\w\s]+
    private static IEnumerable<string> Words(string text)
    {
        var (start, kind) = (0, 0);
        for (var at = 0; at <= text.Length;)
        {
            var next = 0;
            var length = 1;
            if (at < text.Length)
            {
                Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out length);
                next = Rune.IsWhiteSpace(rune) ? 0 : IsWord(rune) ? 1 : 2;
            }
            if (at == text.Length || next != kind)
            {
                if (kind != 0)
                    yield return text[start..at];
                (start, kind) = (at, next);
            }
            at += length;
        }
    }

    private static IEnumerable<string> Cut(string text, Func<Rune, bool> delimiter, Cutting cutting)
    {
        var matches = new List<(int Start, int End)>();
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            if (delimiter(rune))
                matches.Add((at, at + length));
            at += length;
        }
        return Cut(text, matches, cutting);
    }

    private static IEnumerable<string> Cut(string text, Regex pattern, Cutting cutting, bool invert)
    {
        var matches = new List<(int Start, int End)>();
        // A pattern that spells a character beyond U+FFFF looks for it as it stands.
        var (shadow, places) = pattern.ToString().Any(char.IsSurrogate) ? (text, null) : RegexSplitter.Shadow(text);
        foreach (var match in pattern.EnumerateMatches(shadow))
        {
            if (match.Length > 0)
                matches.Add(places is null ? (match.Index, match.Index + match.Length) : (places[match.Index], places[match.Index + match.Length]));
        }
        return Cut(text, matches, cutting, invert);
    }

    // Matches and what lies between them, in order; where inverted, what lies between is what is looked for. Two matches side by side stay two.
    private static IEnumerable<string> Cut(string text, List<(int Start, int End)> matches, Cutting cutting, bool invert = false)
    {
        var (parts, at) = (new List<(int Start, int End, bool Found)>(), 0);
        foreach (var (start, end) in matches.Append((text.Length, text.Length)))
        {
            if (start > at)
                parts.Add((at, start, invert));
            if (end > start)
                parts.Add((start, end, !invert));
            at = end;
        }
        if (cutting == Cutting.Removed)
            return parts.Where(p => !p.Found).Select(p => text[p.Start..p.End]);
        var pieces = new List<(int Start, int End)>();
        for (var i = 0; i < parts.Count; i++)
        {
            var (start, end, found) = parts[i];
            var joins = i > 0 && cutting switch
            {
                Cutting.Contiguous => found == parts[i - 1].Found,
                Cutting.MergedWithPrevious => found && !parts[i - 1].Found,
                Cutting.MergedWithNext => !found && parts[i - 1].Found,
                _ => false,
            };
            if (joins)
                pieces[^1] = (pieces[^1].Start, end);
            else
                pieces.Add((start, end));
        }
        return pieces.Select(p => text[p.Start..p.End]);
    }

    private static Cutting CuttingOf(string name, string path) =>
        Enum.TryParse<Cutting>(name, out var cutting) ? cutting : throw new NotSupportedException($"{path}.behavior: '{name}' is not supported");

    private static bool IsPunctuation(Rune rune) =>
        Rune.IsPunctuation(rune) || (rune.IsAscii && rune.Value > ' ' && rune.Value != 0x7F && !Rune.IsLetterOrDigit(rune));

    private static bool IsMark(UnicodeCategory category) =>
        category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    // Alphabetic, marks, digits, connectors and joiners (UTS #18).
    private static bool IsWord(Rune rune) => Rune.IsLetter(rune) || rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F189 and not (0x1F14A or 0x1F14F or 0x1F16A))
        || Rune.GetUnicodeCategory(rune) is var category && (IsMark(category) || category is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation);

    private static bool IsIdeograph(int c) => c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0x2F800 and <= 0x2FA1F);

    /// <summary>What becomes of a delimiter.</summary>
    private enum Cutting
    {
        Removed,
        Isolated,
        Contiguous,
        MergedWithPrevious,
        MergedWithNext,
    }
}
