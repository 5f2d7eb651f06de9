using System.Security.Cryptography;
using System.Text;

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
    // The ranks come with the data packages of Microsoft.ML.Tokenizers; loading them takes part of a second, and they are large.
    private static readonly Lazy<BytePairVocabulary> s_cl100k = Packaged("Microsoft.ML.Tokenizers.Data.Cl100kBase");
    private static readonly Lazy<BytePairVocabulary> s_o200k = Packaged("Microsoft.ML.Tokenizers.Data.O200kBase");

    public static IReadOnlyList<string> Names { get; } = ["byte", "cl100k_base", "o200k_base"];

    /// <summary>A tokenizer for one worker; vocabularies are shared between workers.</summary>
    /// <exception cref="PipelineException">There is none of this name.</exception>
    public static ITokenizer Open(string name) => name switch
    {
        "byte" => new ByteTokenizer(),
        "cl100k_base" => new BytePairTokenizer<Cl100kSplitter>(name, s_cl100k.Value, endOfText: 100_257, vocabularySize: 100_277),
        "o200k_base" => new BytePairTokenizer<O200kSplitter>(name, s_o200k.Value, endOfText: 199_999, vocabularySize: 200_019),
        _ => throw new PipelineException($"there is no tokenizer '{name}'; there are: {string.Join(", ", Names)}"),
    };

    private static Lazy<BytePairVocabulary> Packaged(string assembly) => new(() => new BytePairVocabulary(BytePairVocabulary.OfPackage(assembly), assembly));
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
