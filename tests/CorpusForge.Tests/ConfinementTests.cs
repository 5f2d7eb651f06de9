using System.Text.RegularExpressions;
using CorpusForge.Runs;
using CorpusForge.Settings;
using Xunit;

namespace CorpusForge.Tests;

public sealed partial class ConfinementTests : IDisposable
{
    private static readonly Catalogue s_catalogue = new(Sources.Catalogue, Stages.Catalogue, Steps.Catalogue);
    private readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-confined-").FullName;

    public ConfinementTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data", "sub"));
        Directory.CreateDirectory(Path.Combine(_folder, "secret"));
        File.WriteAllText(Path.Combine(_folder, "secret", "key.txt"), "the secret");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "data", "link"), Path.Combine(_folder, "secret"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "data", "up"), "../secret");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "data", "inner"), "sub");
        File.CreateSymbolicLink(Path.Combine(_folder, "data", "key.txt"), "../secret/key.txt");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "data", "loop"), "loop");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "data", "wild*"), "../secret");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "alias"), "data");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Confinement Within => new([Path.Combine(_folder, "data"), "s3://corpora/crawl/", "s3://all", "https://data.example.org/crawl-data/"], ["DECLARED"], ["intranet"]);

    [Theory]
    [InlineData("{0}/data/a.warc.gz")]
    [InlineData("{0}/data")]
    [InlineData("{0}/data/*.gz")]
    [InlineData("{0}/data/**/a[12].gz")]
    [InlineData("{0}/data/sub/../b.gz")]
    [InlineData("{0}/data/inner/b.gz")]
    [InlineData("{0}/alias/b.gz")]
    [InlineData("{0}/secret/../data/b.gz")]
    [InlineData("@{0}/data/list.txt")]
    [InlineData("@s3://corpora/crawl/list.txt.gz")]
    [InlineData("s3://corpora/crawl/2026/*.warc.gz")]
    [InlineData("s3://all/any/thing")]
    [InlineData("s3://all/*")]
    [InlineData("https://data.example.org/crawl-data/a.warc.gz")]
    public void What_lies_below_a_declared_root_may_be_read(string input) => Assert.Null(Within.RefuseInput(string.Format(null, input, _folder)));

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("{0}/secret/key.txt")]
    [InlineData("{0}/data/../secret/key.txt")]
    [InlineData("{0}/data/sub/../../secret/key.txt")]
    [InlineData("{0}/data/..\\secret\\key.txt")]
    [InlineData("{0}/data/link/key.txt")]
    [InlineData("{0}/data/up/*")]
    [InlineData("{0}/data/key.txt")]
    [InlineData("{0}/data/loop/a")]
    [InlineData("{0}/data/wild*")]
    [InlineData("{0}/data/*/../../secret/key.txt")]
    [InlineData("{0}/database/a")]
    [InlineData("{0}/dat*/a")]
    [InlineData("{0}")]
    [InlineData("/")]
    [InlineData("~")]
    [InlineData("~/.ssh/id_rsa")]
    [InlineData("relative.jsonl")]
    [InlineData("*")]
    [InlineData("../../../../../../../../etc/passwd")]
    [InlineData("/proc/self/environ")]
    [InlineData("")]
    [InlineData(" {0}/data/a")]
    [InlineData("{0}/data/a\0b")]
    [InlineData("{0}/data/a\nb")]
    [InlineData("@/etc/passwd")]
    [InlineData("@@/etc/passwd")]
    [InlineData("@")]
    [InlineData("@file:///etc/passwd")]
    [InlineData("@{0}/data/key.txt")]
    [InlineData("@https://data.example.org/other/list")]
    [InlineData("file:///etc/passwd")]
    [InlineData("file:/etc/passwd")]
    [InlineData("FILE://localhost/etc/passwd")]
    [InlineData("file:{0}/data/a")]
    [InlineData("ftp://data.example.org/crawl-data/a")]
    [InlineData("http://data.example.org/crawl-data/a")]
    [InlineData("https://data.example.org/other/a")]
    [InlineData("https://data.example.org/crawl-database/a")]
    [InlineData("https://data.example.org:444/crawl-data/a")]
    [InlineData("https://data.example.org.evil.example/crawl-data/a")]
    [InlineData("https://data.example.org@evil.example/crawl-data/a")]
    [InlineData("https://user:word@data.example.org/crawl-data/a")]
    [InlineData("https://data.example.org/crawl-data/../other/a")]
    [InlineData("https://data.example.org/crawl-data/%2e%2e/other/a")]
    [InlineData("https://data.example.org/crawl-data/%2E%2e%2fother/a")]
    [InlineData("https://data.example.org/crawl-data/..\\other/a")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    [InlineData("https:data.example.org")]
    [InlineData("s3://corpora/other/a")]
    [InlineData("s3://corpora/crawl/../other/a")]
    [InlineData("s3://corpora/*")]
    [InlineData("s3://corp*/crawl/a")]
    [InlineData("s3://other/crawl/a")]
    [InlineData("s3:///crawl/a")]
    [InlineData("s3://corpora/crawlers/a")]
    public void Everything_else_is_refused(string input) => Assert.NotNull(Within.RefuseInput(input.Replace("{0}", _folder, StringComparison.Ordinal)));

    [Theory]
    [InlineData("s3://")]
    [InlineData("file:///data")]
    [InlineData("https://user@host/")]
    [InlineData("")]
    public void A_root_that_is_none_is_an_error(string root) =>
        Assert.StartsWith($"Roots: '{root}'", Assert.Throws<PipelineException>(() => new Confinement([root], [], [])).Message);

    [Fact]
    public void Nothing_may_be_read_where_nothing_is_declared()
    {
        var nothing = new Confinement([], [], []);
        Assert.All((string[])[_folder, "/", ".", "s3://a/b", "https://a.example/", "a.jsonl"], input => Assert.NotNull(nothing.RefuseInput(input)));
    }

    [Fact]
    public void Every_problem_of_a_submitted_pipeline_names_its_line_and_column()
    {
        var yaml =
            $$"""
            name: a
            sources:
              - jsonl: { id: good, paths: ["{{_folder}}/data/*.jsonl"] }
              - jsonl:
                  id: bad
                  paths:
                    - {{_folder}}/data/*.jsonl
                    - ../../etc/passwd
                    - file:///etc/shadow
              - captions: { paths: ["{{_folder}}/data/c.csv"], allowOutside: true, fetch: { allowHosts: [intranet, localhost] } }
              - crawl: { seeds: ["https://example.org/"], allowHosts: ["169.254.169.254"] }
            stages:
              - clean
              - audit: { terms: /etc/hostname }
            """;
        var problems = Assert.Throws<PipelineException>(() => PipelineFile.Parse(yaml, "a.yaml", s_catalogue, within: Within)).Problems;
        Assert.Equal(
            [
                "a.yaml:8:11: 'paths' of source 'jsonl': '../../etc/passwd' is not in a folder that this service declares (Roots)",
                "a.yaml:9:11: 'paths' of source 'jsonl': 'file:///etc/shadow' is no path, s3://, or https:// address",
                $"a.yaml:10:{26 + _folder.Length + "/data/c.csv\"], allowOutside: ".Length}: 'allowOutside' of source 'captions': this is not for a pipeline that is submitted: it is set where the program runs",
                $"a.yaml:10:{26 + _folder.Length + "/data/c.csv\"], allowOutside: true, fetch: { allowHosts: [intranet, ".Length}: 'allowHosts' of 'fetch' of source 'captions': the host 'localhost' is not among the private hosts that this service declares (PrivateHosts)",
                "a.yaml:11:60: 'allowHosts' of source 'crawl': the host '169.254.169.254' is not among the private hosts that this service declares (PrivateHosts)",
                "a.yaml:14:21: 'terms' of stage 'audit': '/etc/hostname' is not in a folder that this service declares (Roots)",
            ],
            problems);
        // The same file is the user's own business on the command line.
        Assert.Equal("a", PipelineFile.Parse(yaml, "a.yaml", s_catalogue).Name);
    }

    [Fact]
    public void An_override_is_confined_like_the_file()
    {
        var yaml = $"name: a\nsources: [jsonl: {{ paths: ['{_folder}/data/a.jsonl'] }}]\nstages: [clean]";
        var problem = Assert.Throws<PipelineException>(() => PipelineFile.Parse(yaml, "a.yaml", s_catalogue, ["sources.jsonl.paths=[/etc/passwd]"], within: Within)).Message;
        Assert.Equal("--set sources.jsonl.paths=[/etc/passwd]: 'paths' of source 'jsonl': '/etc/passwd' is not in a folder that this service declares (Roots)", problem);
    }

    [Fact]
    public void A_variable_that_is_not_declared_is_never_read()
    {
        Environment.SetEnvironmentVariable("CORPUSFORGE_NOT_DECLARED", "top-secret-value-1");
        var file = Path.Combine(_folder, "secret", "key.txt");
        var yaml = $"name: a\nsources: [crawl: {{ seeds: ['https://example.org/'], userAgentContact: '${{env:CORPUSFORGE_NOT_DECLARED}}${{env:CORPUSFORGE_NOT_DECLARED:-x}}${{file:{file}}}' }}]\nstages: [clean]";
        var problems = Assert.Throws<PipelineException>(() => PipelineFile.Parse(yaml, "a.yaml", s_catalogue, within: Within)).Problems;
        Assert.Equal(3, problems.Count);
        Assert.Equal("a.yaml:2:71: ${env:CORPUSFORGE_NOT_DECLARED} is not among the variables that this service declares (Variables)", problems[0]);
        Assert.EndsWith($"${{file:{file}}} is not among the variables that this service declares (Variables)", problems[2]);
        // What is read is redacted from then on: what still prints was not read.
        Assert.Equal("top-secret-value-1", PipelineVariables.Redact("top-secret-value-1"));
        Assert.Equal("the secret", PipelineVariables.Redact("the secret"));
    }

    [Fact]
    public void A_declared_variable_is_read_and_what_it_brings_is_confined_too()
    {
        Environment.SetEnvironmentVariable("DECLARED", "/etc/declared-elsewhere");
        var yaml = "name: a\nsources: [jsonl: { paths: ['${env:DECLARED}'] }]\nstages: [clean]";
        var problem = Assert.Throws<PipelineException>(() => PipelineFile.Parse(yaml, "a.yaml", s_catalogue, within: Within)).Message;
        Assert.Contains("is not in a folder that this service declares", problem);
    }

    [Fact]
    public void A_huge_pipeline_is_refused_before_it_is_parsed()
    {
        var huge = "name: a\n" + new string('#', 50 << 20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("1,048,576 bytes", Assert.Throws<PipelineException>(() => PipelineFile.Parse(huge, "a.yaml", s_catalogue)).Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
        Assert.Contains("1,048,576 bytes", Assert.Throws<PipelineException>(() => PipelineFile.Parse("name: a", "a.yaml", s_catalogue, [$"name={huge}"])).Message);
    }

    public static TheoryData<string, string> Bombs => new()
    {
        { "nested lists", new string('[', 100_000) },
        { "nested lists that close", new string('[', 100_000) + new string(']', 100_000) },
        { "nested mappings", string.Concat(Enumerable.Repeat("{a: ", 100_000)) },
        { "nested keys", string.Concat(Enumerable.Repeat("{", 100_000)) },
        { "nested dashes", string.Concat(Enumerable.Repeat("- ", 100_000)) },
        { "nested question marks", string.Concat(Enumerable.Repeat("? ", 100_000)) },
        { "a line each", string.Concat(Enumerable.Range(0, 1000).Select(i => new string(' ', i) + "a:\n")) },
        { "lists a line each", string.Concat(Enumerable.Repeat("[\n", 100_000)) },
        { "aliases", "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n" },
        { "an alias of itself", "a: &a [*a]\n" },
        { "merge keys", "a: &a { b: c }\nd: { <<: *a }\n" },
        { "tags", string.Concat(Enumerable.Repeat("!!map {a: ", 50_000)) },
        { "many documents", string.Concat(Enumerable.Repeat("---\na: b\n", 50_000)) },
        { "many keys", "{" + string.Concat(Enumerable.Range(0, 50_000).Select(i => $"k{i}: v, ")) + "}" },
        { "many wrong settings", "name: a\nsources: [crawl: {" + string.Concat(Enumerable.Range(0, 50_000).Select(i => $"setting{i}: v, ")) + "}]\nstages: [clean]" },
        { "many wrong sources", "name: a\nsources: [" + string.Concat(Enumerable.Range(0, 50_000).Select(i => $"source{i}, ")) + "]\nstages: [clean]" },
        { "many wrong paths", "name: a\nsources: [jsonl: { paths: [" + string.Concat(Enumerable.Range(0, 50_000).Select(i => $"/etc/{i}, ")) + "] }]\nstages: [clean]" },
        { "a long line", "name: " + new string('a', 1 << 19) },
        { "NUL", "name: a\0b" },
        { "lone surrogate", "name: \"\\ud800\"" },
    };

    // A stack that overflows ends the process, and every test with it.
    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_bomb_is_refused_quickly(string name, string yaml)
    {
        var time = System.Diagnostics.Stopwatch.StartNew();
        var problems = Assert.Throws<PipelineException>(() => PipelineFile.Parse(yaml, "a.yaml", s_catalogue, within: Within)).Problems;
        Assert.InRange(problems.Count, 1, 110);
        Assert.Throws<PipelineException>(() => PipelineFile.Parse("name: a", "a.yaml", s_catalogue, [$"sources={yaml}"], within: Within));
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(30), $"{name} took {time.Elapsed}");
    }

    [Fact]
    public void An_override_cannot_nest_without_end()
    {
        var path = string.Join('.', Enumerable.Repeat("a", 100_000));
        Assert.Contains("nested deeper than 32", Assert.Throws<PipelineException>(() => PipelineFile.Parse("name: a", "a.yaml", s_catalogue, [$"{path}=1"])).Message);
    }

    [Fact]
    public void A_link_that_was_put_in_place_after_the_check_is_refused_when_the_input_is_read()
    {
        File.WriteAllText(Path.Combine(_folder, "data", "sub", "b[1].txt"), "b");
        var inputs = new Inputs(new MemoryDigestCache()) { Within = Within };
        Assert.Single(inputs.Glob([Path.Combine(_folder, "data", "sub", "*")]));
        File.CreateSymbolicLink(Path.Combine(_folder, "data", "sub", "late.txt"), "../../secret/key.txt");
        Assert.Contains("late.txt' is not in a folder", Assert.Throws<PipelineException>(() => inputs.Glob([Path.Combine(_folder, "data", "sub", "*")])).Message);
    }

    // Texts that sound like something outside and are not read.
    private static readonly HashSet<string> s_harmless = ["FilesSource.UrlPrefix", "JsonlSource.Url", "ParquetSource.Url", "CaptionsSource.Image", "CodeSource.Exclude", "CaptionsSource.FromPages"];

    [Fact]
    public void Every_setting_that_sounds_like_a_file_or_a_host_is_marked()
    {
        var unmarked = Records().SelectMany(r => Setting.Of(r).Select(s => (Name: $"{r.Name}.{s.Property.Name}", Setting: s)))
            .Where(s => s.Setting.Type == typeof(string) || Setting.ItemOf(s.Setting.Type) == typeof(string))
            .Where(s => Outside().IsMatch(s.Setting.Property.Name) && s.Setting.Reaches is null && !s_harmless.Contains(s.Name))
            .Select(s => s.Name);
        Assert.Empty(unmarked);
        Assert.True(Records().SelectMany(Setting.Of).Count(s => s.Reaches is Reach.Inputs) >= 7);
    }

    private static IEnumerable<Type> Records()
    {
        var todo = new Stack<Type>(s_catalogue.Sources.Concat(s_catalogue.Stages).Concat(s_catalogue.Steps).Select(e => e.Type));
        var seen = new HashSet<Type>();
        while (todo.TryPop(out var type))
        {
            if (!seen.Add(type))
                continue;
            yield return type;
            foreach (var setting in Setting.Of(type))
                if ((Setting.ItemOf(setting.Type) ?? setting.Type) is var inner && inner != typeof(ConfiguredStep) && Setting.IsNested(inner))
                    todo.Push(inner);
        }
    }

    [GeneratedRegex("path|file|model|list|vocab|folder|dir|url|uri|host|bucket|address|endpoint|terms|librar|torch|image|root|location|command|script", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();
}
