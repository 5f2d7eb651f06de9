using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Tests.Tokenize;

public sealed class TokenShardTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-").FullName;

    private static readonly TokenShardInfo s_narrow = new()
    {
        Tokenizer = "bytes",
        TokenizerSha256 = new string('a', 64),
        VocabularySize = 65_536,
        EndOfText = 65_535,
        StageDigest = "d1",
    };

    private static readonly TokenRow s_row = new() { Id = new string('0', 64), Kind = Kind.Text, Source = "web" };

    public static TheoryData<int> Vocabularies => [256, 65_536, 65_537, 200_000];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void Rows_and_tokens_come_back_as_they_were_written(int vocabulary)
    {
        TokenRow[] rows =
        [
            s_row with { Url = "https://example.org/é?\0", Language = "en", License = "CC-BY-4.0" },
            s_row with { Id = new string('1', 64), Kind = Kind.Code, Validation = true },
            s_row with { Id = new string('2', 64), Kind = Kind.Caption, Image = new byte[] { 0, 255, 1 }, ImageSha256 = "ff", ImageMediaType = "image/png" },
        ];
        int[][] tokens = [[0, 1, vocabulary - 1], [], [7]];
        using var shard = TokenShardReader.Open(Write(s_narrow with { VocabularySize = vocabulary, EndOfText = null }, rows.Zip(tokens)));

        Assert.Equal(s_narrow with { VocabularySize = vocabulary, EndOfText = null }, shard.Info);
        Assert.Equal((3, 4), (shard.Rows, shard.Tokens));
        var batch = Assert.Single(shard.Batches);
        for (var row = 0; row < rows.Length; row++)
        {
            var actual = batch.Row(row);
            Assert.Equal(rows[row].Image.ToArray(), actual.Image.ToArray());
            Assert.Equal(rows[row] with { Image = default }, actual with { Image = default });
            Assert.Equal(tokens[row].Select(t => (long)t), Widened(batch, row));
            Assert.Equal(tokens[row], vocabulary <= 65_536 ? [.. batch.Narrow(row)] : batch.Wide(row).ToArray().Select(t => (int)t));
        }
    }

    [Fact]
    public void A_text_is_encoded_into_its_row_by_the_tokenizer_of_the_shard_alone()
    {
        var tokenizer = Tokenizers.Open("byte");
        var info = s_narrow with { TokenizerSha256 = tokenizer.Sha256, VocabularySize = tokenizer.VocabularySize, EndOfText = tokenizer.EndOfText };
        using var file = new MemoryStream();
        using var writer = new TokenShardWriter(file, info);
        Assert.Equal(2, writer.Append(s_row, tokenizer, "ab"u8));
        Assert.Throws<ArgumentException>(() => writer.Append(s_row, Tokenizers.Open("cl100k_base"), "ab"u8));
        using var other = new TokenShardWriter(new MemoryStream(), info with { VocabularySize = 1000 });
        Assert.Throws<ArgumentException>(() => other.Append(s_row, tokenizer, "ab"u8));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(256)]
    public void A_token_outside_the_vocabulary_is_refused(int token)
    {
        using var writer = new TokenShardWriter(new MemoryStream(), s_narrow with { VocabularySize = 256 });
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Append(s_row, [token]));
    }

    [Fact]
    public void A_batch_ends_before_its_limit_and_a_large_document_is_alone()
    {
        var path = Path.Combine(_folder, "batches.arrow");
        int[] lengths = [9000, 500, 501, 499, 10_000, 1];
        using (var file = File.Create(path))
        using (var writer = new TokenShardWriter(file, s_narrow, batchBytes: 4096))
        {
            foreach (var length in lengths)
                writer.Append(s_row, [.. Enumerable.Range(length, length)]);
            writer.Close();
            Assert.Equal((6, 20_501), (writer.Rows, writer.Tokens));
        }
        using var shard = TokenShardReader.Open(path);
        Assert.Equal([1, 3, 1, 1], shard.Batches.Select(b => b.Rows));
        Assert.Equal([9000, 1500, 10_000, 1], shard.Batches.Select(b => b.Tokens));
        Assert.Equal(lengths.SelectMany(l => Enumerable.Range(l, l).Select(t => (long)t)), shard.Batches.SelectMany(b => Enumerable.Range(0, b.Rows).SelectMany(row => Widened(b, row))));
    }

    [Fact]
    public void The_same_rows_give_the_same_bytes()
    {
        var rows = Enumerable.Range(0, 1000).Select(i => (s_row with { Url = $"u{i}" }, new[] { i, i + 1 })).ToArray();
        Assert.Equal(File.ReadAllBytes(Write(s_narrow, rows, "a")), File.ReadAllBytes(Write(s_narrow, rows, "b")));
    }

    [Fact]
    public void A_shard_may_be_empty()
    {
        using var shard = TokenShardReader.Open(Write(s_narrow, []));
        Assert.Equal((0, 0), (shard.Rows, shard.Tokens));
        Assert.Equal([0], shard.Batches.Select(b => b.Rows));
    }

    [Fact]
    public void A_plain_arrow_reader_reads_the_file()
    {
        using var file = File.OpenRead(Write(s_narrow, [(s_row, [1, 2, 3])]));
        using var reader = new ArrowFileReader(file);
        using var batch = reader.ReadNextRecordBatch();
        Assert.Equal("tokens/1", reader.Schema.Metadata["corpusforge.format"]);
        Assert.Equal([1, 2, 3], ((UInt16Array)((ListArray)batch.Column("tokens")).Values).Values.ToArray());
    }

    [Fact]
    public void A_file_cut_anywhere_is_damaged_not_short()
    {
        var whole = File.ReadAllBytes(Write(s_narrow, [(s_row, new int[100]), (s_row, new int[50])]));
        var path = Path.Combine(_folder, "cut.arrow");
        for (var length = 0; length < whole.Length; length += 37)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Contains(path, Assert.Throws<InputException>(() => TokenShardReader.Open(path)).Message);
        }
    }

    [Fact]
    public void Damaged_bytes_never_read_outside_the_file()
    {
        var whole = File.ReadAllBytes(Write(s_narrow, [(s_row, new int[100]), (s_row, new int[50])]));
        var path = Path.Combine(_folder, "damaged.arrow");
        var random = new SplitMix64(1);
        for (var i = 0; i < 300; i++)
        {
            var bytes = whole.ToArray();
            for (var n = 0; n < 4; n++)
                bytes[8 + (int)random.Next((ulong)bytes.Length - 16)] = (byte)random.Next(256);
            File.WriteAllBytes(path, bytes);
            try
            {
                using var shard = TokenShardReader.Open(path);
                foreach (var batch in shard.Batches)
                {
                    for (var row = 0; row < batch.Rows; row++)
                        _ = Widened(batch, row);
                }
            }
            catch (Exception e) when (e is InputException or ArgumentException or OverflowException)
            {
            }
        }
    }

    [Fact]
    public void A_file_of_two_gibibytes_is_refused_with_what_to_do()
    {
        var path = Path.Combine(_folder, "huge.arrow");
        using (var file = File.Create(path))
            file.SetLength(1L << 31);
        Assert.Contains("write smaller shards", Assert.Throws<InputException>(() => TokenShardReader.Open(path)).Message);
    }

    [Fact]
    public void Another_arrow_file_is_not_a_token_shard()
    {
        var path = Path.Combine(_folder, "other.arrow");
        using (var file = File.Create(path))
        using (var batch = new RecordBatch.Builder().Append("x", false, new Int32Array.Builder().Append(1).Build()).Build())
        using (var writer = new ArrowFileWriter(file, batch.Schema))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }
        Assert.Contains("not a token shard", Assert.Throws<InputException>(() => TokenShardReader.Open(path)).Message);
    }

    [Fact]
    public void Columns_of_another_name_or_type_are_refused()
    {
        var schema = s_narrow.ToSchema();
        TokenShardInfo.Of(schema, "x");
        for (var i = 0; i < schema.FieldsList.Count; i++)
        {
            var field = schema.FieldsList[i];
            IArrowType other = field.DataType is ListType ? new ListType(UInt32Type.Default) : Int32Type.Default;
            foreach (var changed in (Field[])[new(field.Name + "x", field.DataType, field.IsNullable), new(field.Name, other, field.IsNullable)])
            {
                Field[] fields = [.. schema.FieldsList.Take(i), changed, .. schema.FieldsList.Skip(i + 1)];
                Assert.Contains("columns", Assert.Throws<InputException>(() => TokenShardInfo.Of(new Schema(fields, schema.Metadata), "x")).Message);
            }
        }
    }

    [Fact]
    public void The_published_schema_is_that_of_the_code()
    {
        var expected = File.ReadAllText(Path.Combine(RepositoryRoot(), "schemas", "tokens.arrow.json"));
        Assert.Equal(expected, Describe(s_narrow.ToSchema(), (s_narrow with { VocabularySize = 65_537 }).ToSchema()));
    }

    private static string Describe(Schema narrow, Schema wide)
    {
        var fields = narrow.FieldsList.Zip(wide.FieldsList).Select(f =>
        {
            var (name, type) = (f.First.Name, NameOf(f.First.DataType));
            var field = new JsonObject { ["name"] = name, ["type"] = type, ["nullable"] = f.First.IsNullable };
            if (NameOf(f.Second.DataType) != type)
                field["typeAboveVocabularySize65536"] = NameOf(f.Second.DataType);
            return (JsonNode)field;
        });
        var description = new JsonObject
        {
            ["format"] = narrow.Metadata["corpusforge.format"],
            ["container"] = "Arrow IPC file, uncompressed, one row per document",
            ["fields"] = new JsonArray([.. fields]),
            ["metadata"] = new JsonArray([.. narrow.Metadata.Keys.Select(k => (JsonNode)k)]),
        };
        return description.ToJsonString(new JsonSerializerOptions
        {
            WriteIndented = true,
            NewLine = "\n",
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping
        }) + "\n";
    }

    private static string NameOf(IArrowType type) => type is ListType list
        ? $"list<{list.ValueDataType.Name}>"
        : type.Name;

    private static string RepositoryRoot([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(here, "../../../.."));

    private static long[] Widened(TokenBatch batch, int row)
    {
        var tokens = new long[batch.Length(row)];
        batch.CopyTo(row, 0, tokens);
        return tokens;
    }

    private string Write(TokenShardInfo info, IEnumerable<(TokenRow, int[])> rows, string name = "shard")
    {
        var path = Path.Combine(_folder, name + ".arrow");
        using var file = File.Create(path);
        using var writer = new TokenShardWriter(file, info);
        foreach (var (row, tokens) in rows)
            writer.Append(row, tokens);
        writer.Close();
        return path;
    }
}
