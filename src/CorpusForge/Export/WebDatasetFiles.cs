using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge.Export;

/// <summary>WebDataset: tar files in which the entries of a document share its id: `.txt`, `.json` with the rest of the row, and the image of a caption.</summary>
/// <remarks>Entries have no time and no owner, so the same documents give the same bytes.</remarks>
internal sealed class WebDatasetFiles(ExportFolder folder) : IDisposable
{
    private const long ShardBytes = 256L << 20;

    private FileStream? _file;
    private TarWriter? _tar;
    private int _shards;

    public void Add(ExportRow row, IReadOnlyList<ExportColumn> columns, ReadOnlySpan<byte> image)
    {
        if (_tar is null)
        {
            _file = folder.Create($"shard-{_shards++:000000}.tar");
            _tar = new TarWriter(_file, TarEntryFormat.Ustar, leaveOpen: true);
        }
        var document = row.Document;
        if (!image.IsEmpty)
            Entry(document.Id + ExtensionOf(document.Image!.MediaType), image.ToArray());
        var rest = columns.Where(c => c.Name != "text").ToDictionary(c => c.Name, c => c.Value(row));
        Entry($"{document.Id}.json", JsonSerializer.SerializeToUtf8Bytes(rest, Manifest.Json));
        Entry($"{document.Id}.txt", Encoding.UTF8.GetBytes(document.Text));
        if (_file!.Position >= ShardBytes)
            Dispose();
    }

    /// <summary>Ends the file that is open.</summary>
    public void Dispose()
    {
        _tar?.Dispose();
        (_tar, _file) = (null, null);
    }

    private void Entry(string name, byte[] bytes) =>
        _tar!.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes), ModificationTime = DateTimeOffset.UnixEpoch });

    private static string ExtensionOf(string mediaType) => mediaType switch
    {
        "image/jpeg" => ".jpg",
        "image/svg+xml" => ".svg",
        _ when mediaType.StartsWith("image/", StringComparison.Ordinal) => "." + mediaType["image/".Length..],
        _ => ".image",
    };
}
