using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CorpusForge.Runs;

namespace CorpusForge.Deduplicate;

/// <summary>In one unit: the rank of every document, 32 bits by the document's number; 0 is the highest.</summary>
/// <remarks>The phase <paramref name="signedBy"/> wrote a <see cref="Fingerprint"/> of each. The order is that of <see cref="DocumentOrder"/>, so it does not matter how the input is cut into files or in which order its documents come.</remarks>
internal sealed class RankPhase(Survivor keep, long memoryBytes, string signedBy = SignPhase.PhaseName) : IPhase
{
    public const string PhaseName = "rank";
    public const string RanksRole = "ranks";

    public string Name => PhaseName;
    public bool Result => false;

    public IEnumerable<Unit> Plan(PhaseInput input)
    {
        var parts = SignedPart.Of(input, signedBy);
        return parts.Count == 0 ? [] : [Unit.Of(input, this, input.Pipeline.Sources.Select(s => s.Id), parts.Select(p => UnitInput.Of(p.Signed)))];
    }

    public void Execute(UnitWork work)
    {
        var parts = SignedPart.Of(work.Input, signedBy);
        var sources = work.Unit.Read<string[]>().Index().ToDictionary(s => SignPhase.SourceHash(s.Item), s => s.Index);
        using var scratch = Scratch.Of(work);
        using var byOrder = new ExternalSort<DocumentOrder>(scratch, memoryBytes / 2);
        using var byNumber = new ExternalSort<UInt128>(scratch, memoryBytes / 2);
        foreach (var part in parts)
        {
            work.Cancel.ThrowIfCancellationRequested();
            var number = part.First;
            foreach (var own in Fingerprints(work, part))
                byOrder.Add(DocumentOrder.Of(keep, sources.GetValueOrDefault(own.Source, int.MaxValue), own, number++));
        }
        var rank = 0u;
        foreach (var value in byOrder.Sorted(work.Cancel))
            byNumber.Add(new UInt128(value.Number, rank++));
        var file = work.Create(RanksRole, ".bin");
        using var ranks = new ValueWriter(file);
        foreach (var value in byNumber.Sorted(work.Cancel))
            ranks.Write((uint)value);
        file.Rows = rank;
    }

    private static IEnumerable<Fingerprint> Fingerprints(UnitWork work, SignedPart part)
    {
        using var stream = new BufferedStream(work.OpenRead(part.Signed.File(SignPhase.IndexRole)!), 1 << 16);
        var buffer = new byte[Unsafe.SizeOf<Fingerprint>()];
        for (var row = 0u; row < part.Rows; row++)
        {
            stream.ReadExactly(buffer);
            yield return MemoryMarshal.Read<Fingerprint>(buffer);
        }
    }
}

/// <summary>Reads the rank of any document by its number, from a file that is mapped into memory.</summary>
internal sealed class Ranks : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _ranks;

    public Ranks(UnitWork work)
    {
        var file = work.Input.Phases[RankPhase.PhaseName][0].File(RankPhase.RanksRole)!;
        if (file.Rows == 0)
            return;
        _file = MemoryMappedFile.CreateFromFile(work.Storage.LocalPath(work.NameOf(file)), FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _ranks = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>The rank in the high 32 bits, the number of the document in the low ones: the smaller, the earlier.</summary>
    public ulong Of(uint document) => ((ulong)_ranks!.ReadUInt32(document * (long)sizeof(uint)) << 32) | document;

    public void Dispose()
    {
        _ranks?.Dispose();
        _file?.Dispose();
    }
}
