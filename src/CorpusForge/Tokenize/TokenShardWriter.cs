using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace CorpusForge.Tokenize;

/// <summary>Writes a token shard: an uncompressed Arrow IPC file with one row per document.</summary>
/// <remarks>
/// The same rows give the same bytes. A record batch ends before it would pass 8 MB, so that memory stays flat; a
/// larger document is a batch of its own. The file is complete once <see cref="Close"/> has run; the stream stays open.
/// </remarks>
public sealed class TokenShardWriter : IDisposable
{
    private readonly int _batchBytes;
    private readonly TokenShardInfo _info;
    private readonly Schema _schema;
    private readonly ArrowFileWriter _file;
    private Columns _columns;
    private bool _closed;

    public TokenShardWriter(Stream stream, TokenShardInfo info, int batchBytes = 8 << 20)
    {
        (_info, _batchBytes, _schema) = (info, batchBytes, info.ToSchema());
        _file = new ArrowFileWriter(stream, _schema, leaveOpen: true);
        _file.WriteStart();
        _columns = new Columns(info.Narrow);
    }

    public long Rows { get; private set; }
    public long Tokens { get; private set; }

    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    public void Append(TokenRow row, ReadOnlySpan<int> tokens)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)_info.VocabularySize)
                throw new ArgumentOutOfRangeException(nameof(tokens), token, $"not in the vocabulary of {_info.Tokenizer}");
        }
        if (_info.Narrow)
        {
            var room = _columns.Room<ushort>(tokens.Length);
            for (var i = 0; i < tokens.Length; i++)
                room[i] = (ushort)tokens[i];
        }
        else
        {
            MemoryMarshal.Cast<int, uint>(tokens).CopyTo(_columns.Room<uint>(tokens.Length));
        }
        Append(row, tokens.Length);
    }

    /// <summary>Encodes a text into its row, and returns how many tokens it has.</summary>
    /// <exception cref="ArgumentException">The tokenizer is not that of the shard.</exception>
    public int Append(TokenRow row, ITokenizer tokenizer, ReadOnlySpan<byte> text)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (tokenizer.Sha256 != _info.TokenizerSha256 || tokenizer.VocabularySize != _info.VocabularySize)
            throw new ArgumentException($"the tokens of this shard are those of {_info.Tokenizer}", nameof(tokenizer));
        var most = tokenizer.MostTokens(text.Length);
        var count = _info.Narrow ? tokenizer.Encode(text, _columns.Room<ushort>(most)) : tokenizer.Encode(text, _columns.Room<uint>(most));
        Append(row, count);
        return count;
    }

    /// <summary>Writes what is left and the footer.</summary>
    public void Close()
    {
        if (_closed)
            return;
        // Arrow writes the schema with the first batch: an empty shard has an empty one.
        if (_columns.Rows > 0 || Rows == 0)
            Flush(0);
        _file.WriteEnd();
        _closed = true;
    }

    /// <summary>Does not finish the file: a shard that was not closed is not a shard.</summary>
    public void Dispose() => _file.Dispose();

    // The tokens lie behind those of the batch already.
    private void Append(TokenRow row, int tokens)
    {
        var bytes = Columns.BytesOf(row, tokens, _info.Narrow);
        if (_columns.Rows > 0 && _columns.Bytes + bytes > _batchBytes)
            Flush(tokens);
        _columns.Append(row, tokens, bytes);
        Rows++;
        Tokens += tokens;
    }

    private void Flush(int next)
    {
        using (var batch = _columns.Build(_schema))
            _file.WriteRecordBatch(batch);
        _columns = new Columns(_info.Narrow, _columns, next);
    }

    private sealed class Columns
    {
        private readonly int _width;
        private readonly List<int> _ends = [0];
        private byte[] _tokens;

        // What zeros took the place of when the batch was written.
        private byte[] _behind = [];
        private readonly StringArray.Builder _id = new(), _kind = new(), _language = new(), _license = new(), _source = new(), _url = new();
        private readonly BooleanArray.Builder _validation = new();
        private readonly BinaryArray.Builder _image = new();
        private readonly StringArray.Builder _imageSha256 = new(), _imageMediaType = new();

        public Columns(bool narrow) => (_width, _tokens) = (narrow ? 2 : 4, []);

        /// <summary>Of the batch after <paramref name="written"/>, whose memory it takes over, with the tokens that lie behind its own.</summary>
        public Columns(bool narrow, Columns written, int tokens)
            : this(narrow)
        {
            _tokens = written._tokens;
            written._behind.CopyTo(_tokens, written._ends[^1] * _width);
            _tokens.AsSpan(written._ends[^1] * _width, tokens * _width).CopyTo(_tokens);
        }

        public int Rows => _ends.Count - 1;
        public long Bytes { get; private set; }

        /// <summary>Where the next row's tokens go.</summary>
        public Span<TToken> Room<TToken>(int tokens)
            where TToken : unmanaged
        {
            var (start, end) = (_ends[^1] * _width, checked((_ends[^1] + tokens) * _width));
            if (_tokens.Length < end)
                System.Array.Resize(ref _tokens, (int)Math.Max(end, Math.Min(2L * _tokens.Length, System.Array.MaxLength)));
            return MemoryMarshal.Cast<byte, TToken>(_tokens.AsSpan(start, end - start));
        }

        // Strings are counted as UTF-8 of at most three bytes a unit: an upper bound is enough.
        public static long BytesOf(TokenRow row, int tokens, bool narrow) =>
            ((long)tokens * (narrow ? 2 : 4)) + row.Image.Length + 256
            + (3L * ((row.Url?.Length ?? 0) + row.Source.Length + (row.License?.Length ?? 0)));

        public void Append(TokenRow row, int tokens, long bytes)
        {
            _ends.Add(_ends[^1] + tokens);
            _id.Append(row.Id);
            _kind.Append(NameOf(row.Kind));
            _language.Append(row.Language);
            _license.Append(row.License);
            _source.Append(row.Source);
            _url.Append(row.Url);
            _validation.Append(row.Validation);
            if (row.Image.IsEmpty)
                _image.AppendNull();
            else
                _image.Append(row.Image.Span);
            _imageSha256.Append(row.ImageSha256);
            _imageMediaType.Append(row.ImageMediaType);
            Bytes += bytes;
        }

        public RecordBatch Build(Schema schema) => new(schema,
        [
            TokenArray(), _id.Build(), _kind.Build(), _language.Build(), _license.Build(), _source.Build(), _url.Build(),
            _validation.Build(), _image.Build(), _imageSha256.Build(), _imageMediaType.Build(),
        ], Rows);

        private ListArray TokenArray()
        {
            var count = _ends[^1];
            var bytes = Padded(count * _width);
            if (_tokens.Length < bytes)
                System.Array.Resize(ref _tokens, bytes);
            _behind = _tokens[(count * _width)..bytes];
            _tokens.AsSpan((count * _width)..bytes).Clear();
            var values = new ArrowBuffer(_tokens.AsMemory(0, bytes));
            IArrowArray tokens = _width == 2 ? new UInt16Array(values, ArrowBuffer.Empty, count, 0, 0) : new UInt32Array(values, ArrowBuffer.Empty, count, 0, 0);
            var ends = new byte[Padded(_ends.Count * sizeof(int))];
            MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_ends)).CopyTo(ends);
            return new ListArray(TokenShardInfo.TokensOf(_width == 2), Rows, new ArrowBuffer(ends), tokens, ArrowBuffer.Empty, 0);
        }

        // As Arrow's own builders do.
        private static int Padded(int bytes) => (bytes + 63) & ~63;
    }

    private static string NameOf(Kind kind) => kind switch
    {
        Kind.Text => "text",
        Kind.Code => "code",
        Kind.Caption => "caption",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
