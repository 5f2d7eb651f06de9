using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CorpusForge.Runs;

namespace CorpusForge.Deduplicate;

/// <summary>What is known of a document without its text: 144 bytes in the index of its part.</summary>
/// <param name="HashHigh">With the next: 128 bits over text and domain.</param>
/// <param name="HashLow">The other half.</param>
/// <param name="Domain">Only documents of the same domain can be duplicates.</param>
/// <param name="Start">Where its shingles start in the part's shingles.</param>
/// <param name="Count">How many shingles it has.</param>
/// <param name="UrlHigh">With the next: 128 bits over URL and domain; 0 without.</param>
/// <param name="UrlLow">The other half.</param>
/// <param name="Source">A hash of the name of its source.</param>
/// <param name="UrlsStart">Where its URLs start in the part's URLs.</param>
/// <param name="UrlsBytes">How long they are, as a JSON array.</param>
/// <param name="Asked">What the rule of the survivor looks at, see <see cref="DocumentOrder.AskedOf"/>.</param>
/// <param name="BroughtHigh">With the next: how the id that it brought begins, see <see cref="DocumentOrder.BroughtOf"/>.</param>
/// <param name="BroughtLow">The other half.</param>
/// <param name="Content">See <see cref="DocumentOrder.ContentOf"/>.</param>
/// <param name="Id">The document's id.</param>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal readonly record struct Fingerprint(
    ulong HashHigh, ulong HashLow, ulong Domain, long Start, long Count, ulong UrlHigh, ulong UrlLow, ulong Source, long UrlsStart, long UrlsBytes,
    uint Asked, ulong BroughtHigh, ulong BroughtLow, ulong Content, DocumentId Id)
{
    /// <summary>Only what <see cref="DocumentOrder"/> looks at, by the order of <see cref="Survivor.First"/>.</summary>
    public static Fingerprint ForRank(Document document)
    {
        var hash = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(document.Text.AsSpan()));
        var brought = DocumentOrder.BroughtOf(document.SourceId);
        return default(Fingerprint) with
        {
            Source = SignPhase.SourceHash(document.Source),
            Asked = DocumentOrder.AskedOf(Survivor.First, document),
            BroughtHigh = (ulong)(brought >> 64),
            BroughtLow = (ulong)brought,
            Content = DocumentOrder.ContentOf(document, hash),
        };
    }

    public bool SameText(in Fingerprint other) => (HashHigh, HashLow, Domain) == (other.HashHigh, other.HashLow, other.Domain);

    public bool SameUrl(in Fingerprint other) => (UrlHigh, UrlLow, Domain) == (other.UrlHigh, other.UrlLow, other.Domain);
}

/// <summary>The 32 bytes of a document id.</summary>
[InlineArray(4)]
internal struct DocumentId
{
    private ulong _first;

    public static DocumentId Parse(string id)
    {
        var parsed = default(DocumentId);
        return Convert.FromHexString(id, MemoryMarshal.AsBytes(parsed[..]), out _, out var bytes) == System.Buffers.OperationStatus.Done && bytes == 32
            ? parsed
            : throw new InvalidDataException($"'{id}' is no document id: expected 64 hexadecimal digits");
    }

    public override string ToString() => Convert.ToHexStringLower(MemoryMarshal.AsBytes(this[..]));
}

/// <summary>An upstream part and what `sign` made of it; its documents have the numbers from <paramref name="First"/> on.</summary>
internal sealed record SignedPart(Manifest Upstream, Manifest Signed, uint First)
{
    public uint Rows => (uint)Signed.File(SignPhase.IndexRole)!.Rows;

    /// <summary>The parts that hold documents, in document order.</summary>
    public static IEnumerable<Manifest> UpstreamOf(PhaseInput input) => input.Upstream.Where(p => p.Documents is not null);

    public static IReadOnlyList<SignedPart> Of(PhaseInput input, string signedBy = SignPhase.PhaseName)
    {
        var signed = input.Phases[signedBy].ToDictionary(m => m.Inputs[0].Name, StringComparer.Ordinal);
        var parts = new List<SignedPart>();
        var documents = 0L;
        foreach (var upstream in UpstreamOf(input))
        {
            var part = new SignedPart(upstream, signed[upstream.Unit], (uint)documents);
            parts.Add(part);
            documents += part.Rows;
            if (documents >= uint.MaxValue)
                throw new PipelineException($"deduplicate: more than {uint.MaxValue - 1:N0} documents; deduplicate them in several pipelines");
        }
        return parts;
    }
}

/// <summary>Reads fingerprints and shingle sets of any document by its number.</summary>
internal sealed class SignedDocuments(UnitWork work, IReadOnlyList<SignedPart> parts) : IDisposable
{
    private const int MaxOpen = 256;

    private readonly uint[] _firsts = [.. parts.Select(p => p.First)];
    private readonly Dictionary<(int Part, string Role), Microsoft.Win32.SafeHandles.SafeFileHandle> _open = [];

    public int PartOf(uint document)
    {
        var found = Array.BinarySearch(_firsts, document);
        if (found < 0)
            return ~found - 1;
        // Of parts that start at the same number all but the last are empty.
        while (found + 1 < _firsts.Length && _firsts[found + 1] == document)
            found++;
        return found;
    }

    public Fingerprint Fingerprint(uint document)
    {
        var part = PartOf(document);
        Span<Fingerprint> one = stackalloc Fingerprint[1];
        Read(part, SignPhase.IndexRole, MemoryMarshal.AsBytes(one), (long)(document - _firsts[part]) * Unsafe.SizeOf<Fingerprint>());
        return one[0];
    }

    /// <summary>Reads the shingles of a document into <paramref name="buffer"/>, which grows as needed.</summary>
    public ReadOnlySpan<ulong> Shingles(uint document, in Fingerprint fingerprint, ref ulong[] buffer)
    {
        var count = (int)fingerprint.Count;
        if (buffer.Length < count)
            buffer = new ulong[Math.Max(count, buffer.Length * 2)];
        var set = buffer.AsSpan(0, count);
        Read(PartOf(document), SignPhase.ShinglesRole, MemoryMarshal.AsBytes(set), fingerprint.Start * sizeof(ulong));
        return set;
    }

    /// <summary>The URLs of a document and of those that joined it before.</summary>
    public string[] Urls(uint document, in Fingerprint fingerprint)
    {
        var json = new byte[fingerprint.UrlsBytes];
        Read(PartOf(document), SignPhase.UrlsRole, json, fingerprint.UrlsStart);
        return DuplicateUrls.Parse(json);
    }

    public void Dispose()
    {
        foreach (var file in _open.Values)
            file.Dispose();
        _open.Clear();
    }

    private void Read(int part, string role, Span<byte> bytes, long offset)
    {
        if (!_open.TryGetValue((part, role), out var file))
        {
            if (_open.Count == MaxOpen)
                Dispose();
            file = File.OpenHandle(work.Storage.LocalPath(work.NameOf(parts[part].Signed.File(role)!)));
            _open.Add((part, role), file);
        }
        while (bytes.Length > 0)
        {
            var read = RandomAccess.Read(file, bytes, offset);
            if (read == 0)
                throw new InputException(parts[part].Signed.File(role)!.Name, offset, "the file ends too early");
            bytes = bytes[read..];
            offset += read;
        }
    }
}
