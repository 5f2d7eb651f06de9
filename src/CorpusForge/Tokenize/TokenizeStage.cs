using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Tokenize;

/// <summary>Encodes the documents into token shards, one row a document, with their lineage; captions take their image along.</summary>
public sealed record TokenizeStage : IStage
{
    public int Version => 4;
    public string? Id { get; init; }

    /// <summary>`byte`, `cl100k_base` or `o200k_base`.</summary>
    public string Tokenizer { get; init; } = "cl100k_base";

    /// <summary>Takes the place of `tokenizer`: a `tokenizer.json`, tiktoken or SentencePiece file; the shards get a copy beside them.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public string? TokenizerFile { get; init; }

    /// <summary>What the file's SHA-256 must be; without it, what it is.</summary>
    public string? TokenizerSha256 { get; init; }

    /// <summary>The share of documents that are kept apart for validation, chosen by document id and seed.</summary>
    [Range(0, 0.5)]
    public double ValidationShare { get; init; } = 0.01;

    /// <summary>Rearranges a part of the documents of code, so that a model learns to fill gaps; held-out documents stay as they are.</summary>
    public FillInTheMiddle? Fim { get; init; }

    public Product Consumes => Product.Documents;
    public Product Produces => Product.Tokens;
    public IReadOnlyList<IPhase> Phases => [new Encode(this)];

    public IStage Resolve(IReadOnlyList<PipelineSource> sources)
    {
        // Before anything runs.
        if (TokenizerFile is null && !Tokenizers.Names.Contains(Tokenizer))
            throw new PipelineException($"there is no tokenizer '{Tokenizer}'; there are: {string.Join(", ", Tokenizers.Names)}; a file is named as tokenizerFile");
        if (TokenizerFile is not null || Fim is not null)
        {
            var tokenizer = Opened(TokenizerFile ?? Tokenizer);
            _ = Fim?.Of(tokenizer);
        }
        if (TokenizerFile is null)
            return TokenizerSha256 is null ? this : throw new PipelineException("tokenize: tokenizerSha256 is of a tokenizerFile, and there is none");
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(Tokenizers.ReadFile(TokenizerFile)));
        return TokenizerSha256 is null || TokenizerSha256 == sha256
            ? this with { TokenizerSha256 = sha256 }
            : throw new PipelineException($"{TokenizerFile} has the SHA-256 {sha256}, and not {TokenizerSha256}");
    }

    private static ITokenizer Opened(string tokenizer)
    {
        try
        {
            return Tokenizers.Open(tokenizer);
        }
        catch (InputException e)
        {
            throw new PipelineException($"the tokenizer cannot be used: {e.Message}");
        }
    }

    /// <summary>Whether a document belongs to the validation split: a function of its id and the seed alone.</summary>
    public static bool IsValidation(string id, long seed, double share) =>
        (SplitMix64.Mix(ulong.Parse(id.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture) ^ SplitMix64.Mix((ulong)seed)) >> 11) * (1.0 / (1UL << 53)) < share;

    private sealed record Encode(TokenizeStage Stage) : IPhase
    {
        // Loading a vocabulary takes a second; a tokenizer is not thread-safe at speed, so each worker takes its own and gives it back.
        private static readonly ConcurrentDictionary<string, Lazy<Opened>> s_opened = new(StringComparer.Ordinal);

        public string Name => "encode";
        public bool Result => true;

        public IEnumerable<Unit> Plan(PhaseInput input) => input.Upstream.Select(part => Unit.Of(input, this, "", [UnitInput.Of(part)]));

        public void Execute(UnitWork work)
        {
            var opened = s_opened.GetOrAdd(Stage.TokenizerSha256 ?? Stage.Tokenizer, _ => new(Open, LazyThreadSafetyMode.PublicationOnly)).Value;
            if (opened.File is { } file)
                RunContext.Publish(work.Storage, $"{work.Folder}/{opened.Name}", file);
            var tokenizer = opened.Idle.TryTake(out var one) ? one : opened.Make();
            EncodePart(work, tokenizer, work.Input.Part(work.Unit.Inputs[0].Name));
            opened.Idle.Add(tokenizer);
        }

        private Opened Open()
        {
            if (Stage.TokenizerFile is null)
                return new Opened(Stage.Tokenizer, null, Tokenizers.Maker(Stage.Tokenizer));
            var file = Tokenizers.ReadFile(Stage.TokenizerFile);
            if (Convert.ToHexStringLower(SHA256.HashData(file)) != Stage.TokenizerSha256)
                throw new PipelineException($"{Stage.TokenizerFile} is not what it was when the run was planned");
            var name = Tokenizers.NameInShards(file, Stage.TokenizerSha256);
            return new Opened(name, file, Tokenizers.Read(file, name));
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
            var sentinels = Stage.Fim?.Of(tokenizer) ?? default;
            uint[] ids = [];
            foreach (var (document, text) in DocumentShard.ReadUtf8(work.OpenRead(part.Documents!)))
            {
                work.Cancel.ThrowIfCancellationRequested();
                var validation = IsValidation(document.Id, work.Input.Pipeline.Seed, Stage.ValidationShare);
                var image = document.Image is { Shard: { } shard } i ? images.Find(shard, i.Row) : default;
                var row = TokenRow.Of(document, validation, image);
                int tokens;
                if (Stage.Fim is { } fim && document.Kind == Kind.Code && !validation)
                {
                    if (ids.Length < FillInTheMiddle.MostTokens(tokenizer, text.Length))
                        ids = new uint[FillInTheMiddle.MostTokens(tokenizer, text.Length) + text.Length];
                    tokens = fim.Encode(tokenizer, sentinels, text.Span, document.Id, work.Input.Pipeline.Seed, ids);
                    writer.Append(row, MemoryMarshal.Cast<uint, int>(ids.AsSpan(0, tokens)));
                }
                else
                {
                    tokens = writer.Append(row, tokenizer, text.Span);
                }
                work.Tally.In++;
                work.Tally.Out++;
                work.Tally.BytesIn += text.Length;
                work.Tally.BytesOut += text.Length;
                work.Tally.Tokens += tokens;
                work.Report((double)work.Tally.In / Math.Max(1, part.Documents!.Rows));
            }
            writer.Close();
            file.Rows = writer.Rows;
        }

        private sealed record Opened(string Name, byte[]? File, Func<ITokenizer> Make)
        {
            public ConcurrentBag<ITokenizer> Idle { get; } = [];
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
