using System.IO.Compression;
using System.Text;
using CorpusForge.Crawl;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class WarcReaderTests
{
    [Theory, InlineData("WARC/0.18"), InlineData("WARC/1.0"), InlineData("WARC/1.1")]
    public void Plain_records_are_read_with_their_offsets(string version)
    {
        var (one, two) = (Record("response", "http://a.example/ with space", "hello", version), Record("request", "<http://b.example/>", "", version));
        var records = ReadAll([.. one, .. two]);
        Assert.Equal([(0L, 0L), (one.Length, 0)], records.Select(r => (r.Offset, r.Inner)));
        Assert.Equal(["http://a.example/ with space", "<http://b.example/>"], records.Select(r => r.TargetUri));
        Assert.Equal(["hello", ""], records.Select(r => r.Text));
    }

    [Fact]
    public void A_member_a_record_gives_the_offset_of_the_member()
    {
        var members = Enumerable.Range(0, 200).Select(i => Gzip(Record("response", $"http://a.example/{i}", Noise(i * 97, i)))).ToArray();
        var records = ReadAll(Join(members));
        Assert.Equal(Starts(members), records.Select(r => r.Offset));
        Assert.All(records, r => Assert.Equal(0, r.Inner));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => Noise(i * 97, i)), records.Select(r => r.Text));
    }

    [Fact]
    public void One_member_for_all_records_gives_the_offset_inside_it_as_well()
    {
        var one = Record("response", "http://a.example/", "one");
        var records = ReadAll(Gzip([.. one, .. Record("response", "http://b.example/", "two")]));
        Assert.Equal([(0L, 0L), (0L, one.Length)], records.Select(r => (r.Offset, r.Inner)));
        Assert.Equal(["one", "two"], records.Select(r => r.Text));
    }

    [Theory, InlineData(1), InlineData(7), InlineData(100), InlineData(65536)]
    public void Members_may_be_cut_anywhere(int bytes)
    {
        var plain = Join(Enumerable.Range(0, 5).Select(i => Record("response", $"http://a.example/{i}", Noise(300, i))));
        var records = ReadAll(Join(plain.Chunk(bytes).Select(c => Gzip(c))));
        Assert.Equal(ReadAll(plain).Select(r => r.Text), records.Select(r => r.Text));
    }

    [Fact]
    public void Empty_members_and_optional_fields_of_the_member_head_are_read_past()
    {
        var member = Gzip(Record("response", "http://a.example/", "x"));
        byte[] named = [.. member[..3], 0x1F, .. member[4..10], 3, 0, 9, 9, 9, .. "name\0comment\0"u8, 0, 0, .. member[10..]];
        var records = ReadAll([.. Gzip([]), .. named, .. Gzip([]), .. member]);
        Assert.Equal(["x", "x"], records.Select(r => r.Text));
        Assert.Equal([Gzip([]).Length, Gzip([]).Length * 2 + named.Length], records.Select(r => r.Offset));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(8191), InlineData(8192), InlineData(8193), InlineData(300_000)]
    public void The_end_of_a_member_is_found_whatever_its_length(int length)
    {
        var members = Enumerable.Range(0, 3).Select(i => Gzip(Record("response", "http://a.example/", Noise(length, i)), CompressionLevel.NoCompression)).ToArray();
        Assert.Equal(Starts(members), ReadAll(Join(members)).Select(r => r.Offset));
    }

    [Fact]
    public void Arc_records_are_read_also_with_spaces_in_the_url()
    {
        var bytes = Encoding.UTF8.GetBytes(
            "filedesc://a.arc 0.0.0.0 20200101000000 text/plain 4\n1 0\n\nhttp://a.example/x y 1.2.3.4 20200101000000 text/html 5\nhello\n"
            + "dns:a.example 1.2.3.4 20200101000000 text/dns 1\n.\n");
        foreach (var file in new[] { bytes, Gzip(bytes) })
        {
            var records = ReadAll(file);
            Assert.Equal(["warcinfo", "response", "resource"], records.Select(r => r.Type));
            Assert.Equal("http://a.example/x y", records[1].TargetUri);
            Assert.Equal("hello", records[1].Text);
        }
    }

    public static TheoryData<string, string> Damaged => new()
    {
        { "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: abc\r\n\r\n", "Content-Length is 'abc'" },
        { "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: -1\r\n\r\n", "Content-Length is '-1'" },
        { "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999999999999999\r\n\r\n", "Content-Length is" },
        { "WARC/1.0\r\nWARC-Type: response\r\n\r\n", "no Content-Length" },
        { "WARC/1.0\r\nContent-Length: 0\r\n\r\n", "no WARC-Type" },
        { "WARC/9.0\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n", "unknown version 'WARC/9.0'" },
        { "WARC/1.0\r\nWARC-Type response\r\nContent-Length: 0\r\n\r\n", "not a named field" },
        { "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 10\r\n\r\nhello", "ends inside a record of 10 bytes" },
        { "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 3\r\n\r\nhello\r\n\r\n", "its length is wrong" },
        { "WARC/1.0\r\nWARC-Type: resp", "ends inside the head" },
        { "\0\0\0\0", "its length is wrong" },
        { "http://a.example/ 1.2.3.4 20200101000000 text/html -1\n", "its length is wrong" },
    };

    [Theory, MemberData(nameof(Damaged))]
    public void Damage_is_reported_with_its_offset_behind_the_good_records(string damaged, string problem)
    {
        var good = Record("response", "http://a.example/", "good");
        var after = problem == "its length is wrong" && !damaged.StartsWith("WARC", StringComparison.Ordinal);
        var (records, error) = ReadUntilDamage([.. good, .. Encoding.UTF8.GetBytes(damaged)]);
        Assert.Equal(after ? 0 : 1, records.Count);
        Assert.Contains(problem, error!.Message, StringComparison.Ordinal);
        Assert.Contains($"test.warc: at byte {(after ? 0 : good.Length):N0}:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_through_the_last_member_is_reported_at_its_start_and_loses_no_earlier_record()
    {
        var (one, two) = (Gzip(Record("response", "http://a.example/", Noise(500, 1))), Gzip(Record("response", "http://b.example/", Noise(500, 2))));
        for (var cut = 1; cut < two.Length; cut++)
        {
            var (records, error) = ReadUntilDamage([.. one, .. two[..cut]]);
            Assert.Single(records);
            Assert.Contains($"at byte {one.Length:N0}: ", error!.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_flipped_bit_in_a_member_is_reported_at_its_start()
    {
        var (one, two) = (Gzip(Record("response", "http://a.example/", "first")), Gzip(Record("response", "http://b.example/", Noise(300, 2))));
        for (var i = 10; i < two.Length; i++)
        {
            byte[] file = [.. one, .. two];
            file[one.Length + i] ^= 4;
            var (records, error) = ReadUntilDamage(file);
            Assert.Single(records);
            Assert.Contains($"at byte {one.Length:N0}: ", error!.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Garbage_behind_the_last_member_is_reported()
    {
        var member = Gzip(Record("response", "http://a.example/", "x"));
        var (records, error) = ReadUntilDamage([.. member, .. "garbage at the end"u8]);
        Assert.Single(records);
        Assert.Contains("not the start of a gzip member", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_longer_than_asked_for_is_read_past()
    {
        byte[] file = [.. Record("response", "http://a.example/", Noise(200_000, 1)), .. Record("response", "http://b.example/", "next")];
        var records = ReadAll(file, maxBlockBytes: 10);
        Assert.Equal(200_000, records[0].Length);
        Assert.Equal(10, records[0].Text.Length);
        Assert.Equal("next", records[1].Text);
    }

    [Fact]
    public void An_empty_file_has_no_records() => Assert.Empty(ReadAll([]));

    [Theory, InlineData(1), InlineData(100), InlineData(999), InlineData(5000)]
    public void Ranges_share_the_records_out_without_loss_or_repeat(int step)
    {
        var plain = Enumerable.Range(0, 60).Select(i => Record("response", $"http://a.example/{i}", Noise(i * 11, i))).ToArray();
        // A member a record, one member for all, and members that start anywhere.
        foreach (var file in new[] { Join(plain.Select(p => Gzip(p))), Gzip(Join(plain)), Join(Join(plain).Chunk(333).Select(c => Gzip(c))), Join(plain) })
        {
            var whole = ReadAll(file);
            var pieces = Enumerable.Range(0, file.Length / step + 1)
                .SelectMany(k => ReadAll(file, start: (long)k * step, end: (k + 1L) * step)).ToList();
            Assert.Equal(whole.Select(r => (r.Offset, r.Inner, r.TargetUri, r.Text)), pieces.Select(r => (r.Offset, r.Inner, r.TargetUri, r.Text)));
        }
    }

    [Fact]
    public void A_compressed_warc_inside_a_record_is_never_taken_for_the_file_itself()
    {
        var inner = Encoding.Latin1.GetString(Join(Enumerable.Range(0, 5).Select(i => Gzip(Record("response", $"http://inner.example/{i}", "inner")))));
        var members = new[] { "a", inner, "b" }.Select(b => Gzip(Record("response", "http://a.example/", b), CompressionLevel.NoCompression)).ToArray();
        var file = Join(members);
        var middle = members[0].Length + 300;
        var error = Assert.Throws<InputException>(() => ReadAll(file, end: middle));
        Assert.Contains("a compressed record inside another", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, ReadAll(file).Count);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void What_is_whole_in_a_damaged_file_is_salvaged(bool compressed)
    {
        var records = Enumerable.Range(0, 4).Select(i => Record("response", $"http://{i}.example/", Noise(500, i))).ToArray();
        var parts = records.Select(r => compressed ? Gzip(r) : r).ToArray();
        // A wrong length in a plain record, a changed byte in a compressed one, and a last one that is cut.
        if (compressed)
            parts[1][parts[1].Length / 2] ^= 0x55;
        else
            parts[1].AsSpan(parts[1].AsSpan().IndexOf("500"u8))[0] = (byte)'4';
        parts[3] = parts[3][..(parts[3].Length / 2)];
        var starts = Starts(parts).ToArray();
        var found = Salvaged(Join(parts));
        Assert.Equal(["http://0.example/", null, "http://2.example/", null], found.Select(f => f.Uri));
        Assert.Equal([starts[0], starts[2]], found.Where(f => f.Uri is not null).Select(f => f.Offset));
        Assert.InRange(found[1].Offset, starts[1], starts[2]);
        Assert.InRange(found[3].Offset, starts[3], starts[3] + parts[3].Length);
    }

    [Fact]
    public void Garbage_alone_is_one_damage_and_a_sound_file_has_none()
    {
        Assert.Equal([null], Salvaged(Encoding.Latin1.GetBytes(Noise(100_000, 7))).Select(f => f.Uri));
        Assert.Empty(Salvaged([]));
        Assert.Equal(["http://a.example/", "http://a.example/"], Salvaged(Join([Record("response", "http://a.example/", "a"), Record("response", "http://a.example/", "b")])).Select(f => f.Uri));
    }

    private static List<(string? Uri, long Offset)> Salvaged(byte[] file) =>
        [.. WarcReader.Salvage(at => new MemoryStream(file) { Position = at }, "test.warc").Select(f => (f.Record?.TargetUri, f.Record?.Offset ?? f.Damage!.Offset))];

    internal sealed record Copied(long Offset, long Inner, string Type, string? TargetUri, long Length, string Text);

    internal static byte[] Record(string type, string uri, string block, string version = "WARC/1.0", string contentType = "application/http; msgtype=response")
    {
        var bytes = Encoding.Latin1.GetBytes(block);
        var head = $"{version}\r\nWARC-Type: {type}\r\nWARC-Target-URI: {uri}\r\nContent-Type: {contentType}\r\nContent-Length: {bytes.Length}\r\n\r\n";
        return [.. Encoding.UTF8.GetBytes(head), .. bytes, .. "\r\n\r\n"u8];
    }

    internal static byte[] Gzip(byte[] bytes, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, level))
            gzip.Write(bytes);
        // The runtime writes nothing at all for nothing.
        return bytes.Length > 0 ? output.ToArray() : [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }

    internal static byte[] Join(IEnumerable<byte[]> parts) => [.. parts.SelectMany(p => p)];

    internal static string Noise(int length, int seed)
    {
        var random = new SplitMix64((ulong)seed);
        return string.Create(length, random, (span, r) =>
        {
            foreach (ref var c in span)
                c = (char)r.Next(256);
        });
    }

    private static IEnumerable<long> Starts(byte[][] members)
    {
        var at = 0L;
        foreach (var member in members)
        {
            yield return at;
            at += member.Length;
        }
    }

    private static List<Copied> ReadAll(byte[] file, int maxBlockBytes = 1 << 20, long start = 0, long end = long.MaxValue)
    {
        var (records, error) = ReadUntilDamage(file, maxBlockBytes, start, end);
        return error is null ? records : throw error;
    }

    private static (List<Copied> Records, InputException? Error) ReadUntilDamage(
        byte[] file, int maxBlockBytes = 1 << 20, long start = 0, long end = long.MaxValue)
    {
        var records = new List<Copied>();
        try
        {
            foreach (var r in WarcReader.Read(at => new MemoryStream(file) { Position = at }, "test.warc", start, end, maxBlockBytes))
                records.Add(new(r.Offset, r.Inner, r.Type, r.TargetUri, r.Length, Encoding.Latin1.GetString(r.Block.Span)));
        }
        catch (InputException e)
        {
            return (records, e);
        }
        return (records, null);
    }
}
