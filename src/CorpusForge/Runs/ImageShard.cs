using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace CorpusForge.Runs;

/// <summary>Image bytes beside the documents that caption them: Arrow IPC files, uncompressed, one row an image.</summary>
/// <remarks>Columns: sha256, mediaType, width, height, bytes. An image that several documents of a unit show is stored once.</remarks>
public static class ImageShard
{
    public static Schema Schema { get; } = new(
        [
            new Field("sha256", StringType.Default, nullable: false),
            new Field("mediaType", StringType.Default, nullable: false),
            new Field("width", Int32Type.Default, nullable: false),
            new Field("height", Int32Type.Default, nullable: false),
            new Field("bytes", BinaryType.Default, nullable: false),
        ],
        new Dictionary<string, string> { ["corpusforge.format"] = "corpusforge.images/1" });

    /// <summary>Streams the images of a shard in order of row.</summary>
    public static IEnumerable<(string Sha256, string MediaType, byte[] Bytes)> Read(Stream stream)
    {
        using var reader = new ArrowFileReader(stream);
        while (reader.ReadNextRecordBatch() is { } batch)
        {
            using (batch)
            {
                var (sha, type, bytes) = ((StringArray)batch.Column(0), (StringArray)batch.Column(1), (BinaryArray)batch.Column(4));
                for (var i = 0; i < batch.Length; i++)
                    yield return (sha.GetString(i), type.GetString(i), bytes.GetBytes(i).ToArray());
            }
        }
    }
}

/// <summary>Writes an <see cref="ImageShard"/>.</summary>
public sealed class ImageShardWriter : IDisposable
{
    private const int BatchBytes = 32 << 20;

    private readonly OutputFile _file;
    private readonly ArrowFileWriter _writer;
    private readonly Dictionary<string, int> _rowOf = new(StringComparer.Ordinal);
    private readonly List<Image> _batch = [];
    private long _bytes;

    /// <param name="file">Closed when the writer is.</param>
    public ImageShardWriter(OutputFile file)
    {
        _file = file;
        _writer = new ArrowFileWriter(file, ImageShard.Schema, leaveOpen: true);
        _writer.WriteStart();
    }

    /// <summary>Stores the image unless it is there, and returns its row.</summary>
    public int Add(Image image)
    {
        if (_rowOf.TryGetValue(image.Sha256, out var row))
            return row;
        row = _rowOf.Count;
        _rowOf.Add(image.Sha256, row);
        _batch.Add(image);
        _bytes += image.Bytes.Length;
        _file.Rows++;
        if (_bytes >= BatchBytes)
            Flush();
        return row;
    }

    public void Dispose()
    {
        if (_batch.Count > 0)
            Flush();
        _writer.WriteEnd();
        _writer.Dispose();
        _file.Dispose();
    }

    private void Flush()
    {
        var (sha, type, width, height, bytes) = (
            new StringArray.Builder(), new StringArray.Builder(), new Int32Array.Builder(), new Int32Array.Builder(), new BinaryArray.Builder());
        foreach (var image in _batch)
        {
            sha.Append(image.Sha256);
            type.Append(image.MediaType);
            width.Append(image.Width);
            height.Append(image.Height);
            bytes.Append(image.Bytes.Span);
        }
        IArrowArray[] columns = [sha.Build(), type.Build(), width.Build(), height.Build(), bytes.Build()];
        using (var batch = new RecordBatch(ImageShard.Schema, columns, _batch.Count))
            _writer.WriteRecordBatch(batch);
        _batch.Clear();
        _bytes = 0;
    }
}
