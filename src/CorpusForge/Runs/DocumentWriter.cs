using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;

namespace CorpusForge.Runs;

/// <summary>Writes documents or rejects as a shard; see <see cref="DocumentShard"/>.</summary>
public sealed class DocumentWriter : IDisposable
{
    private readonly OutputFile _file;
    private readonly bool _rejects;
    private readonly string[] _signals;
    private readonly Schema _schema;
    private readonly ArrowFileWriter _writer;
    private readonly Dictionary<string, StringArray.Builder> _text = [];
    private readonly Dictionary<string, DoubleArray.Builder> _real = [];
    private readonly Dictionary<string, Int32Array.Builder> _whole = [];
    private int _rows;
    private long _bytes;

    /// <param name="file">Closed when the writer is.</param>
    /// <param name="rejects">Whether <see cref="Write(Reject)"/> will be called rather than <see cref="Write(Document)"/>.</param>
    /// <param name="signals">The names of the signal columns, `step.rule`.</param>
    public DocumentWriter(OutputFile file, bool rejects = false, IEnumerable<string>? signals = null)
    {
        (_file, _rejects, _signals) = (file, rejects, [.. signals ?? []]);
        _schema = DocumentShard.SchemaOf(rejects, _signals);
        _writer = new ArrowFileWriter(file, _schema, leaveOpen: true, new IpcOptions
        {
            CompressionCodec = CompressionCodecType.Zstd,
            CompressionCodecFactory = new CompressionCodecFactory(),
            CompressionLevel = DocumentShard.CompressionLevel,
        });
        _writer.WriteStart();
        Start();
    }

    public void Write(Document document)
    {
        Append(document);
        Next(document);
    }

    public void Write(Reject reject)
    {
        Append(reject.Document);
        _text["step"].Append(reject.Step);
        _whole["stepVersion"].Append(reject.StepVersion);
        _text["rule"].Append(reject.Rule);
        _real["measured"].Append(reject.Measured);
        _real["limit"].Append(reject.Limit);
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
        Text("id", d.Id);
        Text("sourceId", d.SourceId);
        Text("kind", DocumentShard.NameOf(d.Kind));
        Text("text", d.Text);
        Text("url", d.Url);
        Text("source", d.Source);
        Text("locator", d.Locator);
        Text("title", d.Title);
        Text("language", d.Language);
        Real("languageScore", d.LanguageScore);
        Real("toxicity", d.Toxicity);
        Text("license", d.License);
        Text("licenseEvidence", d.LicenseEvidence);
        Text("consent", d.Consent);
        Text("imageSha256", d.Image?.Sha256);
        Text("imageMediaType", d.Image?.MediaType);
        Whole("imageWidth", d.Image?.Width);
        Whole("imageHeight", d.Image?.Height);
        Text("imageShard", d.Image?.Shard);
        Whole("imageRow", d.Image?.Shard is null ? null : d.Image.Row);
        Text("cluster", d.Cluster);
        Whole("clusterSize", d.ClusterSize);
        Text("metadata", d.Metadata.IsEmpty ? null : JsonSerializer.Serialize(d.Metadata, Manifest.Json));
        foreach (var signal in _signals)
            Real(signal, d.Signals.TryGetValue(signal, out var value) ? value : null);
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
        var columns = _schema.FieldsList.Select(f =>
            _text.TryGetValue(f.Name, out var text) ? text.Build()
            : _real.TryGetValue(f.Name, out var real) ? (IArrowArray)real.Build()
            : _whole[f.Name].Build());
        using (var batch = new RecordBatch(_schema, columns, _rows))
            _writer.WriteRecordBatch(batch);
        Start();
    }

    private void Start()
    {
        (_rows, _bytes) = (0, 0);
        foreach (var field in _schema.FieldsList)
        {
            switch (field.DataType.TypeId)
            {
                case Apache.Arrow.Types.ArrowTypeId.String: _text[field.Name] = new StringArray.Builder(); break;
                case Apache.Arrow.Types.ArrowTypeId.Double: _real[field.Name] = new DoubleArray.Builder(); break;
                default: _whole[field.Name] = new Int32Array.Builder(); break;
            }
        }
    }

    private void Text(string column, string? value)
    {
        if (value is null)
            _text[column].AppendNull();
        else
            _text[column].Append(value);
    }

    private void Real(string column, double? value)
    {
        if (value is null)
            _real[column].AppendNull();
        else
            _real[column].Append(value.Value);
    }

    private void Whole(string column, int? value)
    {
        if (value is null)
            _whole[column].AppendNull();
        else
            _whole[column].Append(value.Value);
    }
}
