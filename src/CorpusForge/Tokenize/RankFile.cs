using System.Buffers.Text;
using System.IO.Compression;
using System.Reflection;
using System.Runtime.InteropServices;

namespace CorpusForge.Tokenize;

/// <summary>Reads ranks as tiktoken publishes them: lines of base64 of a token's bytes, a space, and its rank.</summary>
public static class RankFile
{
    /// <exception cref="InputException">A line is not of this form, or a rank is missing or twice.</exception>
    public static byte[][] Parse(ReadOnlySpan<byte> ranks, string name)
    {
        var tokens = new List<byte[]?>(1 << 17);
        Span<byte> decoded = stackalloc byte[256];
        for (var at = 0; at < ranks.Length;)
        {
            var line = ranks[at..];
            line = line.IndexOf((byte)'\n') is var end and >= 0 ? line[..end] : line;
            var start = at;
            at += line.Length + 1;
            line = line.TrimEnd((byte)'\r');
            if (line.IsEmpty)
                continue;
            var space = line.IndexOf((byte)' ');
            if (space < 1 || !Utf8Parser.TryParse(line[(space + 1)..], out uint rank, out var digits) || digits != line.Length - space - 1 || rank >= 1 << PairTable.Bits)
                throw new InputException(name, start, "expected a token in base64, a space and its rank");
            if (rank >= tokens.Count)
                CollectionsMarshal.SetCount(tokens, (int)rank + 1);
            if (tokens[(int)rank] is not null)
                throw new InputException(name, start, $"rank {rank} is there twice");
            var into = space <= decoded.Length ? decoded : new byte[space];
            if (Base64.DecodeFromUtf8(line[..space], into, out _, out var written) != System.Buffers.OperationStatus.Done || written == 0)
                throw new InputException(name, start, "the token is not base64");
            tokens[(int)rank] = into[..written].ToArray();
        }
        var missing = tokens.IndexOf(null);
        if (missing >= 0 || tokens.Count == 0)
            throw new InputException(name, 0, $"rank {Math.Max(missing, 0)} is missing");
        return [.. tokens!];
    }

    /// <summary>The ranks that a package of Microsoft.ML.Tokenizers carries, byte for byte as tiktoken publishes them.</summary>
    /// <remarks>The package has a line with the number of tokens, then the tokens in order of rank without saying it.</remarks>
    public static byte[] OfPackage(string assembly)
    {
        var data = Assembly.Load(assembly);
        var name = data.GetManifestResourceNames().Single(n => n.EndsWith(".deflate", StringComparison.Ordinal));
        using var inflated = new MemoryStream();
        using (var deflated = new DeflateStream(data.GetManifestResourceStream(name)!, CompressionMode.Decompress))
            deflated.CopyTo(inflated);
        var lines = inflated.GetBuffer().AsSpan(0, (int)inflated.Length);
        var ranks = new byte[lines.Length + (12 * lines.Count((byte)'\n'))];
        var (count, rank) = (0, 0);
        for (lines = lines[(lines.IndexOf((byte)'\n') + 1)..]; !lines.IsEmpty; rank++)
        {
            var end = lines.IndexOf((byte)'\n') is var found and >= 0 ? found : lines.Length;
            var token = lines[..end].TrimEnd((byte)'\r');
            token.CopyTo(ranks.AsSpan(count));
            count += token.Length;
            ranks[count++] = (byte)' ';
            Utf8Formatter.TryFormat(rank, ranks.AsSpan(count), out var digits);
            count += digits;
            ranks[count++] = (byte)'\n';
            lines = lines[Math.Min(end + 1, lines.Length)..];
        }
        return ranks[..count];
    }
}
