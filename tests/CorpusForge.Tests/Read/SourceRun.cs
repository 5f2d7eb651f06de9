using CorpusForge.Runs;

namespace CorpusForge.Tests.Read;

/// <summary>A temporary folder with input files, and what a source makes of them.</summary>
public sealed class SourceRun : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("corpusforge-read-").FullName;

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public static IReadOnlyList<Slice> Plan(ISource source) => [.. source.Plan(new Inputs(new MemoryDigestCache()))];

    public IEnumerable<RawDocument> Stream(ISource source) => Plan(source).SelectMany(s => Read(source, s));

    public List<RawDocument> Read(ISource source) => [.. Stream(source)];

    public IEnumerable<RawDocument> Read(ISource source, Slice slice) =>
        source.Read(slice, new SourceReader("corpus", new LocalStorage(Folder), CancellationToken.None));

    public static string Text(RawDocument raw) => System.Text.Encoding.UTF8.GetString(raw.Bytes.Span);

    /// <summary>Rule or text, one word a document: what came out, in order.</summary>
    public static IEnumerable<string> Outcome(IEnumerable<RawDocument> documents) => documents.Select(d => d.Verdict.Rule ?? Text(d));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
