using System.Globalization;
using CorpusForge.Settings;

namespace CorpusForge.Tokenize;

/// <summary>Moves the middle of a source file to its end, so that a model learns to fill gaps.</summary>
/// <remarks>
/// Bavarian et al., Efficient training of language models to fill in the middle, 2022, on characters: a document is cut at two places drawn evenly among
/// its bytes, each moved to the beginning of its character. PSM is `prefix-sentinel prefix suffix-sentinel suffix middle-sentinel middle`; SPM is
/// `prefix-sentinel suffix-sentinel suffix middle-sentinel prefix middle`. The three parts are encoded each for itself. What is drawn depends on
/// the document's id and the seed alone.
/// </remarks>
public sealed record FillInTheMiddle
{
    // Apart from what else is drawn of an id and a seed.
    private const ulong Salt = 0x66696C6C;

    private static readonly string[][] s_known =
    [
        ["<fim_prefix>", "<fim_middle>", "<fim_suffix>"],
        ["<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"],
        ["<｜fim▁begin｜>", "<｜fim▁end｜>", "<｜fim▁hole｜>"],
        ["▁<PRE>", "▁<MID>", "▁<SUF>"],
    ];

    /// <summary>The share of documents of code that are rearranged.</summary>
    [Range(0, 1)]
    public double Rate { get; init; } = 0.5;

    /// <summary>The share of those that begin with what comes after the gap.</summary>
    [Range(0, 1)]
    public double Spm { get; init; } = 0.5;

    /// <summary>The names of the tokens before prefix, middle and suffix; without them, those of StarCoder, Qwen, DeepSeek or Code Llama that there are.</summary>
    public IReadOnlyList<string>? Sentinels { get; init; }

    /// <summary>The ids of the tokens before prefix, middle and suffix.</summary>
    /// <exception cref="PipelineException">The tokenizer does not have them.</exception>
    internal (int Prefix, int Middle, int Suffix) Of(ITokenizer tokenizer)
    {
        if (Sentinels is { Count: not 3 })
            throw new PipelineException("tokenize: fim.sentinels are three names: of prefix, middle and suffix");
        var special = tokenizer.SpecialTokens;
        foreach (var names in Sentinels is null ? s_known : [[.. Sentinels]])
        {
            if (special.TryGetValue(names[0], out var prefix) && special.TryGetValue(names[1], out var middle) && special.TryGetValue(names[2], out var suffix))
                return (prefix, middle, suffix);
        }
        throw new PipelineException($"tokenize: fim needs three special tokens, such as {string.Join(", ", Sentinels ?? s_known[0])}, and {tokenizer.Name} does not have them");
    }

    /// <summary>Writes the ids of a document, rearranged or as it is, and returns how many there are.</summary>
    /// <param name="tokenizer">There must be room for <see cref="ITokenizer.MostTokens"/> of each part, and three more.</param>
    /// <param name="sentinels">Its ids of prefix, middle and suffix.</param>
    /// <param name="text">UTF-8.</param>
    /// <param name="id">Of the document.</param>
    /// <param name="seed">Of the pipeline.</param>
    /// <param name="ids">Where they go.</param>
    internal int Encode(ITokenizer tokenizer, (int Prefix, int Middle, int Suffix) sentinels, ReadOnlySpan<byte> text, string id, long seed, Span<uint> ids)
    {
        var random = new SplitMix64(ulong.Parse(id.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture) ^ SplitMix64.Mix((ulong)seed ^ Salt));
        if (random.NextDouble() >= Rate)
            return tokenizer.Encode(text, ids);
        var suffixFirst = random.NextDouble() < Spm;
        var (one, other) = (Place(text, random.Next((ulong)text.Length + 1)), Place(text, random.Next((ulong)text.Length + 1)));
        var (start, end) = (Math.Min(one, other), Math.Max(one, other));
        var count = 0;
        ids[count++] = (uint)sentinels.Prefix;
        if (!suffixFirst)
            count += tokenizer.Encode(text[..start], ids[count..]);
        ids[count++] = (uint)sentinels.Suffix;
        count += tokenizer.Encode(text[end..], ids[count..]);
        ids[count++] = (uint)sentinels.Middle;
        if (suffixFirst)
            count += tokenizer.Encode(text[..start], ids[count..]);
        return count + tokenizer.Encode(text[start..end], ids[count..]);
    }

    /// <summary>The most ids of a text of so many bytes, with room for each part to be encoded.</summary>
    internal static int MostTokens(ITokenizer tokenizer, int bytes) => checked(tokenizer.MostTokens(bytes) + (2 * tokenizer.MostTokens(0)) + 3);

    private static int Place(ReadOnlySpan<byte> text, ulong drawn)
    {
        var place = (int)drawn;
        while (place < text.Length && place > 0 && (text[place] & 0xC0) == 0x80)
            place--;
        return place;
    }
}
