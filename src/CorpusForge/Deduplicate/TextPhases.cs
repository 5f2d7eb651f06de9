using System.Text;
using CorpusForge.Runs;

namespace CorpusForge.Deduplicate;

/// <summary>Per part: the hash of every unit of text, sorted within each shard of hashes.</summary>
/// <remarks>
/// A file a shard, of values of 16 bytes: the hash in the high 64 bits, then the row of the document in the part and the number of the unit in the
/// document, 32 bits each. And `index`, from which documents get their rank.
/// </remarks>
internal sealed class HashTextPhase(DeduplicateTextStage stage) : IPhase
{
    public const string PhaseName = "hash";

    public string Name => PhaseName;
    public bool Result => false;

    public static string RoleOf(int shard) => $"hashes-{shard:00}";

    public IEnumerable<Unit> Plan(PhaseInput input) => SignedPart.UpstreamOf(input).Select(part => Unit.Of(input, this, part.Unit, [UnitInput.Of(part)]));

    public void Execute(UnitWork work)
    {
        var upstream = work.Input.Part(work.Unit.Read<string>());
        using var scratch = Scratch.Of(work);
        var sorts = Enumerable.Range(0, DeduplicateTextStage.Shards).Select(_ => new ExternalSort<UInt128>(scratch, stage.MemoryBytes / DeduplicateTextStage.Shards)).ToArray();
        var units = new TextUnits(stage);
        var indexFile = work.Create(SignPhase.IndexRole, ".bin");
        using (var index = new ValueWriter(indexFile))
        using (var stream = work.OpenRead(upstream.Documents!))
        {
            foreach (var document in DocumentShard.Read(stream))
            {
                work.Cancel.ThrowIfCancellationRequested();
                var number = (ulong)indexFile.Rows++ << 32;
                foreach (var (hash, _, _) in units.Cut(document))
                    sorts[hash >> 60].Add(new UInt128(hash, number++));
                index.Write(Fingerprint.ForRank(document));
            }
        }
        for (var shard = 0; shard < sorts.Length; shard++)
        {
            var file = work.Create(RoleOf(shard), ".bin");
            using var writer = new ValueWriter(file);
            foreach (var value in sorts[shard].Sorted(work.Cancel))
            {
                writer.Write(value);
                file.Rows++;
            }
            sorts[shard].Dispose();
        }
    }
}

/// <summary>Per shard of hashes: the rows and numbers of the units that repeat one of a document of higher rank, or of the same one, a file for each part.</summary>
internal sealed class FindTextPhase(DeduplicateTextStage stage) : IPhase
{
    public const string PhaseName = "find";

    public string Name => PhaseName;
    public bool Result => false;

    public static string RoleOf(Manifest upstream) => $"repeated-{upstream.Unit}";

    public IEnumerable<Unit> Plan(PhaseInput input)
    {
        var hashed = input.Phases[HashTextPhase.PhaseName];
        return hashed.Count == 0 ? [] : Enumerable.Range(0, DeduplicateTextStage.Shards).Select(shard =>
            Unit.Of(input, this, shard, [.. hashed.Select(UnitInput.Of), .. input.Phases[RankPhase.PhaseName].Select(UnitInput.Of)]));
    }

    public void Execute(UnitWork work)
    {
        var shard = work.Unit.Read<int>();
        using var scratch = Scratch.Of(work);
        using var byHash = new ExternalSort<UInt128>(scratch, stage.MemoryBytes / 2);
        using var byNumber = new ExternalSort<UInt128>(scratch, stage.MemoryBytes / 2);
        using var ranks = new Ranks(work);
        var parts = SignedPart.Of(work.Input, HashTextPhase.PhaseName);
        foreach (var part in parts)
        {
            var file = part.Signed.File(HashTextPhase.RoleOf(shard))!;
            var first = (UInt128)part.First << 32;
            byHash.AddRun(() => work.OpenRead(file), file.Rows, value => value + first);
        }
        AddRepeated(byHash.Sorted(work.Cancel), byNumber, ranks);
        using var values = byNumber.Sorted(work.Cancel).GetEnumerator();
        var more = values.MoveNext();
        foreach (var part in parts)
        {
            var file = work.Create(RoleOf(part.Upstream), ".bin");
            using var writer = new ValueWriter(file);
            for (; more && (ulong)(values.Current >> 96) < (ulong)part.First + part.Rows; more = values.MoveNext())
            {
                writer.Write((ulong)(values.Current >> 64) - ((ulong)part.First << 32));
                file.Rows++;
            }
        }
    }

    private void AddRepeated(IEnumerable<UInt128> byHash, ExternalSort<UInt128> byNumber, Ranks ranks)
    {
        // Of the document that keeps it so far: the unit, and those that overlap it.
        var (hash, rank, kept) = (0UL, 0UL, new List<ulong>());
        foreach (var value in byHash)
        {
            var (next, number) = ((ulong)(value >> 64), (ulong)value);
            var document = (uint)(number >> 32);
            if (kept.Count == 0 || next != hash)
            {
                kept.Clear();
            }
            else if (document == (uint)(kept[0] >> 32))
            {
                // Spans one word apart overlap: a text that repeats itself without end would lose all but its first word.
                if (stage.Unit == TextUnit.Span && number - kept[0] < (ulong)stage.SpanWords)
                    kept.Add(number);
                else
                    Add(number);
                continue;
            }
            else if (ranks.Of(document) > rank)
            {
                Add(number);
                continue;
            }
            foreach (var former in kept)
                Add(former);
            kept.Clear();
            kept.Add(number);
            (hash, rank) = (next, ranks.Of(document));
        }

        void Add(ulong number) => byNumber.Add(new UInt128(number, 0));
    }
}

/// <summary>Per part: writes the documents without what repeats.</summary>
internal sealed class RemoveTextPhase(DeduplicateTextStage stage) : IPhase
{
    public const string Rule = "repeated-text";

    public string Name => "remove";
    public bool Result => true;

    public IEnumerable<Unit> Plan(PhaseInput input) => SignedPart.UpstreamOf(input).Select(part =>
        Unit.Of(input, this, part.Unit, [UnitInput.Of(part), .. Found(input, part).Select((f, shard) => new UnitInput($"repeated-{shard}", f.Sha256))]));

    public void Execute(UnitWork work)
    {
        var part = work.Input.Part(work.Unit.Read<string>());
        using var scratch = Scratch.Of(work);
        using var repeated = new ExternalSort<UInt128>(scratch, stage.MemoryBytes);
        foreach (var file in Found(work.Input, part))
        {
            using var numbers = new BinaryReader(new BufferedStream(work.OpenRead(file), 1 << 16));
            for (var i = 0L; i < file.Rows; i++)
                repeated.Add(new UInt128(numbers.ReadUInt64(), 0));
        }
        using var sorted = repeated.Sorted(work.Cancel).Select(v => (ulong)(v >> 64)).GetEnumerator();
        var more = sorted.MoveNext();
        var units = new TextUnits(stage);
        var row = 0UL;
        var gone = new List<(int First, int End)>();
        using var stream = work.OpenRead(part.Documents!);
        using var output = new DocumentOutput(work, DocumentShard.SignalsOf(work, part));
        foreach (var document in DocumentShard.Read(stream))
        {
            work.Cancel.ThrowIfCancellationRequested();
            work.Tally.In++;
            work.Tally.BytesIn += Encoding.UTF8.GetByteCount(document.Text);
            gone.Clear();
            var number = row++ << 32;
            foreach (var (_, first, end) in units.Cut(document))
            {
                if (!more || sorted.Current != number++)
                    continue;
                more = sorted.MoveNext();
                if (gone.Count > 0 && first <= gone[^1].End)
                    gone[^1] = (gone[^1].First, end);
                else
                    gone.Add((first, end));
            }
            Apply(work, output, document, units.Words, gone);
        }
    }

    private void Apply(UnitWork work, DocumentOutput output, Document document, ReadOnlySpan<(int Start, int End)> words, List<(int First, int End)> gone)
    {
        if (gone.Count == 0)
        {
            output.Keep(document);
            return;
        }
        var share = Math.Round(gone.Sum(g => (long)g.End - g.First) / (double)words.Length, 6, MidpointRounding.AwayFromZero);
        var text = Without(document.Text, words, gone);
        if (share > stage.MaxRemovedShare || text.Length == 0)
        {
            output.Drop(new Reject(document, work.Input.Stage.Id, stage.Version, Rule, share, stage.MaxRemovedShare));
            return;
        }
        var change = $"{work.Input.Stage.Id}.removed-{stage.Unit.ToString().ToLowerInvariant()}s";
        work.Tally.Changed[change] = work.Tally.Changed.GetValueOrDefault(change) + gone.Count;
        output.Keep(document with { Text = text });
    }

    private string Without(string text, ReadOnlySpan<(int Start, int End)> words, List<(int First, int End)> gone)
    {
        var left = new StringBuilder(text.Length);
        var at = 0;
        foreach (var (first, end) in gone)
        {
            var (start, stop) = stage.Unit == TextUnit.Span
                ? (words[first].Start, words[end - 1].End)
                : (text.AsSpan(0, words[first].Start).LastIndexOf('\n') + 1, EndOfLine(text, words[end - 1].End));
            // A paragraph takes the empty lines behind it along.
            while (stage.Unit == TextUnit.Paragraph && stop < text.Length && text.AsSpan(stop, EndOfLine(text, stop) - stop).IsWhiteSpace())
                stop = EndOfLine(text, stop);
            left.Append(text, at, Math.Max(0, start - at));
            at = Math.Max(at, stop);
        }
        left.Append(text, at, text.Length - at);
        return left.ToString().Trim();
    }

    private static int EndOfLine(string text, int at) => text.IndexOf('\n', at) is var end and >= 0 ? end + 1 : text.Length;

    private static IEnumerable<ManifestFile> Found(PhaseInput input, Manifest part) =>
        input.Phases[FindTextPhase.PhaseName].Select(found => found.File(FindTextPhase.RoleOf(part))!);
}
