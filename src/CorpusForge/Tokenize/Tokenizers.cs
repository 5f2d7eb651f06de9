using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace CorpusForge.Tokenize;

/// <summary>Text to ids and back. Text never becomes a special token, whatever it says.</summary>
public interface ITokenizer
{
    string Name { get; }

    /// <summary>Of what defines the vocabulary.</summary>
    string Sha256 { get; }

    int VocabularySize { get; }

    /// <summary>The id that stands between documents, which no text encodes to.</summary>
    int EndOfText { get; }

    /// <summary>Appends the ids of <paramref name="text"/>.</summary>
    void Encode(string text, List<int> ids);

    string Decode(IEnumerable<int> ids);
}

/// <summary>The tokenizers that a pipeline can name.</summary>
public static class Tokenizers
{
    public static IReadOnlyList<string> Names { get; } = ["byte", "cl100k_base", "o200k_base"];

    /// <summary>A tokenizer for one worker; vocabularies are shared between workers.</summary>
    /// <exception cref="PipelineException">There is none of this name.</exception>
    public static ITokenizer Open(string name) => name switch
    {
        "byte" => new ByteTokenizer(),
        "cl100k_base" => new TiktokenBpe(name, "Microsoft.ML.Tokenizers.Data.Cl100kBase", TiktokenBpe.Cl100kPattern, endOfText: 100_257, vocabularySize: 100_277),
        "o200k_base" => new TiktokenBpe(name, "Microsoft.ML.Tokenizers.Data.O200kBase", TiktokenBpe.O200kPattern, endOfText: 199_999, vocabularySize: 200_019),
        _ => throw new PipelineException($"there is no tokenizer '{name}'; there are: {string.Join(", ", Names)}"),
    };
}

/// <summary>Every UTF-8 byte is an id, and 256 ends a document: 257 ids, no training, no unknown text.</summary>
public sealed class ByteTokenizer : ITokenizer
{
    public string Name => "byte";
    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData("corpusforge byte tokenizer: ids 0-255 are bytes, 256 ends a text"u8));
    public int VocabularySize => 257;
    public int EndOfText => 256;

    public void Encode(string text, List<int> ids)
    {
        foreach (var b in Encoding.UTF8.GetBytes(text))
            ids.Add(b);
    }

    public string Decode(IEnumerable<int> ids) => Encoding.UTF8.GetString([.. ids.Where(i => i < 256).Select(i => (byte)i)]);
}

/// <summary>A byte-level BPE from tiktoken ranks, encoded by Microsoft.ML.Tokenizers without any special token.</summary>
/// <remarks>
/// The ranks come with Microsoft.ML.Tokenizers.Data.*; the patterns are those that OpenAI publishes with tiktoken. The encoder is
/// quadratic in the length of one run of letters, spaces or symbols, so a run is cut every <see cref="MaxRun"/> characters: ids differ
/// from tiktoken's only around a cut.
/// </remarks>
public sealed class TiktokenBpe : ITokenizer
{
    public const int MaxRun = 1000;

    internal const string Cl100kPattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    internal const string O200kPattern =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private readonly TiktokenTokenizer _tokenizer;
    private readonly bool _joins;

    internal TiktokenBpe(string name, string dataAssembly, string pattern, int endOfText, int vocabularySize)
    {
        (Name, EndOfText, VocabularySize, _joins) = (name, endOfText, vocabularySize, pattern == O200kPattern);
        var ranks = Ranks(dataAssembly);
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(ranks));
        _tokenizer = TiktokenTokenizer.Create(
            new MemoryStream(ranks), new RegexPreTokenizer(new Regex(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant), null), normalizer: null, specialTokens: null);
    }

    public string Name { get; }
    public string Sha256 { get; }
    public int VocabularySize { get; }
    public int EndOfText { get; }

    public void Encode(string text, List<int> ids)
    {
        var start = 0;
        foreach (var cut in Cuts(text))
        {
            ids.AddRange(_tokenizer.EncodeToIds(text.AsSpan(start, cut - start)));
            start = cut;
        }
        ids.AddRange(start == 0 ? _tokenizer.EncodeToIds(text) : _tokenizer.EncodeToIds(text.AsSpan(start)));
    }

    public string Decode(IEnumerable<int> ids) => _tokenizer.Decode(ids.Where(i => i < EndOfText)) ?? "";

    // Where a run of one sort of character has gone on for too long.
    private IEnumerable<int> Cuts(string text)
    {
        var (run, sort) = (0, -1);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var now = _joins && Joins(c, sort) ? sort : char.IsLetter(c) ? 0 : char.IsWhiteSpace(c) ? 1 : char.IsAsciiDigit(c) ? 2 : 3;
            run = now == sort ? run + 1 : 1;
            sort = now;
            if (run > MaxRun && !char.IsLowSurrogate(c))
            {
                yield return i;
                run = 1;
            }
        }
    }

    // In the pattern of o200k marks run on with letters and symbols alike, and line ends with symbols.
    private static bool Joins(char c, int sort) => sort switch
    {
        0 => CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark,
        3 => c is '\r' or '\n',
        _ => false,
    };

    private static byte[] Ranks(string assembly)
    {
        var data = Assembly.Load(assembly);
        var name = data.GetManifestResourceNames().Single(n => n.EndsWith(".deflate", StringComparison.Ordinal));
        using var resource = new DeflateStream(data.GetManifestResourceStream(name)!, CompressionMode.Decompress);
        using var ranks = new MemoryStream();
        resource.CopyTo(ranks);
        return ranks.ToArray();
    }
}
