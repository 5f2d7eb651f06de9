using System.IO.Compression;
using System.Text;
using System.Text.Json;
using CorpusForge.Crawl;

namespace CorpusForge.Benchmarks;

/// <summary>What the kernels work on: about a megabyte of text, or of pages.</summary>
/// <remarks>
/// Real input where the environment names it: CORPUSFORGE_BENCHMARK_TEXT a JSON Lines file with a `text` column,
/// CORPUSFORGE_BENCHMARK_WARC a WARC file. Otherwise words made of syllables, and pages made of those.
/// </remarks>
internal static class KernelInput
{
    private const int Megabyte = 1_000_000;

    private static readonly Dictionary<Type, long> s_bytes = [];

    /// <summary>Documents, taken from all over the file.</summary>
    public static Document[] Documents { get; } = [.. Fill(Texts(), t => Encoding.UTF8.GetByteCount(t), Megabyte).Select((t, i) => new Document
    {
        Id = Document.IdOf($"{i}", []),
        Kind = Kind.Text,
        Text = t,
        Source = "benchmark",
        Locator = $"benchmark@{i}",
    })];

    public static RawDocument[] Pages { get; } = [.. Fill(AllPages(), p => p.Bytes.Length, 4 * Megabyte)];

    public static long TextBytes { get; } = Documents.Sum(d => (long)Encoding.UTF8.GetByteCount(d.Text));

    public static long PageBytes { get; } = Pages.Sum(p => (long)p.Bytes.Length);

    /// <summary>The pages as a WARC file, a member a record.</summary>
    public static byte[] Warc()
    {
        using var file = new MemoryStream();
        foreach (var page in Pages)
        {
            var http = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {page.Bytes.Length}\r\n\r\n");
            var head = $"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {page.Url}\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
                + $"Content-Type: application/http; msgtype=response\r\nContent-Length: {http.Length + page.Bytes.Length}\r\n\r\n";
            using var member = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true);
            member.Write(Encoding.UTF8.GetBytes(head));
            member.Write(http);
            member.Write(page.Bytes.Span);
            member.Write("\r\n\r\n"u8);
        }
        return file.ToArray();
    }

    public static void Declare(object benchmark, long bytes) => s_bytes[DeclaringType(benchmark.GetType())] = bytes;

    public static long BytesOf(Type benchmark) => s_bytes[DeclaringType(benchmark)];

    // What runs is a class that BenchmarkDotNet derives.
    private static Type DeclaringType(Type type) => type.Assembly == typeof(KernelInput).Assembly ? type : DeclaringType(type.BaseType!);

    /// <summary>Takes what still fits, every eleventh one first, so that the choice is from everywhere.</summary>
    private static IEnumerable<T> Fill<T>(IReadOnlyList<T> all, Func<T, int> sizeOf, int bytes)
    {
        var left = bytes;
        foreach (var one in Enumerable.Range(0, 11).SelectMany(first => Enumerable.Range(0, all.Count).Where(i => i % 11 == first)).Select(i => all[i]))
        {
            if (sizeOf(one) > left)
                continue;
            left -= sizeOf(one);
            yield return one;
        }
    }

    private static List<string> Texts()
    {
        if (Environment.GetEnvironmentVariable("CORPUSFORGE_BENCHMARK_TEXT") is { } file)
            return [.. File.ReadLines(file).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("text").GetString()!)];
        var synthesis = new Synthesis(MadeUpWords(), seed: 1);
        return [.. Enumerable.Range(0, 400).Select(_ => synthesis.Document())];
    }

    private static string[] MadeUpWords()
    {
        string[] syllables = ["ra", "mi", "to", "len", "ska", "vor", "ti", "pe", "nu", "gal", "shi", "bro", "kel", "dan", "wo", "fir"];
        string[] common = ["the", "be", "to", "of", "and", "that", "have", "with"];
        var random = new SplitMix64(2);
        return [.. Enumerable.Range(0, 20_000).Select(i => i % 4 == 0
            ? common[random.Next((ulong)common.Length)]
            : string.Concat(Enumerable.Range(0, 1 + (int)random.Next(3)).Select(_ => syllables[random.Next((ulong)syllables.Length)])))];
    }

    private static List<RawDocument> AllPages()
    {
        if (Environment.GetEnvironmentVariable("CORPUSFORGE_BENCHMARK_WARC") is { } file)
        {
            return [.. WarcDocuments.Read(at => { var s = File.OpenRead(file); s.Position = at; return s; }, Path.GetFileName(file), "benchmark")
                .Where(r => r.Verdict.Kept).Select(r => r with { Bytes = r.Bytes.ToArray() })];
        }
        return [.. Documents.Select(d => new RawDocument
        {
            Source = "benchmark",
            Locator = d.Locator,
            Url = $"https://pages.example/{d.Id[..8]}",
            MediaType = "text/html",
            Bytes = Encoding.UTF8.GetBytes(
                "<!doctype html><html lang=\"en\"><head><title>A page</title><meta charset=\"utf-8\"></head><body><nav><ul><li><a href=\"/\">Home</a></li></ul></nav><article><h1>A page</h1><p>"
                + d.Text.Replace("\n\n", "</p>\n<p>", StringComparison.Ordinal) + "</p></article><footer><p>All about pages</p></footer></body></html>"),
        })];
    }
}
