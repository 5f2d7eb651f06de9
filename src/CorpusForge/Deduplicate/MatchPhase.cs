using CorpusForge.Runs;

namespace CorpusForge.Deduplicate;

/// <summary>Per band: which documents fall into a bucket with others.</summary>
/// <remarks>
/// Writes one 16-byte value for every document in a bucket of two or more, sorted by rank: the rank in the highest 32 bits, the document's number in
/// the next; in the low ones 48 bits of where the bucket keeps its survivors and 16 bits of how many it can keep. A bucket of m documents
/// costs m values, never m².
/// </remarks>
internal sealed class MatchPhase(DeduplicateStage stage) : IPhase
{
    public const string PhaseName = "match";
    public const string BucketsRole = "buckets";

    /// <summary>The figure that says which band a part is of.</summary>
    public const string BandFigure = "band";

    /// <summary>The figure that says how many 64-bit slots the buckets of a band need.</summary>
    public const string SlotsFigure = "slots";

    /// <summary>What a bucket of the same text or URL keeps: whether it is set, the first document, where that went.</summary>
    public const int ExactSlots = 3;

    public string Name => PhaseName;
    public bool Result => false;

    public IEnumerable<Unit> Plan(PhaseInput input)
    {
        var parts = SignedPart.Of(input);
        return parts.Count == 0 ? [] : stage.BandNumbers.Select(band => Unit.Of(input, this, band, [.. parts.Select(p => UnitInput.Of(p.Signed)), .. input.Phases[RankPhase.PhaseName].Select(UnitInput.Of)]));
    }

    public void Execute(UnitWork work)
    {
        var band = work.Unit.Read<int>();
        using var scratch = Scratch.Of(work);
        using var byKey = new ExternalSort<UInt128>(scratch, stage.MemoryBytes / 2);
        using var byRank = new ExternalSort<UInt128>(scratch, stage.MemoryBytes / 2);
        using var ranks = new Ranks(work);
        AddRuns(work, band, byKey);
        work.Figures[BandFigure] = band;
        work.Figures[SlotsFigure] = Group(byKey.Sorted(work.Cancel), byRank, ranks, band <= 0 ? 1 : stage.Minhash!.MaxCandidates, band <= 0);
        work.Report(0.5);
        var file = work.Create(BucketsRole, ".bin");
        using var buckets = new ValueWriter(file);
        foreach (var value in byRank.Sorted(work.Cancel))
        {
            buckets.Write(value);
            file.Rows++;
        }
    }

    private void AddRuns(UnitWork work, int band, ExternalSort<UInt128> byKey)
    {
        var bands = stage.BandNumbers.Count();
        var place = stage.BandNumbers.TakeWhile(b => b < band).Count();
        foreach (var part in SignedPart.Of(work.Input))
        {
            var file = part.Signed.File(SignPhase.BandsRole)!;
            for (var row = 0L; row < part.Rows; row += SignPhase.BlockRows)
            {
                var rows = Math.Min(SignPhase.BlockRows, part.Rows - row);
                var offset = ((row * bands) + (rows * place)) * 16;
                byKey.AddRun(() => work.Storage.OpenRead(work.NameOf(file), offset), rows, value => value + part.First);
            }
        }
    }

    /// <summary>Passes on the members of every bucket of two or more; returns the number of slots needed.</summary>
    private static long Group(IEnumerable<UInt128> byKey, ExternalSort<UInt128> byRank, Ranks ranks, int maxSurvivors, bool exact)
    {
        var slots = 0L;
        var members = new List<uint>();
        var key = SignPhase.NoKey;
        var size = 0L;
        foreach (var value in byKey)
        {
            var next = (ulong)(value >> 64);
            if (next != key || size == 0)
            {
                Close();
                (key, size) = (next, 0);
            }
            if (next == SignPhase.NoKey)
                break;
            size++;
            // The size of a bucket matters up to the number of survivors that it can keep; the rest streams through.
            if (size <= maxSurvivors + 1L)
                members.Add((uint)value);
            else
                Pass((uint)value, maxSurvivors);
            if (size == maxSurvivors + 1L)
                Flush(maxSurvivors);
        }
        Close();
        return slots;

        void Close()
        {
            var capacity = (int)Math.Min(size - 1, maxSurvivors);
            if (capacity < 1)
            {
                members.Clear();
                return;
            }
            Flush(capacity);
            slots += exact ? ExactSlots : 1 + capacity;
        }

        void Flush(int capacity)
        {
            foreach (var member in members)
                Pass(member, capacity);
            members.Clear();
        }

        void Pass(uint document, int capacity) => byRank.Add(new UInt128(ranks.Of(document), ((ulong)slots << 16) | (uint)capacity));
    }
}
