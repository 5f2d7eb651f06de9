using CorpusForge.Runs;

namespace CorpusForge.Tokenize;

/// <summary>The tokenizers that a pipeline can name: those that come along, and files.</summary>
/// <remarks>A file is `tokenizer.json` of Hugging Face's tokenizers, ranks as tiktoken publishes them, or a SentencePiece model; its content says which.</remarks>
public static class Tokenizers
{
    // Ranks do not say how text is cut before it is merged; these are known by what they are, others are cut like cl100k_base.
    private const string R50k = "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930";
    private const string O200k = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d";
    private const long MostBytes = 256 << 20;

    // The ranks come with the data packages of Microsoft.ML.Tokenizers; loading them takes part of a second, and they are large.
    private static readonly Lazy<BytePairVocabulary> s_cl100k = Packaged("Microsoft.ML.Tokenizers.Data.Cl100kBase");
    private static readonly Lazy<BytePairVocabulary> s_o200k = Packaged("Microsoft.ML.Tokenizers.Data.O200kBase");

    // As published with tiktoken.
    private static readonly Dictionary<string, int> s_cl100kSpecial = new(StringComparer.Ordinal)
    {
        ["<|endoftext|>"] = 100_257,
        ["<|fim_prefix|>"] = 100_258,
        ["<|fim_middle|>"] = 100_259,
        ["<|fim_suffix|>"] = 100_260,
        ["<|endofprompt|>"] = 100_276,
    };

    private static readonly Dictionary<string, int> s_o200kSpecial = new(StringComparer.Ordinal) { ["<|endoftext|>"] = 199_999, ["<|endofprompt|>"] = 200_018 };

    public static IReadOnlyList<string> Names { get; } = ["byte", "cl100k_base", "o200k_base"];

    /// <summary>A tokenizer for one worker, by name or file.</summary>
    /// <exception cref="PipelineException">There is none of this name, nor a file.</exception>
    /// <exception cref="InputException">The file is damaged, or asks for something that is not supported.</exception>
    public static ITokenizer Open(string name) => Maker(name)();

    /// <summary>Makes tokenizers, one for each worker, that share their vocabulary.</summary>
    public static Func<ITokenizer> Maker(string name) => name switch
    {
        "byte" => () => new ByteTokenizer(),
        "cl100k_base" => () => new BytePairTokenizer<Cl100kSplitter>(name, s_cl100k.Value, new(3), endOfText: 100_257, vocabularySize: 100_277) { SpecialTokens = s_cl100kSpecial },
        "o200k_base" => () => new BytePairTokenizer<O200kSplitter>(name, s_o200k.Value, new(3, Contractions: true), endOfText: 199_999, vocabularySize: 200_019) { SpecialTokens = s_o200kSpecial },
        _ => Read(ReadFile(name), Path.GetFileName(name)),
    };

    /// <summary>What the file holds, for a tokenizer that is no name.</summary>
    /// <exception cref="PipelineException">There is no such file, or it cannot be read.</exception>
    public static byte[] ReadFile(string path)
    {
        try
        {
            if (!File.Exists(path))
                throw new PipelineException($"there is no tokenizer '{path}', and no file of this name; there are: {string.Join(", ", Names)}, or a tokenizer.json, tiktoken or SentencePiece file");
            return new FileInfo(path).Length <= MostBytes ? File.ReadAllBytes(path) : throw new PipelineException($"{path}: a tokenizer has at most {MostBytes:N0} bytes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PipelineException($"the tokenizer {path} cannot be read: {e.Message}");
        }
    }

    /// <summary>Of a file's content.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="name">What the tokenizer is called, and errors name.</param>
    public static Func<ITokenizer> Read(ReadOnlyMemory<byte> file, string name)
    {
        var first = file.Span.TrimStart(" \t\r\n"u8);
        if (first.StartsWith("{"u8))
            return TokenizerJson.Read(file, name);
        // The first field of a model is a piece.
        if (file.Span.StartsWith("\n"u8))
            return SentencePieceFile.Read(file, name);
        var vocabulary = new BytePairVocabulary(file.Span, name);
        return vocabulary.Sha256 switch
        {
            R50k => () => new BytePairTokenizer<Gpt2Splitter>(name, vocabulary, new(), endOfText: 50_256, vocabularySize: 50_257),
            O200k => () => new BytePairTokenizer<O200kSplitter>(name, vocabulary, new(3, Contractions: true), endOfText: 199_999, vocabularySize: 200_019),
            _ => () => new BytePairTokenizer<Cl100kSplitter>(name, vocabulary, new(3), endOfText: vocabulary.Count, vocabularySize: vocabulary.Count + 1),
        };
    }

    /// <summary>The tokenizer of a shard: one that comes along, or the file that lies beside it.</summary>
    /// <param name="info">Of the shard.</param>
    /// <param name="storage">Where the shard lies.</param>
    /// <param name="shard">The shard's name in storage.</param>
    /// <exception cref="PipelineException">The file is not there, or is another.</exception>
    public static ITokenizer Of(TokenShardInfo info, IStorage storage, string shard)
    {
        if (Names.Contains(info.Tokenizer))
            return Open(info.Tokenizer);
        var name = $"{shard[..(shard.LastIndexOf('/') + 1)]}{Path.GetFileName(info.Tokenizer)}";
        if (!storage.Exists(name))
            throw new PipelineException($"the tokenizer {name} of the shards is not there");
        using var stream = storage.OpenRead(name);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        var tokenizer = Read(content.ToArray(), info.Tokenizer)();
        return tokenizer.Sha256 == info.TokenizerSha256 ? tokenizer : throw new PipelineException($"{name} is not the tokenizer that the shards were made with: its SHA-256 is {tokenizer.Sha256}");
    }

    /// <summary>What a tokenizer's file is called beside the shards, and in them.</summary>
    internal static string NameInShards(ReadOnlySpan<byte> file, string sha256) =>
        $"tokenizer-{sha256[..16]}{(file.TrimStart(" \t\r\n"u8).StartsWith("{"u8) ? ".json" : file.StartsWith("\n"u8) ? ".model" : ".tiktoken")}";

    private static Lazy<BytePairVocabulary> Packaged(string assembly) => new(() => new BytePairVocabulary(RankFile.OfPackage(assembly), assembly));
}
