using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Servers;

/// <summary>A WARC record as a reader sees it that shares nothing with the program: by ISO 28500 and RFC 1952 alone.</summary>
/// <param name="Offset">Of its gzip member.</param>
/// <param name="Length">Of its gzip member.</param>
/// <param name="Headers">Names in lower case.</param>
/// <param name="Block">Of the record.</param>
public sealed record PlainWarc(int Offset, int Length, IReadOnlyDictionary<string, string> Headers, byte[] Block)
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public string Type => Headers["warc-type"];
    public string Url => Headers.GetValueOrDefault("warc-target-uri", "");

    /// <summary>Of the HTTP response.</summary>
    public int Status => int.Parse(Encoding.Latin1.GetString(Block, 9, 3), CultureInfo.InvariantCulture);

    /// <summary>Of the HTTP message.</summary>
    public byte[] Payload => Block[(Block.AsSpan().IndexOf("\r\n\r\n"u8) + 4)..];

    /// <summary>Reads every record of a file; throws for anything that is not strictly one record a member.</summary>
    public static List<PlainWarc> Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var records = new List<PlainWarc>();
        for (var start = 0; start < bytes.Length;)
        {
            var end = start;
            PlainWarc? record = null;
            while (record is null && end < bytes.Length)
            {
                var next = end + 1 > bytes.Length - 3 ? -1 : bytes.AsSpan(end + 1).IndexOf((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08]);
                end = next < 0 ? bytes.Length : end + 1 + next;
                record = Record(bytes, start, end);
            }
            records.Add(record ?? throw new InvalidDataException($"{path}: no record in the member at {start}"));
            start = end;
        }
        return records;
    }

    public static string Sha1(byte[] bytes)
    {
        var (text, bits, held) = (new StringBuilder("sha1:"), 0, 0);
#pragma warning disable CA5350 // The digest that the format has.
        foreach (var b in SHA1.HashData(bytes))
#pragma warning restore CA5350
            for (held = (held << 8) | b, bits += 8; bits >= 5; bits -= 5)
                text.Append(Base32[(held >> (bits - 5)) & 31]);
        return text.ToString();
    }

    private static PlainWarc? Record(byte[] bytes, int start, int end)
    {
        byte[] plain;
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes, start, end - start), CompressionMode.Decompress);
            var buffer = new MemoryStream();
            gzip.CopyTo(buffer);
            plain = buffer.ToArray();
        }
        catch (InvalidDataException)
        {
            return null; // The three bytes were in the middle of a member.
        }
        var head = plain.AsSpan().IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return null;
        var lines = Encoding.UTF8.GetString(plain, 0, head).Split("\r\n");
        if (lines[0] != "WARC/1.1")
            throw new InvalidDataException($"{lines[0]} is no version of 2017");
        var headers = lines[1..].Select(l => l.Split(": ", 2)).ToDictionary(l => l[0].ToLowerInvariant(), l => l[1]);
        var length = int.Parse(headers["content-length"], CultureInfo.InvariantCulture);
        var block = plain[(head + 4)..^4];
        return block.Length == length && plain.AsSpan(plain.Length - 4).SequenceEqual("\r\n\r\n"u8) ? new PlainWarc(start, end - start, headers, block) : null;
    }
}
