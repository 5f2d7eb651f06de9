using System.Buffers;
using System.IO.MemoryMappedFiles;
using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace CorpusForge.Tokenize;

/// <summary>Reads a token shard in place: the file is mapped into memory and columns are views of it.</summary>
/// <remarks>
/// Opening reads the headers of the record batches and no tokens. Spans and batches must not be used after
/// <see cref="Dispose"/>. A shard holds less than 2 GiB. Safe for concurrent readers.
/// </remarks>
public sealed class TokenShardReader : IDisposable
{
    private static ReadOnlySpan<byte> Magic => "ARROW1"u8;

    private readonly MappedFile _map;

    private TokenShardReader(string path, MappedFile map)
    {
        _map = map;
        Path = path;
        // The body of the file format, past the magic, is the stream format; only that reader works in place.
        using var stream = new ArrowStreamReader(map.Memory[8..]);
        Info = TokenShardInfo.Of(stream.Schema, path);
        var batches = new List<TokenBatch>();
        while (stream.ReadNextRecordBatch() is { } batch)
            batches.Add(new TokenBatch(batch, Info.Narrow, path));
        Batches = batches;
    }

    public string Path { get; }
    public TokenShardInfo Info { get; }
    public IReadOnlyList<TokenBatch> Batches { get; }
    public long Rows => Batches.Sum(b => (long)b.Rows);
    public long Tokens => Batches.Sum(b => (long)b.Tokens);

    /// <exception cref="InputException">The file is not a whole token shard.</exception>
    public static TokenShardReader Open(string path)
    {
        var length = new FileInfo(path).Length;
        if (length > int.MaxValue)
            throw new InputException(path, int.MaxValue, $"a token shard holds less than 2 GiB, this one {length:N0} bytes: write smaller shards");
        if (length < 8 + Magic.Length)
            throw new InputException(path, length, "too short for an Arrow file");
        var map = new MappedFile(path, (int)length);
        try
        {
            var bytes = map.GetSpan();
            if (!bytes.StartsWith(Magic))
                throw new InputException(path, 0, "not an Arrow file");
            if (!bytes.EndsWith(Magic))
                throw new InputException(path, length, "the Arrow file ends without a footer: it was cut off");
            return new TokenShardReader(path, map);
        }
        catch (Exception e)
        {
            ((IDisposable)map).Dispose();
            // Arrow reports damage with whatever its parser ran into.
            if (e is InputException or OutOfMemoryException)
                throw;
            throw new InputException(path, 8, "the Arrow messages are damaged", e);
        }
    }

    public void Dispose() => ((IDisposable)_map).Dispose();

    private sealed unsafe class MappedFile : MemoryManager<byte>
    {
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;
        private readonly int _length;
        private byte* _start;

        public MappedFile(string path, int length)
        {
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
            _length = length;
        }

        public override Span<byte> GetSpan()
        {
            ObjectDisposedException.ThrowIf(_start is null, this);
            return new(_start, _length);
        }

        public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex, pinnable: this);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (_start is null)
                return;
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}

/// <summary>One record batch of a token shard: documents by row.</summary>
public sealed class TokenBatch
{
    private readonly RecordBatch _batch;
    private readonly ListArray _tokens;
    private readonly BooleanArray _validation;
    private readonly int _count;
    private readonly bool _narrow;
    private readonly string _file;

    internal TokenBatch(RecordBatch batch, bool narrow, string file)
    {
        (_batch, _narrow, _file) = (batch, narrow, file);
        _tokens = (ListArray)batch.Column(0);
        _validation = (BooleanArray)batch.Column(7);
        _count = _tokens.Values.Length;
        Offsets(batch.Length);
    }

    public int Rows => _batch.Length;

    /// <summary>The tokens of all documents of the batch.</summary>
    public int Tokens => _count;

    /// <summary>How many tokens the document has.</summary>
    public int Length(int row) => Offsets(row + 1) - Offsets(row);

    /// <summary>The document's id alone, without the copy of an image that <see cref="Row"/> makes.</summary>
    public string Id(int row) => Text(1, row)!;

    public bool Validation(int row) => BitUtility.GetBit(_validation.Values, _validation.Offset + row);

    /// <summary>The first row from <paramref name="row"/> on that reaches beyond a place of the stream of one split, and where it starts.</summary>
    /// <param name="row">Starts at <paramref name="start"/>.</param>
    /// <param name="validation">Which split.</param>
    /// <param name="more">Tokens behind each document.</param>
    /// <param name="position">The place.</param>
    /// <param name="start">Of the row.</param>
    internal int Seek(int row, bool validation, int more, long position, ref long start)
    {
        // One span for all rows: a million sequences look at thirty rows each.
        var offsets = _tokens.ValueOffsets;
        var held = _validation.Values;
        for (; row < Rows; row++)
        {
            if (BitUtility.GetBit(held, _validation.Offset + row) != validation)
                continue;
            var end = start + offsets[row + 1] - offsets[row] + more;
            if (end > position)
                break;
            start = end;
        }
        return row;
    }

    /// <summary>A document's tokens in place; for a shard with <see cref="TokenShardInfo.Narrow"/> tokens.</summary>
    public ReadOnlySpan<ushort> Narrow(int row) => Of(((UInt16Array)_tokens.Values).Values, row);

    /// <summary>A document's tokens in place; for a shard with four-byte tokens.</summary>
    public ReadOnlySpan<uint> Wide(int row) => Of(((UInt32Array)_tokens.Values).Values, row);

    /// <summary>Widens the tokens of a document from <paramref name="start"/> on into <paramref name="destination"/>.</summary>
    public void CopyTo(int row, int start, Span<long> destination)
    {
        if (_narrow)
        {
            var tokens = Narrow(row).Slice(start, destination.Length);
            for (var i = 0; i < tokens.Length; i++)
                destination[i] = tokens[i];
        }
        else
        {
            var tokens = Wide(row).Slice(start, destination.Length);
            for (var i = 0; i < tokens.Length; i++)
                destination[i] = tokens[i];
        }
    }

    public TokenRow Row(int row) => new()
    {
        Id = Id(row),
        Kind = Text(2, row) switch
        {
            "text" => Kind.Text,
            "code" => Kind.Code,
            "caption" => Kind.Caption,
            var other => throw new InputException(_file, 0, $"the kind of row {row} is '{other}'"),
        },
        Language = Text(3, row),
        License = Text(4, row),
        Source = Text(5, row)!,
        Url = Text(6, row),
        Validation = Validation(row),
        Image = Image(row),
        ImageSha256 = Text(9, row),
        ImageMediaType = Text(10, row),
    };

    private string? Text(int column, int row) => ((StringArray)_batch.Column(column)).GetString(row);

    // The bytes are copied: an image outlives the mapping.
    private byte[] Image(int row)
    {
        var images = (BinaryArray)_batch.Column(8);
        return images.IsNull(row) ? [] : images.GetBytes(row).ToArray();
    }

    private ReadOnlySpan<T> Of<T>(ReadOnlySpan<T> tokens, int row)
    {
        var start = Offsets(row);
        return tokens[start..Offsets(row + 1)];
    }

    private int Offsets(int row)
    {
        var offset = _tokens.ValueOffsets[row];
        return (uint)offset <= (uint)_count ? offset : throw new InputException(_file, 0, $"row {row} starts at token {offset} of {_count}");
    }
}
