using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using CorpusForge.Tokenize;

namespace CorpusForge.Export;

/// <summary>Tokens of one split on their way into another program's files, a document at a time.</summary>
internal abstract class TokenFiles(ExportFolder folder, TokenShardInfo info)
{
    private byte[] _bytes = [];

    protected ExportFolder Folder => folder;

    /// <summary>Two bytes where the vocabulary allows it.</summary>
    protected bool Narrow { get; } = info.Narrow;

    protected long EndOfText { get; } = info.EndOfText ?? throw new PipelineException($"the tokenizer {info.Tokenizer} has no token that ends a text, which this format needs");

    public abstract void Add(ReadOnlySpan<long> document);

    /// <summary>Writes what is known only at the end.</summary>
    public abstract void Close();

    protected int Width => Narrow ? 2 : 4;

    protected void Write(Stream stream, ReadOnlySpan<long> tokens)
    {
        if (_bytes.Length < tokens.Length * Width)
            _bytes = new byte[tokens.Length * Width * 2];
        var bytes = _bytes.AsSpan(0, tokens.Length * Width);
        for (var i = 0; i < tokens.Length; i++)
        {
            if (Narrow)
                BinaryPrimitives.WriteUInt16LittleEndian(bytes[(2 * i)..], (ushort)tokens[i]);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[(4 * i)..], (uint)tokens[i]);
        }
        stream.Write(bytes);
    }
}

/// <summary>Megatron-LM's indexed dataset: `NAME.bin` and `NAME.idx`, a sequence a document, each with its end of text.</summary>
/// <remarks>
/// The index: "MMIDIDX\0\0", u64 version 1, u8 code of the type (8 for u16, 4 for i32), u64 sequences, u64 document ends, then i32 lengths, i64 places in bytes, i64
/// document ends beginning with 0. Little-endian.
/// </remarks>
internal sealed class MegatronFiles(ExportFolder folder, TokenShardInfo info, string split) : TokenFiles(folder, info)
{
    private readonly FileStream _tokens = folder.Create($"{split}.bin");
    private readonly List<int> _lengths = [];

    public override void Add(ReadOnlySpan<long> document)
    {
        Write(_tokens, document);
        Write(_tokens, [EndOfText]);
        _lengths.Add(document.Length + 1);
    }

    public override void Close()
    {
        using var index = new BinaryWriter(Folder.Create($"{split}.idx"), Encoding.ASCII, leaveOpen: true);
        index.Write("MMIDIDX\0\0"u8);
        index.Write(1L);
        index.Write((byte)(Narrow ? 8 : 4));
        index.Write((long)_lengths.Count);
        index.Write((long)_lengths.Count + 1);
        index.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_lengths)));
        var place = 0L;
        foreach (var length in _lengths)
        {
            index.Write(place);
            place += (long)length * Width;
        }
        for (var document = 0L; document <= _lengths.Count; document++)
            index.Write(document);
    }
}

/// <summary>nanoGPT's `train.bin` and `val.bin`: two bytes a token, an end of text after every document, nothing else.</summary>
internal sealed class NanoGptFiles : TokenFiles
{
    private readonly FileStream _tokens;

    public NanoGptFiles(ExportFolder folder, TokenShardInfo info, string split)
        : base(folder, info)
    {
        if (!Narrow)
            throw new PipelineException($"nanoGPT reads two bytes a token, and {info.Tokenizer} has {info.VocabularySize:N0} tokens: export as llmc or megatron");
        _tokens = folder.Create(split == "train" ? "train.bin" : "val.bin");
    }

    public override void Add(ReadOnlySpan<long> document)
    {
        Write(_tokens, document);
        Write(_tokens, [EndOfText]);
    }

    public override void Close()
    {
    }
}

/// <summary>llm.c's token files: a header of 256 i32, then the tokens, an end of text before every document; a file ends with the document that makes it full.</summary>
/// <remarks>Header: magic 20240520 and version 1 for two bytes a token, 20240801 and 7 for four; then the number of tokens.</remarks>
internal sealed class LlmcFiles(ExportFolder folder, TokenShardInfo info, string split) : TokenFiles(folder, info)
{
    internal const int FullTokens = 100_000_000;
    private const int HeaderBytes = 256 * sizeof(int);

    private FileStream? _file;
    private int _count;
    private int _files;

    public override void Add(ReadOnlySpan<long> document)
    {
        if (_file is null)
        {
            _file = Folder.Create($"{split}_{_files++:000000}.bin");
            _file.Write(new byte[HeaderBytes]);
        }
        Write(_file, [EndOfText]);
        Write(_file, document);
        _count += document.Length + 1;
        if (_count >= FullTokens)
            Close();
    }

    public override void Close()
    {
        if (_file is null)
            return;
        Span<int> header = [Narrow ? 20240520 : 20240801, Narrow ? 1 : 7, _count];
        _file.Position = 0;
        _file.Write(MemoryMarshal.AsBytes(header));
        _file.Position = _file.Length;
        _file.Flush();
        (_file, _count) = (null, 0);
    }
}

/// <summary>MosaicML's streaming format (MDS): `shard.NNNNN.mds` and `index.json`.</summary>
/// <remarks>
/// A shard: u32 samples, u32 places of the samples and of the end, the JSON that describes the shard, the samples. A sample: a u32 length for each column, in
/// order of name, then their bytes. Columns: `id` (str), and `text` (str) or `tokens` (bytes, i64 each, as LLM Foundry reads them).
/// </remarks>
internal sealed class MdsFiles(ExportFolder folder, string split, string column)
{
    private const long ShardBytes = 1 << 26;

    private readonly List<byte[]> _samples = [];
    private readonly List<object> _shards = [];
    private long _bytes;

    public void Add(string id, ReadOnlySpan<byte> value)
    {
        var name = Encoding.UTF8.GetBytes(id);
        var sample = new byte[8 + name.Length + value.Length];
        BinaryPrimitives.WriteInt32LittleEndian(sample, name.Length);
        BinaryPrimitives.WriteInt32LittleEndian(sample.AsSpan(4), value.Length);
        name.CopyTo(sample, 8);
        value.CopyTo(sample.AsSpan(8 + name.Length));
        if (_samples.Count > 0 && _bytes + sample.Length > ShardBytes)
            WriteShard();
        _samples.Add(sample);
        _bytes += sample.Length;
    }

    public void Close()
    {
        if (_samples.Count > 0)
            WriteShard();
        using var index = new StreamWriter(folder.Create($"{split}/index.json"), leaveOpen: true);
        index.Write(System.Text.Json.JsonSerializer.Serialize(new { version = 2, shards = _shards }));
    }

    private void WriteShard()
    {
        var name = $"shard.{_shards.Count:00000}.mds";
        var encodings = new[] { "str", column == "text" ? "str" : "bytes" };
        var config = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new
        {
            column_encodings = encodings,
            column_names = new[] { "id", column },
            column_sizes = new int?[] { null, null },
            compression = (string?)null,
            format = "mds",
            hashes = Array.Empty<string>(),
            size_limit = ShardBytes,
            version = 2,
        });
        using (var writer = new BinaryWriter(folder.Create($"{split}/{name}"), Encoding.ASCII, leaveOpen: true))
        {
            var place = 4 + (4 * (_samples.Count + 1)) + config.Length;
            writer.Write(_samples.Count);
            writer.Write(place);
            foreach (var sample in _samples)
                writer.Write(place += sample.Length);
            writer.Write(config);
            foreach (var sample in _samples)
                writer.Write(sample);
            writer.Flush();
            _shards.Add(new
            {
                column_encodings = encodings,
                column_names = new[] { "id", column },
                column_sizes = new int?[] { null, null },
                compression = (string?)null,
                format = "mds",
                hashes = Array.Empty<string>(),
                raw_data = new { basename = name, bytes = writer.BaseStream.Length, hashes = new Dictionary<string, string>() },
                samples = _samples.Count,
                size_limit = ShardBytes,
                version = 2,
                zip_data = (object?)null,
            });
        }
        _samples.Clear();
        _bytes = 0;
    }
}
