using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Tokenize;

/// <summary>Encodes the documents into token shards, one row a document, with their lineage; captions take their image along.</summary>
public sealed record TokenizeStage : IStage
{
    public int Version => 3;
    public string? Id { get; init; }

    /// <summary>`byte`, `cl100k_base` or `o200k_base`.</summary>
    public string Tokenizer { get; init; } = "cl100k_base";

    /// <summary>The share of documents that are kept apart for validation, chosen by document id and seed.</summary>
    [Range(0, 0.5)]
    public double ValidationShare { get; init; } = 0.01;

    public Product Consumes => Product.Documents;
    public Product Produces => Product.Tokens;
    public IReadOnlyList<IPhase> Phases => [new Encode(this)];

    /// <summary>Whether a document belongs to the validation split: a function of its id and the seed alone.</summary>
    public static bool IsValidation(string id, long seed, double share) =>
        (SplitMix64.Mix(ulong.Parse(id.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture) ^ SplitMix64.Mix((ulong)seed)) >> 11) * (1.0 / (1UL << 53)) < share;

    private sealed record Encode(TokenizeStage Stage) : IPhase
    {
        // Loading a vocabulary takes a second; a tokenizer is not thread-safe at speed, so each worker takes its own and gives it back.
        private static readonly ConcurrentDictionary<string, ConcurrentBag<ITokenizer>> s_idle = new(StringComparer.Ordinal);

        public string Name => "encode";
        public bool Result => true;

        public IEnumerable<Unit> Plan(PhaseInput input)
        {
            if (!Tokenizers.Names.Contains(Stage.Tokenizer))
                throw new PipelineException($"stage '{input.Stage.Id}': there is no tokenizer '{Stage.Tokenizer}'; there are: {string.Join(", ", Tokenizers.Names)}");
            return input.Upstream.Select(part => Unit.Of(input, this, "", [UnitInput.Of(part)]));
        }

        public void Execute(UnitWork work)
        {
            var idle = s_idle.GetOrAdd(Stage.Tokenizer, _ => []);
            var tokenizer = idle.TryTake(out var one) ? one : Tokenizers.Open(Stage.Tokenizer);
            EncodePart(work, tokenizer, work.Input.Part(work.Unit.Inputs[0].Name));
            idle.Add(tokenizer);
        }

        private void EncodePart(UnitWork work, ITokenizer tokenizer, Manifest part)
        {
            var file = work.Create(Roles.Tokens);
            using var images = new ImageLookup(shard => work.Storage.OpenRead($"{work.PipelineFolder}/images/{shard}"));
            using var writer = new TokenShardWriter(file, new TokenShardInfo
            {
                Tokenizer = tokenizer.Name,
                TokenizerSha256 = tokenizer.Sha256,
                VocabularySize = tokenizer.VocabularySize,
                EndOfText = tokenizer.EndOfText,
                StageDigest = work.Input.Stage.Digest,
            });
            var ids = new List<int>();
            foreach (var document in DocumentShard.Read(work.OpenRead(part.Documents!)))
            {
                work.Cancel.ThrowIfCancellationRequested();
                ids.Clear();
                tokenizer.Encode(document.Text, ids);
                var validation = IsValidation(document.Id, work.Input.Pipeline.Seed, Stage.ValidationShare);
                var image = document.Image is { Shard: { } shard } i ? images.Find(shard, i.Row) : default;
                writer.Append(TokenRow.Of(document, validation, image), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids));
                var bytes = Encoding.UTF8.GetByteCount(document.Text);
                work.Tally.In++;
                work.Tally.Out++;
                work.Tally.BytesIn += bytes;
                work.Tally.BytesOut += bytes;
                work.Tally.Tokens += ids.Count;
                work.Report((double)work.Tally.In / Math.Max(1, part.Documents!.Rows));
            }
            writer.Close();
            file.Rows = writer.Rows;
        }
    }
}

/// <summary>Finds image bytes by shard and row; quick when rows are asked for in order, which is how documents lie.</summary>
internal sealed class ImageLookup(Func<string, Stream> open) : IDisposable
{
    private string? _shard;
    private IEnumerator<(string Sha256, string MediaType, byte[] Bytes)>? _images;
    private int _row = -1;

    public ReadOnlyMemory<byte> Find(string shard, int row)
    {
        if (shard != _shard || row < _row)
        {
            Dispose();
            _images = ImageShard.Read(open(shard)).GetEnumerator();
            (_shard, _row) = (shard, -1);
        }
        while (_row < row && _images!.MoveNext())
            _row++;
        return _row == row ? _images!.Current.Bytes : throw new InvalidDataException($"images/{shard} has no row {row}");
    }

    public void Dispose() => _images?.Dispose();
}
