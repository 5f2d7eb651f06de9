using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;

namespace CorpusForge.Runs;

/// <summary>Writes documents or rejects as a shard; see <see cref="DocumentShard"/>.</summary>
public sealed class DocumentWriter : IDisposable
{
    private readonly OutputFile _file;
    private readonly string[] _signals;
    private readonly Schema _schema;
    private readonly ArrowFileWriter _writer;
    private readonly ShardColumn[] _columns;
    private readonly Dictionary<string, ShardColumn> _named;
    private int _rows;
    private long _bytes;

    /// <param name="file">Closed when the writer is.</param>
    /// <param name="rejects">Whether <see cref="Write(Reject)"/> will be called rather than <see cref="Write(Document)"/>.</param>
    /// <param name="signals">The names of the signal columns, `step.rule`.</param>
    public DocumentWriter(OutputFile file, bool rejects = false, IEnumerable<string>? signals = null)
    {
        (_file, _signals) = (file, [.. signals ?? []]);
        _schema = DocumentShard.SchemaOf(rejects, _signals);
        _columns = [.. _schema.FieldsList.Select(f => new ShardColumn(f.DataType))];
        _named = _schema.FieldsList.Zip(_columns).ToDictionary(c => c.First.Name, c => c.Second, StringComparer.Ordinal);
        _writer = new ArrowFileWriter(file, _schema, leaveOpen: true, new IpcOptions
        {
            CompressionCodec = CompressionCodecType.Zstd,
            CompressionCodecFactory = new CompressionCodecFactory(),
            CompressionLevel = DocumentShard.CompressionLevel,
        });
        _writer.WriteStart();
    }

    public void Write(Document document)
    {
        Append(document);
        Next(document);
    }

    public void Write(Reject reject)
    {
        Append(reject.Document);
        _named["step"].Add(reject.Step);
        _named["stepVersion"].Add(reject.StepVersion);
        _named["rule"].Add(reject.Rule);
        _named["measured"].Add(reject.Measured);
        _named["limit"].Add(reject.Limit);
        Next(reject.Document);
    }

    public void Dispose()
    {
        if (_rows > 0)
            Flush();
        _writer.WriteEnd();
        _writer.Dispose();
        _file.Dispose();
    }

    private void Append(Document d)
    {
        _named["id"].Add(d.Id);
        _named["sourceId"].Add(d.SourceId);
        _named["kind"].Add(DocumentShard.NameOf(d.Kind));
        _named["text"].Add(d.Text);
        _named["url"].Add(d.Url);
        _named["source"].Add(d.Source);
        _named["locator"].Add(d.Locator);
        _named["title"].Add(d.Title);
        _named["language"].Add(d.Language);
        _named["languageScore"].Add(d.LanguageScore);
        _named["toxicity"].Add(d.Toxicity);
        _named["license"].Add(d.License);
        _named["licenseEvidence"].Add(d.LicenseEvidence);
        _named["consent"].Add(d.Consent);
        _named["imageSha256"].Add(d.Image?.Sha256);
        _named["imageMediaType"].Add(d.Image?.MediaType);
        _named["imageWidth"].Add(d.Image?.Width);
        _named["imageHeight"].Add(d.Image?.Height);
        _named["imageShard"].Add(d.Image?.Shard);
        _named["imageRow"].Add(d.Image?.Shard is null ? (int?)null : d.Image.Row);
        _named["cluster"].Add(d.Cluster);
        _named["clusterSize"].Add(d.ClusterSize);
        _named["metadata"].Add(d.Metadata.IsEmpty ? null : JsonSerializer.Serialize(d.Metadata, Manifest.Json));
        // Last of all.
        for (var i = 0; i < _signals.Length; i++)
            _columns[_columns.Length - _signals.Length + i].Add(d.Signals.At(i, _signals[i]));
    }

    private void Next(Document document)
    {
        _rows++;
        _file.Rows++;
        _bytes += document.Text.Length * 2L;
        if (_rows >= DocumentShard.BatchRows || _bytes >= DocumentShard.BatchBytes)
            Flush();
    }

    private void Flush()
    {
        using (var batch = new RecordBatch(_schema, _columns.Select(c => c.Take()), _rows))
            _writer.WriteRecordBatch(batch);
        (_rows, _bytes) = (0, 0);
    }
}
