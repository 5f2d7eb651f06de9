using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using CorpusForge.Runs;

namespace CorpusForge.Deduplicate;

/// <summary>Per part: the fingerprint, the shingle set and the band keys of every document.</summary>
/// <remarks>
/// <para>Four files. `index`: one <see cref="Fingerprint"/> a document. `shingles`: their sets one after the other, 64 bits a
/// shingle. `urls`: of every document a JSON array of its own URL and those that it keeps for others. `bands`: blocks of <see cref="BlockRows"/> documents; in a block, for every band in turn, one 16-byte value a
/// document, sorted: the band key in the high 64 bits, the row within the part in the low ones.
/// A document that has nothing to match has the key <see cref="NoKey"/>.</para>
/// <para>All little-endian.</para>
/// </remarks>
internal sealed class SignPhase(DeduplicateStage stage) : IPhase
{
    public const string IndexRole = "index";
    public const string ShinglesRole = "shingles";
    public const string BandsRole = "bands";
    public const string UrlsRole = "urls";

    /// <summary>Before the name of a source: the figure of how many documents it has in the part.</summary>
    public const string SourceFigure = "source ";
    public const string PhaseName = "sign";
    public const int BlockRows = 1 << 16;
    public const ulong NoKey = ulong.MaxValue;

    public string Name => PhaseName;
    public bool Result => false;

    public IEnumerable<Unit> Plan(PhaseInput input) =>
        SignedPart.UpstreamOf(input).Select(part => Unit.Of(input, this, part.Unit, [UnitInput.Of(part)]));

    public void Execute(UnitWork work)
    {
        var upstream = SignedPart.UpstreamOf(work.Input).First(p => p.Unit == work.Unit.Read<string>());
        var signer = new Signer(stage, (ulong)work.Input.Pipeline.Seed);
        OutputFile indexFile = work.Create(IndexRole, ".bin"), shinglesFile = work.Create(ShinglesRole, ".bin"), bandsFile = work.Create(BandsRole, ".bin"), urlsFile = work.Create(UrlsRole, ".bin");
        using var index = new ValueWriter(indexFile);
        using var shingles = new ValueWriter(shinglesFile);
        using var bands = new ValueWriter(bandsFile);
        using var urls = new ValueWriter(urlsFile);
        var urlsBytes = 0L;
        using var documents = work.OpenRead(upstream.Documents!);
        var block = new List<UInt128>[stage.BandNumbers.Count()];
        foreach (ref var band in block.AsSpan())
            band = [];
        uint row = 0;
        foreach (var document in DocumentShard.Read(documents))
        {
            work.Cancel.ThrowIfCancellationRequested();
            var domain = DomainOf(document);
            var hash = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(document.Text.AsSpan()), (long)domain);
            var url = stage.Urls ? UrlHash(document, domain) : 0;
            var set = signer.Sign(document.Text, hash, url, domain, out var keys);
            var all = DuplicateUrls.Of(document);
            var brought = DocumentOrder.BroughtOf(document.SourceId);
            index.Write(new Fingerprint((ulong)(hash >> 64), (ulong)hash, domain, shinglesFile.Rows, set.Length, (ulong)(url >> 64), (ulong)url,
                SourceHash(document.Source), urlsBytes, all.Length,
                DocumentOrder.AskedOf(stage.Keep, document), (ulong)(brought >> 64), (ulong)brought, DocumentOrder.ContentOf(document, hash), DocumentId.Parse(document.Id)));
            urls.Write<byte>(all);
            urlsBytes += all.Length;
            var source = SourceFigure + document.Source;
            work.Figures[source] = work.Figures.GetValueOrDefault(source) + 1;
            shingles.Write(set);
            shinglesFile.Rows += set.Length;
            for (var band = 0; band < keys.Length; band++)
                block[band].Add(new UInt128(keys[band], row));
            row++;
            if (row % BlockRows == 0)
                WriteBlock(block, bands);
            if (row % 1024 == 0)
                work.Report(row / (double)upstream.Documents!.Rows);
        }
        WriteBlock(block, bands);
        indexFile.Rows = bandsFile.Rows = row;
    }

    /// <summary>What documents must have in common to be duplicates at all: the kind and, of captions, the image.</summary>
    private static ulong DomainOf(Document document) => document.Kind == Kind.Caption
        ? XxHash3.HashToUInt64(Encoding.ASCII.GetBytes(document.Image?.Sha256 ?? ""), (long)document.Kind)
        : SplitMix64.Mix((ulong)document.Kind + 1);

    public static ulong SourceHash(string name) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(name));

    private static UInt128 UrlHash(Document document, ulong domain)
    {
        if (document.Url is not { Length: > 0 } url || document.Kind == Kind.Caption)
            return 0;
        return XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(ExclusionList.Canonical(url)), (long)domain);
    }

    private static void WriteBlock(List<UInt128>[] block, ValueWriter bands)
    {
        foreach (var band in block)
        {
            var values = CollectionsMarshal.AsSpan(band);
            values.Sort();
            bands.Write<UInt128>(values);
            band.Clear();
        }
    }

    /// <summary>Signs one document after the other with buffers of its own.</summary>
    private sealed class Signer
    {
        private readonly DeduplicateStage _stage;
        private readonly Shingler _shingler;
        private readonly uint[] _a;
        private readonly uint[] _b;
        private readonly uint[] _signature;
        private readonly ulong[] _keys;

        public Signer(DeduplicateStage stage, ulong seed)
        {
            _stage = stage;
            var settings = stage.Minhash ?? new MinHashSettings { Bands = 0 };
            _shingler = new Shingler(settings.Ngram, settings.Unit);
            // Whole vectors: the places past the last band are never looked at.
            var places = settings.Bands * settings.Rows;
            (_a, _b) = MinHash.Coefficients((places + Vector<uint>.Count - 1) / Vector<uint>.Count * Vector<uint>.Count, seed);
            _signature = new uint[_a.Length];
            _keys = new ulong[stage.BandNumbers.Count()];
        }

        public ReadOnlySpan<ulong> Sign(string text, UInt128 hash, UInt128 url, ulong domain, out ReadOnlySpan<ulong> keys)
        {
            keys = _keys;
            var at = 0;
            if (_stage.Urls)
                _keys[at++] = url == 0 ? NoKey : KeyOf((ulong)(url >> 64));
            if (_stage.Exact)
                _keys[at++] = KeyOf((ulong)(hash >> 64));
            if (_stage.Minhash is not { } settings)
                return [];
            var set = _shingler.Shingle(text);
            MinHash.Sign(_shingler.Halves, _a, _b, _signature);
            for (var band = 0; band < settings.Bands; band++)
                _keys[at++] = set.IsEmpty ? NoKey : KeyOf(MinHash.BandKey(_signature.AsSpan(band * settings.Rows, settings.Rows), band, domain));
            return set;
        }

        private static ulong KeyOf(ulong hash) => Math.Min(hash, NoKey - 1);
    }
}
