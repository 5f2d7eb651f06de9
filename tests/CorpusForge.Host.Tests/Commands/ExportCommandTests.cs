using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace CorpusForge.Host.Tests.Commands;

/// <summary>Every format is read back by a reader written from its description, or by the program it is for.</summary>
public sealed class ExportCommandTests(ExportCommandTests.Finished run) : IClassFixture<ExportCommandTests.Finished>
{
    private const int EndOfText = 256;

    private readonly ProgramRun _program = run.Program;
    private readonly List<JsonNode> _rows = run.Rows;

    /// <summary>One finished run, for all the tests.</summary>
    public sealed class Finished : IDisposable
    {
        public Finished()
        {
            string[] texts = ["The keeper lit the lamp before dusk.", "Bread needs flour, water and time. 北京 🦊", "A river changes its bed more often than its maps.", "Short."];
            Program.Write("in/a.jsonl", string.Concat(Enumerable.Range(0, 40).Select(i => $$"""{"text": "{{texts[i % 4]}} {{i}}", "license": "MIT", "language": "en"}""" + "\n")));
            Program.Write("in/flow.png", File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "docs/figures/flow.png")));
            Program.Write("in/list.jsonl", """{"id":"c1","image":"flow.png","caption":"A diagram of the whole flow from the sources on the left to the report"}""" + "\n");
            var file = Program.Write("p.yaml", """
                name: out
                sources:
                  - jsonl: { paths: [in/a.jsonl], license: license, language: language }
                  - captions: { paths: [in/list.jsonl], license: MIT }
                stages: [clean, { tokenize: { tokenizer: byte, validationShare: 0.3 } }]
                """);
            var run = Program.Run("run", file, "--out", Program.Out);
            Assert.True(run.Code == 0, run.Error);
            Export("tokenize", "jsonl");
            var parts = JsonNode.Parse(File.ReadAllText(Path.Combine(Stage("tokenize"), "stage.json")))!["result"]!.AsArray();
            Rows = [.. parts.SelectMany(p => File.ReadLines(Path.Combine(To("jsonl"), $"part-{p}.jsonl"))).Select(l => JsonNode.Parse(l)!)];
            Assert.Equal(41, Rows.Count);
        }

        internal ProgramRun Program { get; } = new();
        internal List<JsonNode> Rows { get; }

        public void Dispose() => Program.Dispose();

        internal string Stage(string name) => Directory.GetDirectories(Path.Combine(Program.Out, "out"), $"{name}-*").Single();

        internal string To(string format) => Path.Combine(Program.Folder, format);

        internal void Export(string stage, string format, string? to = null)
        {
            var (code, _, error) = Program.Run("export", Stage(stage), "--format", format, "--to", To(to ?? format));
            Assert.True(code == 0, error);
        }
    }

    [Fact]
    public void Megatron_has_a_sequence_a_document_with_its_end_of_text()
    {
        Export("tokenize", "megatron");
        foreach (var split in (string[])["train", "validation"])
        {
            using var index = new BinaryReader(File.OpenRead(Path.Combine(To("megatron"), $"{split}.idx")));
            Assert.Equal("MMIDIDX\0\0", Encoding.ASCII.GetString(index.ReadBytes(9)));
            Assert.Equal(1UL, index.ReadUInt64());
            Assert.Equal(8, index.ReadByte());
            var (sequences, ends) = (index.ReadInt64(), index.ReadInt64());
            var lengths = Enumerable.Range(0, (int)sequences).Select(_ => index.ReadInt32()).ToArray();
            var places = Enumerable.Range(0, (int)sequences).Select(_ => index.ReadInt64()).ToArray();
            Assert.Equal(Enumerable.Range(0, (int)sequences + 1).Select(i => (long)i), Enumerable.Range(0, (int)ends).Select(_ => index.ReadInt64()));
            Assert.Equal(index.BaseStream.Length, index.BaseStream.Position);
            var tokens = Narrow(File.ReadAllBytes(Path.Combine(To("megatron"), $"{split}.bin")));
            Assert.Equal(Documents(split).Select(d => d.Append(EndOfText)), lengths.Zip(places, (l, p) => tokens.Skip((int)p / 2).Take(l)));
        }
    }

    [Fact]
    public void NanoGpt_has_an_end_of_text_after_every_document()
    {
        Export("tokenize", "nanogpt");
        Assert.Equal(Documents("train").SelectMany(d => d.Append(EndOfText)), Narrow(File.ReadAllBytes(Path.Combine(To("nanogpt"), "train.bin"))));
        Assert.Equal(Documents("validation").SelectMany(d => d.Append(EndOfText)), Narrow(File.ReadAllBytes(Path.Combine(To("nanogpt"), "val.bin"))));
    }

    [Fact]
    public void Llmc_has_a_header_and_an_end_of_text_before_every_document()
    {
        Export("tokenize", "llmc");
        foreach (var split in (string[])["train", "validation"])
        {
            var bytes = File.ReadAllBytes(Path.Combine(To("llmc"), $"{split}_000000.bin"));
            var tokens = Documents(split).SelectMany(d => d.Prepend(EndOfText)).ToArray();
            Assert.Equal([20240520, 1, tokens.Length], Enumerable.Range(0, 3).Select(i => BitConverter.ToInt32(bytes, 4 * i)));
            Assert.Equal(tokens, Narrow(bytes[1024..]));
        }
    }

    [Theory, InlineData("tokenize", "tokens"), InlineData("clean", "text")]
    public void Mds_samples_are_found_by_the_places_in_the_shard(string stage, string column)
    {
        Export(stage, "mds", $"mds-{column}");
        var found = new List<string>();
        foreach (var split in Directory.GetDirectories(To($"mds-{column}")).Order(StringComparer.Ordinal))
        {
            var index = JsonNode.Parse(File.ReadAllText(Path.Combine(split, "index.json")))!;
            Assert.Equal(2, (int)index["version"]!);
            foreach (var shard in index["shards"]!.AsArray())
            {
                var bytes = File.ReadAllBytes(Path.Combine(split, (string)shard!["raw_data"]!["basename"]!));
                Assert.Equal(bytes.Length, (int)shard["raw_data"]!["bytes"]!);
                Assert.Equal(["id", column], shard["column_names"]!.AsArray().Select(n => (string)n!));
                var samples = BitConverter.ToInt32(bytes, 0);
                Assert.Equal((int)shard["samples"]!, samples);
                for (var i = 0; i < samples; i++)
                {
                    var (start, end) = (BitConverter.ToInt32(bytes, 4 + (4 * i)), BitConverter.ToInt32(bytes, 8 + (4 * i)));
                    var (idLength, length) = (BitConverter.ToInt32(bytes, start), BitConverter.ToInt32(bytes, start + 4));
                    Assert.Equal(end, start + 8 + idLength + length);
                    var value = bytes.AsSpan(start + 8 + idLength, length).ToArray();
                    found.Add(Encoding.UTF8.GetString(bytes, start + 8, idLength) + "|" + (column == "text"
                        ? Encoding.UTF8.GetString(value)
                        : string.Join(',', Enumerable.Range(0, length / 8).Select(j => BitConverter.ToInt64(value, 8 * j)))));
                }
                Assert.Equal(bytes.Length, BitConverter.ToInt32(bytes, 4 + (4 * samples)));
            }
        }
        var expected = _rows.Select(r => $"{(string)r["id"]!}|{(column == "text" ? (string)r["text"]! : string.Join(',', r["tokens"]!.AsArray()))}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void WebDataset_is_tar_with_the_entries_of_a_document_side_by_side_and_the_image_of_a_caption()
    {
        Export("clean", "webdataset");
        var folder = Directory.CreateDirectory(Path.Combine(_program.Folder, "untarred")).FullName;
        using (var tar = Process.Start("tar", ["-xf", Path.Combine(To("webdataset"), "shard-000000.tar"), "-C", folder]))
        {
            tar.WaitForExit();
            Assert.Equal(0, tar.ExitCode);
        }
        foreach (var row in _rows)
        {
            Assert.Equal((string)row["text"]!, File.ReadAllText(Path.Combine(folder, $"{row["id"]}.txt")));
            Assert.Equal("MIT", (string)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, $"{row["id"]}.json")))!["license"]!);
        }
        var image = Assert.Single(Directory.GetFiles(folder, "*.png"));
        Assert.Equal(File.ReadAllBytes(Path.Combine(_program.Folder, "in/flow.png")), File.ReadAllBytes(image));
        var first = File.ReadAllBytes(Path.Combine(To("webdataset"), "shard-000000.tar"));
        Export("clean", "webdataset");
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(To("webdataset"), "shard-000000.tar")));
    }

    [Fact]
    public async Task HuggingFace_has_a_card_that_names_the_splits_and_parquet_that_holds_them()
    {
        Export("tokenize", "huggingface");
        var card = File.ReadAllText(Path.Combine(To("huggingface"), "README.md"));
        Assert.StartsWith("---\nlanguage:\n- en\nlicense: mit\nsize_categories:\n- n<1K\n", card, StringComparison.Ordinal);
        foreach (var split in (string[])["train", "validation"])
        {
            Assert.Contains($"  - split: {split}\n    path: data/{split}-*\n", card, StringComparison.Ordinal);
            await using var reader = await Parquet.ParquetReader.CreateAsync(Path.Combine(To("huggingface"), $"data/{split}-00000-of-00001.parquet"));
            using var group = reader.OpenRowGroupReader(0);
            Assert.Equal(Documents(split).Count, group.RowCount);
        }
    }

    [Theory]
    [InlineData("clean", "megatron", "is of tokens")]
    [InlineData("tokenize", "webdataset", "is of documents")]
    public void A_stage_that_a_format_is_not_for_is_an_error_and_leaves_nothing(string stage, string format, string expected)
    {
        CorpusRun.Refuses(_program, expected, "export", Stage(stage), "--format", format, "--to", To("wrong"));
        Assert.True(!Directory.Exists(To("wrong")) || Directory.GetFiles(To("wrong"), "*", SearchOption.AllDirectories) is []);
    }

    private List<int[]> Documents(string split) =>
        [.. _rows.Where(r => (bool)r["validation"]! == (split == "validation"))
            .Select(r => r["tokens"]!.AsArray().Select(t => (int)t!).ToArray())];

    private static IEnumerable<int> Narrow(byte[] bytes) => Enumerable.Range(0, bytes.Length / 2).Select(i => (int)BitConverter.ToUInt16(bytes, 2 * i));

    private string Stage(string name) => run.Stage(name);

    private string To(string format) => run.To(format);

    private void Export(string stage, string format, string? to = null) => run.Export(stage, format, to);
}
