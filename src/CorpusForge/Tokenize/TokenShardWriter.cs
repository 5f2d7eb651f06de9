using System.Buffers;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

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
        var bytes = Columns.BytesOf(row, tokens.Length, _info.Narrow);
        if (_columns.Rows > 0 && _columns.Bytes + bytes > _batchBytes)
            Flush();
        _columns.Append(row, tokens, bytes);
        Rows++;
        Tokens += tokens.Length;
    }

    /// <summary>Writes what is left and the footer.</summary>
    public void Close()
    {
        if (_closed)
            return;
        // Arrow writes the schema with the first batch: an empty shard has an empty one.
        if (_columns.Rows > 0 || Rows == 0)
            Flush();
        _file.WriteEnd();
        _closed = true;
    }

    /// <summary>Does not finish the file: a shard that was not closed is not a shard.</summary>
    public void Dispose() => _file.Dispose();

    private void Flush()
    {
        using var batch = _columns.Build(_schema);
        _file.WriteRecordBatch(batch);
        _columns = new Columns(_info.Narrow);
    }

    private sealed class Columns(bool narrow)
    {
        private readonly ListArray.Builder _tokens =
            new(new Field("item", narrow ? UInt16Type.Default : UInt32Type.Default, false));
        private readonly StringArray.Builder _id = new(), _kind = new(), _language = new(), _license = new(), _source = new(), _url = new();
        private readonly BooleanArray.Builder _validation = new();
        private readonly BinaryArray.Builder _image = new();
        private readonly StringArray.Builder _imageSha256 = new(), _imageMediaType = new();

        public int Rows { get; private set; }
        public long Bytes { get; private set; }

        // Strings are counted as UTF-8 of at most three bytes a unit: an upper bound is enough.
        public static long BytesOf(TokenRow row, int tokens, bool narrow) =>
            ((long)tokens * (narrow ? 2 : 4)) + row.Image.Length + 256
            + (3L * ((row.Url?.Length ?? 0) + row.Source.Length + (row.License?.Length ?? 0)));

        public void Append(TokenRow row, ReadOnlySpan<int> tokens, long bytes)
        {
            _tokens.Append();
            if (narrow)
                AppendNarrow((UInt16Array.Builder)_tokens.ValueBuilder, tokens);
            else
                ((UInt32Array.Builder)_tokens.ValueBuilder).Append(System.Runtime.InteropServices.MemoryMarshal.Cast<int, uint>(tokens));
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
            Rows++;
            Bytes += bytes;
        }

        public RecordBatch Build(Schema schema) => new(schema,
        [
            _tokens.Build(), _id.Build(), _kind.Build(), _language.Build(), _license.Build(), _source.Build(), _url.Build(),
            _validation.Build(), _image.Build(), _imageSha256.Build(), _imageMediaType.Build(),
        ], Rows);

        private static void AppendNarrow(UInt16Array.Builder builder, ReadOnlySpan<int> tokens)
        {
            var narrowed = ArrayPool<ushort>.Shared.Rent(tokens.Length);
            for (var i = 0; i < tokens.Length; i++)
                narrowed[i] = (ushort)tokens[i];
            builder.Append(narrowed.AsSpan(0, tokens.Length));
            ArrayPool<ushort>.Shared.Return(narrowed);
        }
    }

    private static string NameOf(Kind kind) => kind switch
    {
        Kind.Text => "text",
        Kind.Code => "code",
        Kind.Caption => "caption",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
