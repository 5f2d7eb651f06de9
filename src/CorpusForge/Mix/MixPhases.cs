using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge.Mix;

/// <summary>Per part: how much text each source has in it.</summary>
internal sealed class CountPhase(MixStage stage) : IPhase
{
    public const string PhaseName = "count";

    public string Name => PhaseName;
    public bool Result => false;

    // The settings of the mixture do not matter to the counts, but they are in the digest of the stage.
    public IEnumerable<Unit> Plan(PhaseInput input) => input.Upstream.Select(part => Unit.Of(input, this, stage.Weighted, [UnitInput.Of(part)]));

    public void Execute(UnitWork work)
    {
        using var stream = work.OpenRead(work.Input.Part(work.Unit.Inputs[0].Name).Documents!);
        foreach (var document in DocumentShard.Read(stream))
        {
            work.Cancel.ThrowIfCancellationRequested();
            work.Figures[document.Source] = work.Figures.GetValueOrDefault(document.Source) + Encoding.UTF8.GetByteCount(document.Text);
        }
        work.ContentDigest = Digests.Of(JsonSerializer.Serialize(work.Figures));
    }

    /// <summary>Bytes of text by source, of all parts.</summary>
    public static SortedDictionary<string, long> BytesOf(PhaseInput input)
    {
        var bytes = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (source, count) in input.Phases[PhaseName].SelectMany(p => p.Figures))
            bytes[source] = bytes.GetValueOrDefault(source) + (long)count;
        return bytes;
    }
}

/// <summary>What scatter and gather agree on.</summary>
/// <param name="Buckets">How many.</param>
/// <param name="Epochs">By source.</param>
internal sealed record Mixture(int Buckets, Dictionary<string, double> Epochs)
{
    public static Mixture Of(MixStage stage, PhaseInput input)
    {
        var bytes = CountPhase.BytesOf(input);
        var epochs = stage.EpochsOf(bytes);
        var text = bytes.Sum(b => b.Value * epochs[b.Key]);
        return new Mixture(Math.Max(1, (int)Math.Ceiling(text / ((long)stage.BucketMb << 20))), epochs);
    }
}

/// <summary>Per part: lays its documents, in runs that fit into memory, into the buckets.</summary>
/// <remarks>
/// The file `scattered` has a segment for each run and bucket: for each row the key (u64) and the copy (i32, -1 is a document that the mixture leaves out),
/// then a shard of documents. The file `places` has for each run and bucket the start of the segment (i64), its length (i32), its rows (i32) and
/// the bytes of their text (i64).
/// </remarks>
internal sealed class ScatterPhase(MixStage stage) : IPhase
{
    public const string PhaseName = "scatter";
    public const string Scattered = "scattered", Places = "places";
    public const int KeyBytes = 12, PlaceBytes = 24;
    private const long RunBytes = 256 << 20;

    public string Name => PhaseName;
    public bool Result => false;

    public IEnumerable<Unit> Plan(PhaseInput input)
    {
        var mixture = Mixture.Of(stage, input);
        return input.Upstream.Select(part => Unit.Of(input, this, mixture, [UnitInput.Of(part)]));
    }

    public void Execute(UnitWork work)
    {
        var (part, mixture, seed) = (work.Input.Part(work.Unit.Inputs[0].Name), work.Unit.Read<Mixture>(), work.Input.Pipeline.Seed);
        using var scattered = work.Create(Scattered, ".bin");
        using var places = work.Create(Places, ".bin");
        var signals = DocumentShard.SignalsOf(work, part);
        var (run, bytes) = (new List<Entry>(), 0L);
        using var stream = work.OpenRead(part.Documents!);
        foreach (var document in DocumentShard.Read(stream))
        {
            work.Cancel.ThrowIfCancellationRequested();
            var placed = stage.PlacedBy(document);
            var copies = Place.Copies(placed, seed, mixture.Epochs[document.Source]);
            for (var copy = 0; copy < Math.Max(1, copies); copy++)
                run.Add(new Entry(Place.Key(placed, seed, copy), copies == 0 ? -1 : copy, document));
            bytes += 2L * document.Text.Length;
            if (bytes < RunBytes)
                continue;
            Write(run, mixture.Buckets, signals, scattered, places);
            (run, bytes) = ([], 0);
        }
        Write(run, mixture.Buckets, signals, scattered, places);
    }

    private static void Write(List<Entry> run, int buckets, string[] signals, OutputFile scattered, OutputFile places)
    {
        var byBucket = run.ToLookup(e => Place.Bucket(e.Key, buckets));
        var (place, key) = (new byte[PlaceBytes], new byte[KeyBytes]);
        for (var bucket = 0; bucket < buckets; bucket++)
        {
            var (start, rows, text) = (scattered.Bytes, 0, 0L);
            if (byBucket.Contains(bucket))
            {
                foreach (var entry in byBucket[bucket])
                {
                    BinaryPrimitives.WriteUInt64LittleEndian(key, entry.Key);
                    BinaryPrimitives.WriteInt32LittleEndian(key.AsSpan(8), entry.Copy);
                    scattered.Write(key);
                    rows++;
                    text += Encoding.UTF8.GetByteCount(entry.Document.Text);
                }
                using var memory = new MemoryStream();
                using (var writer = new DocumentWriter(new OutputFile(memory), signals: signals))
                {
                    foreach (var entry in byBucket[bucket])
                        writer.Write(entry.Document);
                }
                scattered.Write(memory.ToArray());
            }
            BinaryPrimitives.WriteInt64LittleEndian(place, start);
            BinaryPrimitives.WriteInt32LittleEndian(place.AsSpan(8), checked((int)(scattered.Bytes - start)));
            BinaryPrimitives.WriteInt32LittleEndian(place.AsSpan(12), rows);
            BinaryPrimitives.WriteInt64LittleEndian(place.AsSpan(16), text);
            places.Write(place);
        }
    }

    private sealed record Entry(ulong Key, int Copy, Document Document);
}

/// <summary>Per bucket: reads it from all parts, sorts it by key and writes it.</summary>
/// <remarks>
/// Documents that stay together have one key, and may be many times what a bucket is meant to hold. Then only what orders them is kept, and the
/// texts are read again, each time the next ones that fit.
/// </remarks>
internal sealed class GatherPhase(MixStage stage) : IPhase
{
    public const string PhaseName = "gather";

    public string Name => PhaseName;
    public bool Result => true;

    private long MostText => 4L * stage.BucketMb << 20;

    public IEnumerable<Unit> Plan(PhaseInput input)
    {
        var (mixture, parts) = (Mixture.Of(stage, input), input.Phases[ScatterPhase.PhaseName]);
        UnitInput[] inputs = [.. parts.Select(UnitInput.Of)];
        return Enumerable.Range(0, parts.Count == 0 ? 0 : mixture.Buckets).Select(bucket => Unit.Of(input, this, new Bucket(bucket, mixture), inputs));
    }

    public void Execute(UnitWork work)
    {
        var bucket = work.Unit.Read<Bucket>();
        Segment[] segments = [.. work.Input.Phases[ScatterPhase.PhaseName].SelectMany(part => SegmentsOf(work, part, bucket))];
        var fits = segments.Sum(s => s.Text) <= MostText;
        var (rows, documents, signals) = (new List<Row>(), new Dictionary<int, Document>(), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var (number, key, copy, document) in Read(work, segments, signals))
        {
            rows.Add(Row.Of(number, key, copy, document, stage.OrderBy));
            if (fits)
                documents[number] = document;
        }
        rows.Sort();
        using var output = new DocumentOutput(work, [.. signals]);
        for (var (start, end) = (0, 0); start < rows.Count; start = end)
        {
            for (var text = 0L; end < rows.Count && (fits || end == start || text + rows[end].Bytes <= MostText); end++)
                text += rows[end].Bytes;
            if (!fits)
            {
                var wanted = rows[start..end].Select(r => r.Number).ToHashSet();
                documents = Read(work, segments, signals).Where(r => wanted.Contains(r.Number)).ToDictionary(r => r.Number, r => r.Document);
            }
            foreach (var row in rows[start..end])
                Write(work, output, bucket.Mixture, row, documents[row.Number]);
        }
    }

    private void Write(UnitWork work, DocumentOutput output, Mixture mixture, Row row, Document document)
    {
        if (row.Copy <= 0)
        {
            work.Tally.In++;
            work.Tally.BytesIn += row.Bytes;
            Add("bytesIn", row.Bytes);
        }
        else
            work.Tally.Created++;
        if (row.Copy < 0)
        {
            var (epochs, share) = (mixture.Epochs[document.Source], Place.Share(stage.PlacedBy(document), work.Input.Pipeline.Seed));
            output.Drop(new Reject(document, work.Input.Stage.Id, ((IStage)stage).Version, "not-sampled", Math.Round(share, 6), Math.Round(epochs - Math.Floor(epochs), 6)));
            return;
        }
        output.Keep(document);
        Add("documents", 1);
        Add("bytes", row.Bytes);

        void Add(string what, long value) => work.Figures[$"{what}.{document.Source}"] = work.Figures.GetValueOrDefault($"{what}.{document.Source}") + value;
    }

    private static IEnumerable<Segment> SegmentsOf(UnitWork work, Manifest part, Bucket bucket)
    {
        var places = part.File(ScatterPhase.Places)!;
        using var placed = work.OpenRead(places);
        var place = new byte[ScatterPhase.PlaceBytes];
        for (var run = 0L; run < places.Bytes / ScatterPhase.PlaceBytes / bucket.Mixture.Buckets; run++)
        {
            placed.Position = ((run * bucket.Mixture.Buckets) + bucket.Number) * ScatterPhase.PlaceBytes;
            placed.ReadExactly(place);
            var segment = new Segment(
                part, BinaryPrimitives.ReadInt64LittleEndian(place), BinaryPrimitives.ReadInt32LittleEndian(place.AsSpan(8)),
                BinaryPrimitives.ReadInt32LittleEndian(place.AsSpan(12)), BinaryPrimitives.ReadInt64LittleEndian(place.AsSpan(16)));
            if (segment.Bytes > 0)
                yield return segment;
        }
    }

    private static IEnumerable<(int Number, ulong Key, int Copy, Document Document)> Read(UnitWork work, Segment[] segments, SortedSet<string> signals)
    {
        var number = 0;
        foreach (var part in segments.GroupBy(s => s.Part))
        {
            using var scattered = work.OpenRead(part.Key.File(ScatterPhase.Scattered)!);
            foreach (var segment in part)
            {
                work.Cancel.ThrowIfCancellationRequested();
                var bytes = new byte[segment.Bytes];
                scattered.Position = segment.Start;
                scattered.ReadExactly(bytes);
                var keys = segment.Rows * ScatterPhase.KeyBytes;
                using var shard = new MemoryStream(bytes, keys, bytes.Length - keys);
                signals.UnionWith(DocumentShard.SignalsOf(shard));
                shard.Position = 0;
                foreach (var (i, document) in DocumentShard.Read(shard).Index())
                {
                    var key = bytes.AsSpan(i * ScatterPhase.KeyBytes);
                    yield return (number++, BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadInt32LittleEndian(key[8..]), document);
                }
            }
        }
    }

    private sealed record Bucket(int Number, Mixture Mixture);

    private sealed record Segment(Manifest Part, long Start, int Bytes, int Rows, long Text);

    // What orders a document: two of one key are told apart by where they came from, so that the order is that of the documents and not of the parts.
    private sealed record Row(int Number, ulong Key, int Copy, string Source, string Order, string File, long Place, string Id, UInt128 Text, long Bytes) : IComparable<Row>
    {
        public static Row Of(int number, ulong key, int copy, Document document, string? orderBy)
        {
            var (locator, text) = (document.Locator, Encoding.UTF8.GetBytes(document.Text));
            var at = locator.LastIndexOf('@');
            var place = at >= 0 && long.TryParse(locator.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : -1;
            var order = orderBy is null ? null : document.Metadata.GetValueOrDefault(orderBy);
            return new Row(number, key, copy, document.Source, order ?? "", place < 0 ? locator : locator[..at], place, document.Id, XxHash128.HashToUInt128(text), text.Length);
        }

        public int CompareTo(Row? other)
        {
            var order = Key.CompareTo(other!.Key);
            order = order != 0 ? order : string.CompareOrdinal(Source, other.Source);
            order = order != 0 ? order : string.CompareOrdinal(Order, other.Order);
            order = order != 0 ? order : string.CompareOrdinal(File, other.File);
            order = order != 0 ? order : Place.CompareTo(other.Place);
            order = order != 0 ? order : string.CompareOrdinal(Id, other.Id);
            return order != 0 ? order : (Text, Copy).CompareTo((other.Text, other.Copy));
        }
    }
}

/// <summary>Writes what became of each source: `part-KEY.sources.json`.</summary>
internal sealed class SummaryPhase : IPhase
{
    public string Name => "summary";
    public bool Result => false;

    public IEnumerable<Unit> Plan(PhaseInput input) =>
        [Unit.Of(input, this, "", input.Phases[GatherPhase.PhaseName].Select(UnitInput.Of))];

    public void Execute(UnitWork work)
    {
        var figures = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in work.Input.Phases[GatherPhase.PhaseName].SelectMany(p => p.Figures))
            figures[name] = figures.GetValueOrDefault(name) + value;
        var (before, after) = (Sum("bytesIn."), Sum("bytes."));
        using var file = work.Create("sources", ".json");
        var sources = figures.Keys.Where(k => k.StartsWith("bytesIn.", StringComparison.Ordinal)).Select(k => k["bytesIn.".Length..]).Select(source =>
        {
            var (from, to) = (figures[$"bytesIn.{source}"], figures.GetValueOrDefault($"bytes.{source}"));
            work.Figures[$"epochs.{source}"] = from == 0 ? 0 : Math.Round(to / from, 6);
            return new
            {
                source,
                bytesIn = from,
                shareIn = before == 0 ? 0 : Math.Round(from / before, 6),
                documents = figures.GetValueOrDefault($"documents.{source}"),
                bytes = to,
                share = after == 0 ? 0 : Math.Round(to / after, 6),
                epochs = work.Figures[$"epochs.{source}"],
            };
        }).ToArray();
        file.Write(JsonSerializer.SerializeToUtf8Bytes(sources, Manifest.Indented));
        file.Rows = sources.Length;

        double Sum(string prefix) => figures.Where(f => f.Key.StartsWith(prefix, StringComparison.Ordinal)).Sum(f => f.Value);
    }
}
