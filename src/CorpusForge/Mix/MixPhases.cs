using System.Buffers.Binary;
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
/// then a shard of documents. The file `places` has for each run and bucket the start of the segment (i64), its length (i32) and its rows (i32).
/// </remarks>
internal sealed class ScatterPhase(MixStage stage) : IPhase
{
    public const string PhaseName = "scatter";
    public const string Scattered = "scattered", Places = "places";
    public const int KeyBytes = 12, PlaceBytes = 16;
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
        var signals = Signals(work, part);
        var (run, bytes) = (new List<Entry>(), 0L);
        using var stream = work.OpenRead(part.Documents!);
        foreach (var document in DocumentShard.Read(stream))
        {
            work.Cancel.ThrowIfCancellationRequested();
            var copies = Place.Copies(document.Id, seed, mixture.Epochs[document.Source]);
            for (var copy = 0; copy < Math.Max(1, copies); copy++)
                run.Add(new Entry(Place.Key(document.Id, seed, copy), copies == 0 ? -1 : copy, document));
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
            var (start, rows) = (scattered.Bytes, 0);
            if (byBucket.Contains(bucket))
            {
                foreach (var entry in byBucket[bucket])
                {
                    BinaryPrimitives.WriteUInt64LittleEndian(key, entry.Key);
                    BinaryPrimitives.WriteInt32LittleEndian(key.AsSpan(8), entry.Copy);
                    scattered.Write(key);
                    rows++;
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
            places.Write(place);
        }
    }

    private static string[] Signals(UnitWork work, Manifest part)
    {
        using var stream = work.OpenRead(part.Documents!);
        return DocumentShard.SignalsOf(stream);
    }

    private sealed record Entry(ulong Key, int Copy, Document Document);
}

/// <summary>Per bucket: reads it from all parts, sorts it by key and writes it.</summary>
internal sealed class GatherPhase(MixStage stage) : IPhase
{
    public const string PhaseName = "gather";

    public string Name => PhaseName;
    public bool Result => true;

    public IEnumerable<Unit> Plan(PhaseInput input)
    {
        var (mixture, parts) = (Mixture.Of(stage, input), input.Phases[ScatterPhase.PhaseName]);
        UnitInput[] inputs = [.. parts.Select(UnitInput.Of)];
        return Enumerable.Range(0, parts.Count == 0 ? 0 : mixture.Buckets).Select(bucket => Unit.Of(input, this, new Bucket(bucket, mixture), inputs));
    }

    public void Execute(UnitWork work)
    {
        var ((bucket, mixture), seed) = (work.Unit.Read<Bucket>(), work.Input.Pipeline.Seed);
        var signals = new SortedSet<string>(StringComparer.Ordinal);
        var rows = new List<Row>();
        foreach (var part in work.Input.Phases[ScatterPhase.PhaseName])
        {
            work.Cancel.ThrowIfCancellationRequested();
            foreach (var segment in Segments(work, part, bucket, mixture.Buckets))
                Read(segment, rows, signals);
        }
        // Two documents of the same id are told apart by where they came from, so that the order is that of the documents and not of the parts.
        rows.Sort((a, b) => a.Key != b.Key ? a.Key.CompareTo(b.Key) : Ties(a, b));
        using var output = new DocumentOutput(work, [.. signals]);
        foreach (var (_, copy, document) in rows)
        {
            var bytes = Encoding.UTF8.GetByteCount(document.Text);
            if (copy <= 0)
            {
                work.Tally.In++;
                work.Tally.BytesIn += bytes;
                Add("bytesIn", bytes);
            }
            else
                work.Tally.Created++;
            if (copy < 0)
            {
                var epochs = mixture.Epochs[document.Source];
                output.Drop(new Reject(document, work.Input.Stage.Id, ((IStage)stage).Version, "not-sampled", Math.Round(Place.Share(document.Id, seed), 6), Math.Round(epochs - Math.Floor(epochs), 6)));
                continue;
            }
            output.Keep(document);
            Add("documents", 1);
            Add("bytes", bytes);

            void Add(string what, long value) => work.Figures[$"{what}.{document.Source}"] = work.Figures.GetValueOrDefault($"{what}.{document.Source}") + value;
        }
    }

    private static int Ties(Row a, Row b)
    {
        foreach (var (one, other) in ((string, string)[])[(a.Document.Id, b.Document.Id), (a.Document.Source, b.Document.Source), (a.Document.Locator, b.Document.Locator), (a.Document.Text, b.Document.Text)])
        {
            if (string.CompareOrdinal(one, other) is var order and not 0)
                return order;
        }
        return a.Copy.CompareTo(b.Copy);
    }

    private static IEnumerable<(byte[] Bytes, int Rows)> Segments(UnitWork work, Manifest part, int bucket, int buckets)
    {
        var places = part.File(ScatterPhase.Places)!;
        using var placed = work.OpenRead(places);
        using var scattered = work.OpenRead(part.File(ScatterPhase.Scattered)!);
        var place = new byte[ScatterPhase.PlaceBytes];
        for (var run = 0L; run < places.Bytes / ScatterPhase.PlaceBytes / buckets; run++)
        {
            placed.Position = ((run * buckets) + bucket) * ScatterPhase.PlaceBytes;
            placed.ReadExactly(place);
            var bytes = new byte[BinaryPrimitives.ReadInt32LittleEndian(place.AsSpan(8))];
            if (bytes.Length == 0)
                continue;
            scattered.Position = BinaryPrimitives.ReadInt64LittleEndian(place);
            scattered.ReadExactly(bytes);
            yield return (bytes, BinaryPrimitives.ReadInt32LittleEndian(place.AsSpan(12)));
        }
    }

    private static void Read((byte[] Bytes, int Rows) segment, List<Row> rows, SortedSet<string> signals)
    {
        var keys = segment.Rows * ScatterPhase.KeyBytes;
        using var shard = new MemoryStream(segment.Bytes, keys, segment.Bytes.Length - keys);
        signals.UnionWith(DocumentShard.SignalsOf(shard));
        shard.Position = 0;
        foreach (var (i, document) in DocumentShard.Read(shard).Index())
        {
            var key = segment.Bytes.AsSpan(i * ScatterPhase.KeyBytes);
            rows.Add(new Row(BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadInt32LittleEndian(key[8..]), document));
        }
    }

    private sealed record Bucket(int Number, Mixture Mixture);

    private sealed record Row(ulong Key, int Copy, Document Document);
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
