using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using CorpusForge.Runs;

namespace CorpusForge.Deduplicate;

/// <summary>Per part: writes the documents that stay, and the others as rejects with their survivor as cluster.</summary>
internal sealed class ApplyPhase(DeduplicateStage stage) : IPhase
{
    public const string ExactRule = "exact-duplicate";
    public const string NearRule = "near-duplicate";
    public const string UrlRule = "url-duplicate";

    public string Name => "apply";
    public bool Result => true;

    public IEnumerable<Unit> Plan(PhaseInput input)
    {
        foreach (var part in SignedPart.UpstreamOf(input))
        {
            // Only the decisions about this part: those about others do not make it another unit.
            yield return Unit.Of(input, this, part.Unit, [UnitInput.Of(part), new UnitInput("decisions", DecisionsOf(input, part).Sha256), new UnitInput("urls", UrlsOf(input, part).Sha256)]);
        }
    }

    public void Execute(UnitWork work)
    {
        var part = SignedPart.UpstreamOf(work.Input).First(p => p.Unit == work.Unit.Read<string>());
        using var decisionStream = work.OpenRead(DecisionsOf(work.Input, part));
        using var decisions = ReadDecisions(decisionStream).GetEnumerator();
        using var urlStream = work.OpenRead(UrlsOf(work.Input, part));
        using var urls = new BinaryReader(new BufferedStream(urlStream, 1 << 16));
        var more = decisions.MoveNext();
        using var stream = work.OpenRead(part.Documents!);
        using var output = new DocumentOutput(work, DocumentShard.SignalsOf(work, part));
        foreach (var (row, document) in DocumentShard.Read(stream).Index())
        {
            work.Cancel.ThrowIfCancellationRequested();
            work.Tally.In++;
            work.Tally.BytesIn += Encoding.UTF8.GetByteCount(document.Text);
            if (!more || decisions.Current.Row != row)
            {
                output.Keep(document);
                continue;
            }
            Apply(work, output, document, decisions.Current, urls);
            more = decisions.MoveNext();
        }
    }

    private void Apply(UnitWork work, DocumentOutput output, Document document, RowDecision decision, BinaryReader urls)
    {
        document = document with { Cluster = decision.Survivor.ToString() };
        var step = work.Input.Stage.Id;
        if (decision.Rule == DecisionRule.Survivor)
        {
            if (urls.ReadBytes(urls.ReadInt32()) is { Length: > 0 } joined)
                document = document with { Metadata = document.Metadata.SetItem(DuplicateUrls.Key, Encoding.UTF8.GetString(joined)) };
            output.Keep(document with { ClusterSize = (int)Math.Min(decision.Value, int.MaxValue) });
        }
        else if (decision.Rule == DecisionRule.Exact)
            output.Drop(new Reject(document, step, stage.Version, ExactRule, 1, 1));
        else if (decision.Rule == DecisionRule.Url)
            output.Drop(new Reject(document, step, stage.Version, UrlRule, 1, 1));
        else
            output.Drop(new Reject(document, step, stage.Version, NearRule, decision.Value / (double)Jaccard.One, stage.Minhash!.MinJaccard));
    }

    private static ManifestFile DecisionsOf(PhaseInput input, Manifest part) =>
        input.Phases[ClusterPhase.PhaseName][0].File(ClusterPhase.RoleOf(part))!;

    private static ManifestFile UrlsOf(PhaseInput input, Manifest part) =>
        input.Phases[ClusterPhase.PhaseName][0].File(ClusterPhase.UrlsRoleOf(part))!;

    private static IEnumerable<RowDecision> ReadDecisions(Stream stream)
    {
        var buffer = new byte[Unsafe.SizeOf<RowDecision>()];
        while (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) == buffer.Length)
            yield return MemoryMarshal.Read<RowDecision>(buffer);
    }
}
