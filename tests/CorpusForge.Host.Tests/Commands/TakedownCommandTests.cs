using System.Text;
using System.Text.Json;
using CorpusForge.Deduplicate;
using CorpusForge.Runs;
using Xunit;
using ZstdSharp;

namespace CorpusForge.Host.Tests.Commands;

public sealed class TakedownCommandTests : IDisposable
{
    private readonly ProgramRun _program = new();

    public TakedownCommandTests()
    {
        CorpusRun.WriteInput(_program, files: 4);
        var pipeline = _program.Write("p.yaml",
            """
            name: web
            sources:
              - jsonl: { paths: [in/*.jsonl] }
            stages:
              - clean
              - filter: { steps: [gopher-quality: { minWords: 20, minMeanWordLength: 3 }] }
              - deduplicate
              - tokenize: { tokenizer: byte }
              - audit
            """);
        var (code, _, error) = _program.Run("run", pipeline, "--out", "out");
        Assert.True(code == 0, error);
    }

    [Fact]
    public void Nothing_that_is_kept_holds_what_was_taken()
    {
        const string Url = "https://example.org/0/3", Copy = "https://example.org/1/3";
        var text = CorpusRun.Json(_program, "inspect", "clean", "--url", Url).GetProperty("documents")[0].GetProperty("text").GetString()!;
        Assert.Contains(Holding(Url), f => f.EndsWith(".urls.bin", StringComparison.Ordinal));
        Assert.Contains(Holding(Url), f => f.EndsWith(".html", StringComparison.Ordinal));
        Assert.NotEmpty(Holding(text));
        _program.Write("list.txt", $"url:{Url}\n");
        var receipt = CorpusRun.Json(_program, "takedown", "--from", "list.txt");
        Assert.Equal(["excluded-url", Takedown.DuplicateRule], receipt.GetProperty("documents").EnumerateArray().Select(d => d.GetProperty("rule").GetString()).Order().Reverse());
        Assert.Empty(Holding(Url));
        Assert.Empty(Holding(Copy));
        Assert.Empty(Holding(text));
        var (code, _, error) = _program.Run("run", "p.yaml", "--out", "out", "--from-stage", "audit");
        Assert.True(code == 0, error);
        Assert.NotEmpty(Holding("gopher-quality"));
        Assert.Empty(Holding(Url));
    }

    [Fact]
    public void Parts_that_others_took_the_place_of_are_cleared_too()
    {
        // With a fifth file that holds a copy, what was decided about that part of the others changes.
        var line = File.ReadLines(Path.Combine(_program.Folder, "in/0.jsonl")).ElementAt(5);
        _program.Write("in/4.jsonl", line.Replace("/0/5", "/4/0", StringComparison.Ordinal).Replace("\"0-5\"", "\"4-0\"", StringComparison.Ordinal));
        var (code, _, error) = _program.Run("run", "p.yaml", "--out", "out");
        Assert.True(code == 0, error);
        _program.Write("list.txt", "url:https://example.org/0/7\n");
        CorpusRun.Json(_program, "takedown", "--from", "list.txt");
        Assert.Empty(Holding("https://example.org/0/7"));
    }

    [Fact]
    public void Stopped_anywhere_it_ends_as_if_it_had_not_been()
    {
        var list = ExclusionList.Open(_program.Write("list.txt", "url:https://example.org/1/3\nurl:https://example.org/2/5\n"));
        var cancel = TestContext.Current.CancellationToken;
        var expected = Copy("undisturbed");
        var (receipt, _) = new Takedown(new LocalStorage(expected), list).Run(cancel);
        Assert.Equal(3, receipt.Documents.Count);
        var steps = 0;
        for (var stopped = true; stopped; steps++)
        {
            var folder = Copy($"stopped-{steps}");
            try
            {
                new Takedown(new Stopping(new LocalStorage(folder), steps), list).Run(cancel);
                stopped = false;
            }
            catch (IOException)
            {
                new Takedown(new LocalStorage(folder), list).Run(cancel);
            }
            foreach (var leftover in Directory.EnumerateFiles(folder, ".tmp-*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
                File.Delete(leftover);
            Assert.Equal(ProgramRun.Digests(expected), ProgramRun.Digests(folder));
        }
        Assert.True(steps > 40);
    }

    [Fact]
    public void Everything_and_nothing_can_be_taken()
    {
        var before = ProgramRun.Digests(_program.Out);
        _program.Write("list.txt", "# nobody yet\n\n");
        Assert.Empty(CorpusRun.Json(_program, "takedown", "--from", "list.txt").GetProperty("documents").EnumerateArray());
        Assert.Equal(before, ProgramRun.Digests(_program.Out));
        _program.Write("list.txt", "domain:org\n");
        Assert.Equal(80, CorpusRun.Json(_program, "takedown", "--from", "list.txt").GetProperty("documents").GetArrayLength());
        Assert.Empty(Holding("https://example.org"));
        Assert.Empty(CorpusRun.Json(_program, "inspect", "tokenize").GetProperty("documents").EnumerateArray());
    }

    [Fact]
    public void Only_shards_that_hold_a_document_are_written_anew()
    {
        var before = ProgramRun.Digests(_program.Out);
        _program.Write("list.txt", "url:https://example.org/2/5\n");
        Assert.Equal(1, CorpusRun.Json(_program, "takedown", "--from", "list.txt", "--dry-run").GetProperty("documents").GetArrayLength());
        Assert.Equal(before, ProgramRun.Digests(_program.Out));

        var receipt = CorpusRun.Json(_program, "takedown", "--from", "list.txt");
        var after = ProgramRun.Digests(_program.Out);
        string[] written = [.. receipt.GetProperty("stages").EnumerateArray().SelectMany(s => s.GetProperty("shards").EnumerateArray()).Select(s => s.GetProperty("name").GetString()!)];
        Assert.Equal(4, written.Length);
        string[] changed = [.. after.Where(f => !before.TryGetValue(f.Key, out var was) || was != f.Value).Select(f => f.Key)];
        Assert.Equal(written.Order(), changed.Where(f => f.EndsWith(".arrow", StringComparison.Ordinal)).Order());
        string[] removed = [.. receipt.GetProperty("removed").EnumerateArray().Select(r => r.GetString()![..^".json".Length])];
        Assert.All(before.Keys.Except(after.Keys), f => Assert.True(removed.Any(r => f.StartsWith($"{r}.", StringComparison.Ordinal)) || f.Contains("/audit-", StringComparison.Ordinal), f));
        foreach (var stage in receipt.GetProperty("stages").EnumerateArray())
        {
            var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(_program.Out, stage.GetProperty("stage").GetString()!, "stage.json"))).RootElement;
            Assert.Equal(file.GetProperty("root").GetString(), stage.GetProperty("rootAfter").GetString());
            Assert.NotEqual(stage.GetProperty("rootBefore").GetString(), stage.GetProperty("rootAfter").GetString());
            Assert.Equal(1, file.GetProperty("tally").GetProperty("dropped").GetProperty("takedown.excluded-url").GetInt32());
        }
        Assert.Empty(CorpusRun.Json(_program, "inspect", "clean", "--url", "https://example.org/2/5").GetProperty("documents").EnumerateArray());
        Assert.Equal(after.Where(f => f.Key.EndsWith(".arrow", StringComparison.Ordinal)), ProgramRun.Digests(_program.Out).Where(f => f.Key.EndsWith(".arrow", StringComparison.Ordinal)));
        Assert.Empty(CorpusRun.Json(_program, "takedown", "--from", "list.txt").GetProperty("stages").EnumerateArray());
    }

    [Fact]
    public void The_survivor_of_a_duplicate_that_is_taken_goes_too()
    {
        _program.Write("list.txt", "url:https://example.org/1/3\n");
        var receipt = CorpusRun.Json(_program, "takedown", "--from", "list.txt");
        Assert.Equal(["excluded-url", "excluded-url"], receipt.GetProperty("documents").EnumerateArray().Select(d => d.GetProperty("rule").GetString()));
        Assert.Empty(CorpusRun.Json(_program, "inspect", "tokenize", "--url", "https://example.org/0/3").GetProperty("documents").EnumerateArray());
    }

    [Fact]
    public void The_survivor_goes_by_the_content_of_its_duplicate()
    {
        var id = CorpusRun.Json(_program, "inspect", "clean", "--url", "https://example.org/1/3").GetProperty("documents")[0].GetProperty("id").GetString();
        _program.Write("list.txt", $"id:{id}\n");
        var receipt = CorpusRun.Json(_program, "takedown", "--from", "list.txt");
        Assert.Equal(["excluded-id", Takedown.SurvivorRule], receipt.GetProperty("documents").EnumerateArray().Select(d => d.GetProperty("rule").GetString()).Order());
        Assert.Empty(CorpusRun.Json(_program, "inspect", "tokenize", "--url", "https://example.org/0/3").GetProperty("documents").EnumerateArray());
    }

    [Theory]
    [InlineData("cannot be read", "--from", "missing.txt")]
    [InlineData("is no entry", "--from", "p.yaml")]
    public void What_makes_no_sense_is_refused(string expected, params string[] arguments) => CorpusRun.Refuses(_program, expected, ["takedown", .. arguments]);

    private string Copy(string name)
    {
        var folder = Path.Combine(_program.Folder, name);
        foreach (var file in Directory.EnumerateFiles(_program.Out, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(_program.Out, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return folder;
    }

    /// <summary>The files of the output that hold a text, compressed or not, in UTF-8 or as token ids of 16 bits.</summary>
    private string[] Holding(string text)
    {
        byte[][] forms = [Encoding.UTF8.GetBytes(text), Encoding.Unicode.GetBytes(text)];
        return [.. Directory.EnumerateFiles(_program.Out, "*", SearchOption.AllDirectories).Where(f => Unpacked(File.ReadAllBytes(f)).Any(b => forms.Any(w => b.AsSpan().IndexOf(w) >= 0)))];

        static IEnumerable<byte[]> Unpacked(byte[] bytes)
        {
            yield return bytes;
            for (var at = 0; bytes.AsSpan(at).IndexOf((byte[])[0x28, 0xB5, 0x2F, 0xFD]) is >= 0 and var next; at += next + 4)
            {
                using var stream = new DecompressionStream(new MemoryStream(bytes[(at + next)..]));
                using var whole = new MemoryStream();
                try
                {
                    stream.CopyTo(whole);
                }
                catch (ZstdException)
                {
                    // What stands behind the frame.
                }
                yield return whole.ToArray();
            }
        }
    }

    public void Dispose() => _program.Dispose();

    /// <summary>Storage that fails for good after so many changes.</summary>
    private sealed class Stopping(IStorage inner, int changes) : IStorage
    {
        private int _left = changes;

        public bool Exists(string name) => inner.Exists(name);

        public long Length(string name) => inner.Length(name);

        public Stream OpenRead(string name, long offset = 0) => inner.OpenRead(name, offset);

        public Stream Create(string name) => Change(() => inner.Create(name));

        public void Publish(string from, string to) => Change(() => { inner.Publish(from, to); return 0; });

        public void Delete(string name) => Change(() => { inner.Delete(name); return 0; });

        public IEnumerable<StoredFile> List(string folder) => inner.List(folder);

        public IEnumerable<string> Folders(string folder) => inner.Folders(folder);

        public string LocalPath(string name) => inner.LocalPath(name);

        public string ScratchPath(string name) => inner.ScratchPath(name);

        private T Change<T>(Func<T> change) => --_left < 0 ? throw new IOException("stopped") : change();
    }
}
