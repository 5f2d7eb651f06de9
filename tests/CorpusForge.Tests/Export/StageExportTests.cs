using System.Text;
using System.Text.Json.Nodes;
using CorpusForge.Export;
using CorpusForge.Runs;
using CorpusForge.Tokenize;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace CorpusForge.Tests.Export;

/// <summary>Every format of tokens, of two and of four bytes, with empty documents among many, read back by readers written from the formats' descriptions.</summary>
public sealed class StageExportTests : IDisposable
{
    private readonly LocalStorage _storage = new(Directory.CreateTempSubdirectory("corpusforge-").FullName);

    public void Dispose() => Directory.Delete(_storage.LocalPath(""), recursive: true);

    [Theory, InlineData("byte"), InlineData("cl100k_base")]
    public async Task Megatron_finds_each_document_by_its_place(string tokenizer)
    {
        var (documents, width, end) = await Export(tokenizer, "megatron");
        foreach (var split in (string[])["train", "validation"])
        {
            var index = Bytes($"{split}.idx");
            var at = 0;
            Assert.Equal("MMIDIDX\0\0"u8, Take(9));
            Assert.Equal(1UL, BitConverter.ToUInt64(Take(8)));
            // The codes of numpy's types in Megatron: 4 is int32, 8 is uint16.
            Assert.Equal(width == 2 ? 8 : 4, Take(1)[0]);
            var (sequences, ends) = (BitConverter.ToInt64(Take(8)), BitConverter.ToInt64(Take(8)));
            Assert.Equal(sequences + 1, ends);
            var lengths = Enumerable.Range(0, (int)sequences).Select(_ => BitConverter.ToInt32(Take(4))).ToArray();
            var places = Enumerable.Range(0, (int)sequences).Select(_ => BitConverter.ToInt64(Take(8))).ToArray();
            Assert.Equal(Enumerable.Range(0, (int)ends).Select(i => (long)i), Enumerable.Range(0, (int)ends).Select(_ => BitConverter.ToInt64(Take(8))));
            Assert.Equal(index.Length, at);
            var tokens = Bytes($"{split}.bin");
            Assert.Equal(Of(documents, split).Select(d => d.Append(end)), lengths.Zip(places, (l, p) => Ids(tokens.AsSpan((int)p, l * width), width)));

            byte[] Take(int count) => index[at..(at += count)];
        }
    }

    [Fact]
    public async Task NanoGpt_is_bare_tokens_of_two_bytes_and_refuses_larger_vocabularies()
    {
        var (documents, _, end) = await Export("byte", "nanogpt");
        Assert.Equal(Of(documents, "train").SelectMany(d => d.Append(end)), Ids(Bytes("train.bin"), 2));
        Assert.Equal(Of(documents, "validation").SelectMany(d => d.Append(end)), Ids(Bytes("val.bin"), 2));
        var error = await Assert.ThrowsAsync<PipelineException>(() => Export("cl100k_base", "nanogpt"));
        Assert.Contains("export as llmc or megatron", error.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("byte", 20240520, 1), InlineData("cl100k_base", 20240801, 7)]
    public async Task Llmc_says_in_its_header_how_many_tokens_of_which_width_follow(string tokenizer, int magic, int version)
    {
        var (documents, width, end) = await Export(tokenizer, "llmc");
        foreach (var split in (string[])["train", "validation"])
        {
            var (file, expected) = (Bytes($"{split}_000000.bin"), Of(documents, split).SelectMany(d => d.Prepend(end)).ToArray());
            Assert.Equal([magic, version, expected.Length, 0], Enumerable.Range(0, 4).Select(i => BitConverter.ToInt32(file, 4 * i)));
            Assert.Equal(expected, Ids(file.AsSpan(1024), width));
        }
    }

    [Theory, InlineData("byte"), InlineData("cl100k_base")]
    public async Task Mds_samples_are_found_by_the_places_in_their_shard(string tokenizer)
    {
        var (documents, _, _) = await Export(tokenizer, "mds");
        foreach (var split in (string[])["train", "validation"])
        {
            var found = new List<int[]>();
            foreach (var shard in JsonNode.Parse(Bytes($"{split}/index.json"))!["shards"]!.AsArray())
            {
                var bytes = Bytes($"{split}/{shard!["raw_data"]!["basename"]}");
                Assert.Equal((int)shard["samples"]!, BitConverter.ToInt32(bytes));
                Assert.Equal("""["str","bytes"]""", shard["column_encodings"]!.ToJsonString());
                for (var i = 0; i < BitConverter.ToInt32(bytes); i++)
                {
                    var sample = bytes.AsSpan(BitConverter.ToInt32(bytes, 4 + (4 * i))..BitConverter.ToInt32(bytes, 8 + (4 * i)));
                    var (id, length) = (BitConverter.ToInt32(sample), BitConverter.ToInt32(sample[4..]));
                    Assert.Equal(8 + id + length, sample.Length);
                    var tokens = sample[(8 + id)..].ToArray();
                    found.Add([.. Enumerable.Range(0, length / 8).Select(j => (int)BitConverter.ToInt64(tokens, 8 * j))]);
                }
            }
            Assert.Equal(Of(documents, split), found);
        }
    }

    [Theory, InlineData("byte"), InlineData("cl100k_base")]
    public async Task HuggingFace_has_tokens_as_lists_of_numbers(string tokenizer)
    {
        var (documents, _, _) = await Export(tokenizer, "huggingface");
        foreach (var split in (string[])["train", "validation"])
        {
            await using var reader = await ParquetReader.CreateAsync(Path.Combine(To, $"data/{split}-00000-of-00001.parquet"));
            Assert.IsType<ListField>(reader.Schema.Fields.Single(f => f.Name == "tokens"));
            var field = reader.Schema.GetDataFields().Single(f => f.Path.ToString().StartsWith("tokens", StringComparison.Ordinal));
            using var group = reader.OpenRowGroupReader(0);
            var expected = Of(documents, split).ToArray();
            Assert.Equal(expected.Length, group.RowCount);
            var places = expected.Sum(d => Math.Max(1, d.Length));
            var (values, levels, repeated) = (new int[places], new int[places], new int[places]);
            await group.ReadRawAsync<int>(field, values, levels, repeated);
            Assert.Equal(expected, Lists(values, levels, repeated, field.MaxDefinitionLevel));
        }
    }

    [Theory, InlineData("byte"), InlineData("cl100k_base")]
    public async Task Lines_have_the_text_the_tokens_and_the_split(string tokenizer)
    {
        var (documents, _, _) = await Export(tokenizer, "jsonl");
        var rows = File.ReadLines(Directory.GetFiles(To).Single()).Select(l => JsonNode.Parse(l)!).ToArray();
        Assert.Equal(documents.Select(d => (d.Tokens, d.Validation)), rows.Select(r => (r["tokens"]!.AsArray().Select(t => (int)t!).ToArray(), (bool)r["validation"]!)), s_same);
        if (tokenizer == "byte")
            Assert.Equal(documents.Select(d => Encoding.UTF8.GetString([.. d.Tokens.Select(t => (byte)t)])), rows.Select(r => (string)r["text"]!));
    }

    [Theory, InlineData("jsonl", "part-11.jsonl", "part-00.jsonl"), InlineData("jsonl", "rejects/part-11.jsonl", null), InlineData("megatron", "old.bin", "train.bin"), InlineData("mds", "train/shard.00009.mds", "train/index.json")]
    public async Task A_folder_with_files_of_another_export_is_refused_and_left_alone(string format, string other, string? written)
    {
        await Export("byte", format);
        await Export("byte", format);
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(To, other))!).FullName, Path.GetFileName(other)), "");
        var before = written is null ? "" : File.ReadAllText(Path.Combine(To, written));
        Assert.Contains($"{other} lies in {To} already", (await Assert.ThrowsAsync<PipelineException>(() => Export("cl100k_base", format))).Message, StringComparison.Ordinal);
        Assert.Equal(before, written is null ? "" : File.ReadAllText(Path.Combine(To, written)));
        Assert.DoesNotContain(Directory.EnumerateFiles(To, "*", SearchOption.AllDirectories), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stage_without_documents_is_an_error_that_says_what_to_export()
    {
        var part = Part("model", []);
        Finish([part]);
        var error = await Assert.ThrowsAsync<PipelineException>(() => StageExport.Write(_storage, "stage", "jsonl", To, _ => { }, TestContext.Current.CancellationToken));
        Assert.Contains("neither documents nor tokens", error.Message, StringComparison.Ordinal);
    }

    private static readonly EqualityComparer<(int[] Tokens, bool Validation)> s_same =
        EqualityComparer<(int[] Tokens, bool Validation)>.Create((a, b) => a.Validation == b.Validation && a.Tokens.SequenceEqual(b.Tokens));

    private string To => _storage.LocalPath("exported");

    // Of Parquet's description: a value at each place where the definition level is the highest; repetition level 0 starts a row.
    private static List<int[]> Lists(int[] values, int[] levels, int[] repeated, int there)
    {
        var (lists, next) = (new List<List<int>>(), 0);
        for (var i = 0; i < repeated.Length; i++)
        {
            if (repeated[i] == 0)
                lists.Add([]);
            if (levels[i] == there)
                lists[^1].Add(values[next++]);
        }
        return [.. lists.Select(l => l.ToArray())];
    }

    private async Task<(List<(int[] Tokens, bool Validation)> Documents, int Width, int EndOfText)> Export(string name, string format)
    {
        var tokenizer = Tokenizers.Open(name);
        var (random, documents) = (new SplitMix64(5), new List<(int[], bool)>());
        // Ids that are text in both vocabularies; every ninth document is empty, the first and the last too.
        for (var i = 0; i <= 900; i++)
            documents.Add(([.. Enumerable.Range(0, i % 9 == 0 ? 0 : (int)random.Next(40)).Select(_ => 97 + (int)random.Next(26) + (name == "byte" || random.Next(2) == 0 ? 0 : 90_000))], random.Next(5) == 0));
        var path = _storage.LocalPath("stage/part-00.arrow");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var info = new TokenShardInfo { Tokenizer = name, TokenizerSha256 = tokenizer.Sha256, VocabularySize = tokenizer.VocabularySize, EndOfText = tokenizer.EndOfText, StageDigest = "" };
        using (var file = File.Create(path))
        using (var writer = new TokenShardWriter(file, info, batchBytes: 10_000))
        {
            foreach (var (i, (tokens, validation)) in documents.Index())
                writer.Append(new TokenRow { Id = Digests.Of($"{i}"), Kind = Kind.Text, Source = "test", Validation = validation }, tokens);
            writer.Close();
        }
        Finish([Part("00", [new ManifestFile(Roles.Tokens, "stage/part-00.arrow", documents.Count, new FileInfo(path).Length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))))])]);
        Assert.Equal((documents.Count, 0), await StageExport.Write(_storage, "stage", format, To, _ => { }, TestContext.Current.CancellationToken));
        return (documents, info.Narrow ? 2 : 4, tokenizer.EndOfText);
    }

    private static Manifest Part(string unit, ManifestFile[] files) => new()
    {
        Unit = unit,
        Stage = "tokenize",
        StageDigest = "",
        Phase = "encode",
        Inputs = [],
        Files = files,
        Tally = new Tally(),
        ContentDigest = "",
    };

    private void Finish(Manifest[] parts)
    {
        Directory.CreateDirectory(_storage.LocalPath("stage"));
        foreach (var part in parts)
            File.WriteAllBytes(_storage.LocalPath($"stage/part-{part.Unit}.json"), part.ToBytes());
        var stage = new StageFile(StageFile.CurrentFormat, "tokenize", "", new Dictionary<string, IReadOnlyList<string>>(), [.. parts.Select(p => p.Unit)], new Tally(), "");
        File.WriteAllBytes(_storage.LocalPath("stage/stage.json"), System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(stage, Manifest.Json));
    }

    private static IEnumerable<int[]> Of(List<(int[] Tokens, bool Validation)> documents, string split) =>
        documents.Where(d => d.Validation == (split == "validation")).Select(d => d.Tokens);

    private static int[] Ids(ReadOnlySpan<byte> bytes, int width)
    {
        var ids = new int[bytes.Length / width];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = width == 2 ? BitConverter.ToUInt16(bytes[(2 * i)..]) : BitConverter.ToInt32(bytes[(4 * i)..]);
        return ids;
    }

    private byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(To, name));
}
