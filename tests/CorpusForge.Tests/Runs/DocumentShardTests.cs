using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Runs;

public class DocumentShardTests
{
    static readonly Document s_full = new()
    {
        Id = Document.IdOf("https://example.org/", "raw"u8),
        SourceId = "7",
        Kind = Kind.Caption,
        Text = "Ein Bild – 图片 🖼",
        Url = "https://example.org/a b",
        Source = "captions",
        Locator = "list.jsonl@3",
        Title = "A title",
        Language = "de",
        LanguageScore = 0.5,
        Toxicity = 0.25,
        License = "CC-BY-4.0",
        LicenseEvidence = "html:rel-license",
        Consent = """{"x-robots-tag":["noai"]}""",
        Image = new Image { Sha256 = new string('a', 64), MediaType = "image/png", Width = 3, Height = 4, Shard = "k.arrow", Row = 2 },
        Cluster = new string('b', 64),
        ClusterSize = 3,
        Metadata = Document.NoMetadata.Add("page-url", "https://example.org/").Add("alt", "x"),
        Signals = new SignalValues(["gopher-quality.too-few-words"], [3]),
    };

    static readonly Document s_bare = new() { Id = new string('c', 64), Kind = Kind.Text, Text = "", Source = "s", Locator = "f@0" };

    [Fact]
    public void Every_field_of_a_document_comes_back()
    {
        var back = RoundTrip([s_full, s_bare], "gopher-quality.too-few-words");
        Assert.Equal(2, back.Count);
        Assert.Equal(s_full with { Metadata = back[0].Metadata, Signals = back[0].Signals }, back[0]);
        Assert.Equal(s_full.Metadata, back[0].Metadata);
        Assert.Equal(s_full.Signals, back[0].Signals);
        Assert.Equal(s_bare with { Metadata = back[1].Metadata, Signals = back[1].Signals }, back[1]);
        Assert.Empty(back[1].Signals);
    }

    [Fact]
    public void Every_signal_comes_back_under_its_name()
    {
        string[] names = ["a.x", "b.y", "c.z"];
        Assert.Equal([1, 2, 3], names.Select(n => RoundTrip([s_bare with { Signals = new SignalValues(names, [1, 2, 3]) }], names)[0].Signals[n]));
    }

    [Fact]
    public void A_reject_keeps_its_verdict()
    {
        var stream = new MemoryStream();
        using (var writer = new DocumentWriter(new OutputFile(new Kept(stream)), rejects: true))
            writer.Write(new Reject(s_full, "gopher-quality", 2, "too-few-words", 3, 50));
        var reject = Assert.Single(DocumentShard.ReadRejects(new MemoryStream(stream.ToArray())));
        Assert.Equal(("gopher-quality", 2, "too-few-words", 3.0, 50.0), (reject.Step, reject.StepVersion, reject.Rule, reject.Measured, reject.Limit));
        Assert.Equal(s_full.Id, reject.Document.Id);
    }

    [Theory, InlineData(0), InlineData(5), InlineData(-1), InlineData(-40)]
    public void A_shard_that_was_cut_off_is_damaged_input(int length)
    {
        var stream = new MemoryStream();
        using (var writer = new DocumentWriter(new OutputFile(new Kept(stream)), rejects: false))
            writer.Write(s_full);
        var cut = stream.ToArray()[..(length < 0 ? (int)stream.Length + length : length)];
        foreach (var read in (Func<object>[])[() => DocumentShard.Read(new MemoryStream(cut)).ToList(), () => DocumentShard.ReadUtf8(new MemoryStream(cut)).ToList(), () => DocumentShard.ReadSignals(new MemoryStream(cut), []).ToList(), () => DocumentShard.SignalsOf(new MemoryStream(cut))])
            Assert.Contains("no whole Arrow file", Assert.Throws<InputException>(read).Message);
    }

    [Fact]
    public void No_documents_are_a_valid_shard() => Assert.Empty(RoundTrip([]));

    [Fact]
    public void More_documents_than_a_batch_holds_come_back_in_order()
    {
        var many = Enumerable.Range(0, DocumentShard.BatchRows + 5).Select(i => s_bare with { Text = $"{i}" }).ToArray();
        Assert.Equal(many.Select(d => d.Text), RoundTrip(many).Select(d => d.Text));
    }

    [Fact]
    public void A_batch_is_as_large_as_it_may_be()
    {
        Assert.Equal([DocumentShard.BatchRows, 5], Batches(Enumerable.Repeat(s_bare, DocumentShard.BatchRows + 5)));
        Assert.Equal([2, 1], Batches(Enumerable.Repeat(s_bare with { Text = new string('x', DocumentShard.BatchBytes / 4) }, 3)));

        static List<int> Batches(IEnumerable<Document> documents)
        {
            using var reader = new Apache.Arrow.Ipc.ArrowFileReader(new MemoryStream(Bytes([.. documents])), new Apache.Arrow.Compression.CompressionCodecFactory());
            List<int> rows = [];
            while (reader.ReadNextRecordBatch() is { } batch)
            {
                rows.Add(batch.Length);
                batch.Dispose();
            }
            return rows;
        }
    }

    [Fact]
    public void The_same_documents_give_the_same_bytes() => Assert.Equal(Bytes([s_full, s_bare]), Bytes([s_full, s_bare]));

    static List<Document> RoundTrip(Document[] documents, params string[] signals) =>
        [.. DocumentShard.Read(new MemoryStream(Bytes(documents, signals)))];

    static byte[] Bytes(Document[] documents, params string[] signals)
    {
        var stream = new MemoryStream();
        using (var writer = new DocumentWriter(new OutputFile(new Kept(stream)), signals: signals))
        {
            foreach (var document in documents)
                writer.Write(document);
        }
        return stream.ToArray();
    }

    sealed class Kept(MemoryStream inner) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => inner.Length;
        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
