using System.Text;

namespace CorpusForge.Runs;

/// <summary>The documents, rejects and images of one unit: writes the shards and keeps the tally.</summary>
/// <remarks>The rejects and images files exist only where there are some.</remarks>
public sealed class DocumentOutput(UnitWork work, IReadOnlyList<string>? signals = null) : IDisposable
{
    private readonly DocumentWriter _documents = new(work.Create(Roles.Documents), signals: signals);
    private DocumentWriter? _rejects;
    private ImageShardWriter? _images;

    public void Keep(Document document)
    {
        if (document.Image is { Shard: null } image)
        {
            _images ??= new ImageShardWriter(work.Create(Roles.Images));
            document = document with { Image = image with { Shard = $"{work.Unit.Key}.arrow", Row = _images.Add(image), Bytes = default } };
        }
        _documents.Write(document);
        work.Tally.Out++;
        work.Tally.BytesOut += Encoding.UTF8.GetByteCount(document.Text);
    }

    public void Drop(Reject reject)
    {
        _rejects ??= new DocumentWriter(work.Create(Roles.Rejects), rejects: true, signals);
        _rejects.Write(reject);
        work.Tally.Drop(reject.Step, reject.Rule);
    }

    public void Dispose()
    {
        _documents.Dispose();
        _rejects?.Dispose();
        _images?.Dispose();
    }
}
