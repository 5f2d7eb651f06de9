using CorpusForge.Runs;

namespace CorpusForge.Crawl;

/// <summary>Where the records of a crawl lie while it goes on: in the ledger first, then in segments in storage.</summary>
/// <remarks>A record is durable with the page that it proves, in one transaction; from time to time the ledger is relieved of what has come together.</remarks>
/// <param name="ledger">Has the frontier.</param>
/// <param name="key">Of the crawl.</param>
/// <param name="storage">Where segments go.</param>
/// <param name="folder">Of the unit, in storage.</param>
/// <param name="attempt">Tells the segments of two writers apart.</param>
internal sealed class CrawlStore(Ledger ledger, string key, IStorage storage, string folder, string attempt)
{
    /// <summary>The ledger keeps about so much.</summary>
    public long SegmentBytes { get; init; } = 16L << 20;

    private readonly Lock _moving = new();
    private long _loose = -1;

    /// <summary>To be called when records were added.</summary>
    public void Grown(long bytes)
    {
        lock (_moving)
        {
            _loose = _loose < 0 ? ledger.LooseBytes(key) : _loose + bytes;
            while (_loose >= SegmentBytes && Move() is > 0 and var moved)
                _loose = Math.Max(0, _loose - moved);
        }
    }

    public byte[] Read(VisitedRow row) => row.Record ?? (row.Segment is { } segment ? Read(segment, row.Place!.Value, row.Size!.Value) : []);

    /// <summary>The response that an earlier crawl has in its file, if it is still there.</summary>
    public CrawlRecord.Earlier? Read(HistoryRow row)
    {
        try
        {
            if (!storage.Exists(row.File))
                return null;
            var member = Read(row.File, row.Place, row.Size);
            var record = WarcReader.Read(at => new MemoryStream(member) { Position = at }, row.File).FirstOrDefault();
            return record is { Type: "response" } && record.TargetUri == row.Url && record.Header("WARC-Payload-Digest") == row.Digest
                && HttpMessage.Parse(record.Block.ToArray()) is { } message ? new CrawlRecord.Earlier(member, record, message) : null;
        }
        catch (IOException)
        {
            return null; // Without it the page is simply asked for.
        }
    }

    /// <summary>Removes the segments, once their records are in the files of the part.</summary>
    public void Clear()
    {
        foreach (var segment in ledger.Segments(key))
            storage.Delete(segment);
    }

    private byte[] Read(string file, long place, long size)
    {
        using var stream = storage.OpenRead(file, place);
        var bytes = new byte[size];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private long Move()
    {
        var records = ledger.LooseRecords(key, SegmentBytes);
        if (records.Count == 0)
            return 0;
        var name = $"{folder}/segment-{records[0].Number:D10}-{attempt}.warc.gz";
        var temporary = $"{folder}/{IStorage.TemporaryPrefix}segment-{records[0].Number:D10}-{attempt}";
        var places = new List<(long, long)>(records.Count);
        long bytes;
        using (var file = new OutputFile(storage.Create(temporary)))
        {
            foreach (var (number, record) in records)
            {
                places.Add((number, file.Bytes));
                file.Write(record);
            }
            bytes = file.Bytes;
        }
        storage.Publish(temporary, name);
        ledger.MoveRecords(key, name, places);
        return bytes;
    }
}
