using System.IO.MemoryMappedFiles;
using CorpusForge.Runs;

namespace CorpusForge.Deduplicate;

/// <summary>Decides in the order of rank, in one unit: which document survives, and which joins whom.</summary>
/// <remarks>
/// Buckets keep the ranks of their survivors in a file that is mapped into memory, so that what is held is what the
/// system has room for. The decisions are written part by part: a part whose decisions are the same as before is not written
/// anew by `apply`.
/// </remarks>
internal sealed class ClusterPhase(DeduplicateStage stage) : IPhase
{
    public const string PhaseName = "cluster";

    public string Name => PhaseName;
    public bool Result => false;

    public static string RoleOf(Manifest upstream) => $"decisions-{upstream.Unit}";

    /// <summary>Of every survivor of a cluster in the part: a length of 32 bits, and so many bytes of JSON that name the URLs that joined it.</summary>
    public static string UrlsRoleOf(Manifest upstream) => $"urls-{upstream.Unit}";

    public IEnumerable<Unit> Plan(PhaseInput input)
    {
        var parts = SignedPart.Of(input);
        return parts.Count == 0 ? [] : [Unit.Of(input, this, "", [.. parts.Select(p => UnitInput.Of(p.Signed)), .. input.Phases[MatchPhase.PhaseName].Select(UnitInput.Of)])];
    }

    public void Execute(UnitWork work)
    {
        var parts = SignedPart.Of(work.Input);
        using var scratch = Scratch.Of(work);
        using var documents = new SignedDocuments(work, parts);
        using var byDocument = new ExternalSort<UInt128>(scratch, stage.MemoryBytes / 4);
        using var bySurvivor = new ExternalSort<UInt128>(scratch, stage.MemoryBytes / 4);
        using (var decider = new Decider(stage, work, scratch, documents))
        {
            decider.Run(byDocument, bySurvivor);
            work.Figures["comparisons"] = decider.Comparisons;
            Guard(work, parts, decider.Removed);
        }
        var joined = scratch.NewPath();
        CountMembers(bySurvivor.Sorted(work.Cancel), byDocument, documents, joined, work.Figures);
        WriteDecisions(work, parts, documents, byDocument.Sorted(work.Cancel), joined);
    }

    private void Guard(UnitWork work, IReadOnlyList<SignedPart> parts, Dictionary<ulong, long> removed)
    {
        var sources = parts.SelectMany(p => p.Signed.Figures).Where(f => f.Key.StartsWith(SignPhase.SourceFigure, StringComparison.Ordinal))
            .GroupBy(f => f.Key[SignPhase.SourceFigure.Length..], f => f.Value, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal);
        List<string> problems = [];
        foreach (var source in sources)
        {
            var (all, gone) = (source.Sum(), removed.GetValueOrDefault(SignPhase.SourceHash(source.Key)));
            if (stage.MaxSourceLoss is { } limit && Math.Round(gone / all, 6) > limit)
                problems.Add($"{work.Input.Stage.Id}: source '{source.Key}' would lose {gone:N0} of its {all:N0} documents as duplicates, more than the share of {limit} that maxSourceLoss allows");
        }
        if (problems.Count > 0)
            throw new PipelineException(problems);
    }

    private void CountMembers(IEnumerable<UInt128> bySurvivor, ExternalSort<UInt128> byDocument, SignedDocuments documents, string joined, SortedDictionary<string, double> figures)
    {
        using var urls = new BinaryWriter(new FileStream(joined, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16));
        var known = new DuplicateUrls(stage.MaxUrls);
        var (survivor, members, clusters, largest) = (uint.MaxValue, 0u, 0L, 0u);
        foreach (var join in bySurvivor)
        {
            var next = (uint)(join >> 64);
            if (next != survivor)
            {
                Close();
                known.Start(documents.Urls(next, documents.Fingerprint(next)));
            }
            (survivor, members) = (next, members + 1);
            if (!known.IsFull)
                known.Add(documents.Urls((uint)join, documents.Fingerprint((uint)join)));
        }
        Close();
        figures["clusters"] = clusters;
        figures["largestCluster"] = largest;

        void Close()
        {
            if (members == 0)
                return;
            byDocument.Add(new Decision(survivor, survivor, DecisionRule.Survivor, members + 1).ToValue());
            var json = known.ToJson();
            urls.Write(json.Length);
            urls.Write(json);
            (clusters, largest, members) = (clusters + 1, Math.Max(largest, members + 1), 0);
        }
    }

    private static void WriteDecisions(UnitWork work, IReadOnlyList<SignedPart> parts, SignedDocuments documents, IEnumerable<UInt128> byDocument, string joined)
    {
        // The survivors come in the same order here as they came to whoever wrote this.
        using var all = new BinaryReader(new FileStream(joined, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
        using var values = byDocument.GetEnumerator();
        var more = values.MoveNext();
        foreach (var part in parts)
        {
            var file = work.Create(RoleOf(part.Upstream), ".bin");
            using var writer = new ValueWriter(file);
            using var urls = new BinaryWriter(new BufferedStream(work.Create(UrlsRoleOf(part.Upstream), ".bin"), 1 << 16));
            while (more && Decision.Of(values.Current) is var decision && decision.Document - part.First < part.Rows)
            {
                var survivor = documents.Fingerprint(decision.Survivor).Id;
                writer.Write(new RowDecision(decision.Document - part.First, decision.Rule, decision.Value, survivor));
                file.Rows++;
                if (decision.Rule == DecisionRule.Survivor)
                {
                    var length = all.ReadInt32();
                    urls.Write(length);
                    urls.Write(all.ReadBytes(length));
                }
                more = values.MoveNext();
            }
        }
    }

    /// <summary>The pass over all documents that share a bucket, from the highest rank down.</summary>
    private sealed class Decider(DeduplicateStage stage, UnitWork work, Scratch scratch, SignedDocuments documents) : IDisposable
    {
        private readonly uint _minMillionths = (uint)Math.Round((stage.Minhash?.MinJaccard ?? 1) * Jaccard.One, MidpointRounding.AwayFromZero);
        private readonly List<(int Band, long Slot, int Capacity)> _buckets = [];
        private readonly SortedSet<ulong> _candidates = [];
        private MemoryMappedFile? _file;
        private MemoryMappedViewAccessor _slots = null!;
        private ulong[] _own = [];
        private ulong[] _other = [];

        /// <summary>How many pairs of shingle sets were read and compared.</summary>
        public long Comparisons { get; private set; }

        /// <summary>How many documents joined another, by the hash of their source.</summary>
        public Dictionary<ulong, long> Removed { get; } = [];

        public void Run(ExternalSort<UInt128> byDocument, ExternalSort<UInt128> bySurvivor)
        {
            // The slots of all bands lie in one file, those of a band behind those of the bands before it.
            var matches = work.Input.Phases[MatchPhase.PhaseName].OrderBy(m => m.Figures[MatchPhase.BandFigure]).ToArray();
            var slots = matches.Sum(m => (long)m.Figures[MatchPhase.SlotsFigure]);
            _file = MemoryMappedFile.CreateFromFile(scratch.NewPath(), FileMode.CreateNew, null, Math.Max(1, slots) * sizeof(ulong));
            _slots = _file.CreateViewAccessor();
            var streams = matches.Select(m => work.OpenRead(m.File(MatchPhase.BucketsRole)!)).ToArray();
            try
            {
                var total = matches.Sum(m => m.File(MatchPhase.BucketsRole)!.Rows);
                var passed = 0L;
                var last = 0UL;
                foreach (var (rank, band, slot, capacity) in Merge(matches, streams))
                {
                    if (_buckets.Count > 0 && rank != last)
                        Decide(last, byDocument, bySurvivor);
                    last = rank;
                    _buckets.Add((band, slot, capacity));
                    if ((++passed & 0xFFF) != 0)
                        continue;
                    work.Cancel.ThrowIfCancellationRequested();
                    work.Report(passed / (double)total);
                }
                if (_buckets.Count > 0)
                    Decide(last, byDocument, bySurvivor);
            }
            finally
            {
                foreach (var stream in streams)
                    stream.Dispose();
            }
        }

        public void Dispose()
        {
            _slots?.Dispose();
            _file?.Dispose();
        }

        private void Decide(ulong rank, ExternalSort<UInt128> byDocument, ExternalSort<UInt128> bySurvivor)
        {
            var decision = Joined(rank);
            var self = new Decision((uint)rank, (uint)rank, DecisionRule.Exact, Jaccard.One);
            foreach (var (band, slot, capacity) in _buckets)
            {
                // What went for its URL alone says nothing about its text.
                if (band == 0 && decision?.Rule == DecisionRule.Url)
                    continue;
                if (band <= 0)
                    SetExact(slot, rank, decision ?? self);
                else if (decision is null && Get(slot) is var count && count < (uint)capacity)
                {
                    Set(slot, count + 1);
                    Set(slot + 1 + (long)count, rank);
                }
            }
            _buckets.Clear();
            if (decision is not { } join)
                return;
            var source = documents.Fingerprint(join.Document).Source;
            Removed[source] = Removed.GetValueOrDefault(source) + 1;
            byDocument.Add(join.ToValue());
            bySurvivor.Add(new UInt128(join.Survivor, rank));
        }

        /// <summary>Whom the document joins, or null when it survives.</summary>
        private Decision? Joined(ulong rank)
        {
            var document = (uint)rank;
            var own = documents.Fingerprint(document);
            foreach (var (band, slot, _) in _buckets)
            {
                if (band != 0 || Get(slot) == 0 || !documents.Fingerprint((uint)Get(slot + 1)).SameText(own))
                    continue;
                // What has the text of a document that is gone already is to its survivor what that one is.
                var to = Get(slot + 2);
                var (survivor, millionths) = ((uint)(to >> 32), (uint)to & int.MaxValue);
                return new Decision(document, survivor, to << 32 >> 63 == 0 ? DecisionRule.Exact : DecisionRule.Near, millionths);
            }
            foreach (var (band, slot, _) in _buckets)
            {
                if (band == DeduplicateStage.UrlBand && Get(slot) != 0 && documents.Fingerprint((uint)Get(slot + 1)).SameUrl(own))
                    return new Decision(document, (uint)(Get(slot + 2) >> 32), DecisionRule.Url, Jaccard.One);
            }
            _candidates.Clear();
            foreach (var (band, slot, _) in _buckets)
            {
                for (var (i, count) = (0L, band <= 0 ? 0 : (long)Get(slot)); i < count; i++)
                    _candidates.Add(Get(slot + 1 + i));
            }
            if (_candidates.Count == 0)
                return null;
            var set = documents.Shingles(document, own, ref _own);
            foreach (var candidate in _candidates)
            {
                var other = documents.Fingerprint((uint)candidate);
                if (other.Domain != own.Domain || Jaccard.AtMost(own.Count, other.Count) < _minMillionths)
                    continue;
                Comparisons++;
                var similarity = Jaccard.Of(set, documents.Shingles((uint)candidate, other, ref _other));
                if (similarity >= _minMillionths)
                    return new Decision(document, (uint)candidate, DecisionRule.Near, similarity);
            }
            return null;
        }

        private void SetExact(long slot, ulong rank, Decision to)
        {
            if (Get(slot) != 0)
                return;
            Set(slot, 1);
            Set(slot + 1, rank);
            Set(slot + 2, ((ulong)to.Survivor << 32) | (to.Rule == DecisionRule.Near ? 1UL << 31 : 0) | to.Value);
        }

        private ulong Get(long slot) => _slots.ReadUInt64(slot * sizeof(ulong));

        private void Set(long slot, ulong value) => _slots.Write(slot * sizeof(ulong), value);

        private static IEnumerable<(ulong Rank, int Band, long Slot, int Capacity)> Merge(Manifest[] matches, Stream[] streams)
        {
            var queue = new PriorityQueue<(int Band, IEnumerator<UInt128> Values, long Base), (ulong Rank, int Band)>();
            var region = 0L;
            for (var i = 0; i < matches.Length; i++)
            {
                var values = Values(streams[i], matches[i].File(MatchPhase.BucketsRole)!.Rows).GetEnumerator();
                if (values.MoveNext())
                    queue.Enqueue(((int)matches[i].Figures[MatchPhase.BandFigure], values, region), ((ulong)(values.Current >> 64), i));
                region += (long)matches[i].Figures[MatchPhase.SlotsFigure];
            }
            while (queue.TryDequeue(out var next, out var order))
            {
                var low = (ulong)next.Values.Current;
                yield return (order.Rank, next.Band, next.Base + (long)(low >> 16), (int)(low & 0xFFFF));
                if (next.Values.MoveNext())
                    queue.Enqueue(next, ((ulong)(next.Values.Current >> 64), order.Band));
            }
        }

        private static IEnumerable<UInt128> Values(Stream stream, long rows)
        {
            var buffer = new byte[16];
            for (var row = 0L; row < rows; row++)
            {
                stream.ReadExactly(buffer);
                yield return System.Runtime.InteropServices.MemoryMarshal.Read<UInt128>(buffer);
            }
        }
    }
}
