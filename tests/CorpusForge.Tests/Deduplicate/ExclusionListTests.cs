using CorpusForge.Deduplicate;
using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Deduplicate;

public sealed class ExclusionListTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    private static readonly string s_id = Document.IdOf("https://a.example/1", "x"u8);

    public static TheoryData<string, string?> Lines => new()
    {
        { "", null },
        { "# nothing yet\n\n  \r\n", null },
        { $"id:{s_id}", "excluded-id" },
        { $"id: {s_id.ToUpperInvariant()}\r\n", "excluded-id" },
        { "id:" + new string('0', 64), null },
        { "url:https://www.A.example:443/page?x=1#part", "excluded-url" },
        { "url:https://www.a.example/page?x=1   # asked for on paper", "excluded-url" },
        { "url:https://www.a.example/page", null },
        { "domain:a.example", "excluded-domain" },
        { "domain:WWW.a.example.", "excluded-domain" },
        { "domain:b.a.example", null },
        { "domain:.example", "excluded-domain" },
        { "url:https://copy.example/", "excluded-url" },
        { "domain:copy.example", "excluded-domain" },
        { "url:https://ann:secret@www.a.example./page?x=1", "excluded-url" },
        { "url:https://bücher.example:8443/caf%c3%a9", "excluded-url" },
        { "url:https://xn--bcher-kva.example:8443/café", "excluded-url" },
        { "url:https://bücher.example/café", null },
        { "url:http://[2001:DB8:0::1]/x", "excluded-url" },
        { "domain:[2001:db8::1]", "excluded-domain" },
        { $"sha256:{ExclusionList.ContentHash("the text")}", "excluded-content" },
        { $"sha256:{ExclusionList.ContentHash("the text ")}", null },
        { $"domain:else.example\nsha256:{ExclusionList.ContentHash("the text")}\n", "excluded-content" },
    };

    [Theory, MemberData(nameof(Lines))]
    public void A_document_is_left_out_by_what_its_line_names(string lines, string? rule)
    {
        File.WriteAllText(_file, lines);
        var document = new Document
        {
            Id = s_id,
            Kind = Kind.Text,
            Text = "the text",
            Source = "s",
            Locator = "l",
            Url = "https://www.a.example/page?x=1",
            Metadata = Document.NoMetadata.Add(DuplicateUrls.Key, """["not a url","https://copy.example",null,"https://BÜCHER.example.:8443/caf%C3%A9","http://[2001:db8::1]/x"]"""),
        };
        var view = new TextView();
        view.Reset(document);
        Assert.Equal(rule, ((IFilter)new Exclude { From = _file }.Open()).Judge(view).Rule);
    }

    [Theory]
    [InlineData("example.org"), InlineData("id:123"), InlineData("sha256:zz"), InlineData("id:x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"), InlineData("domain:"), InlineData("domain:a b"), InlineData("url:"), InlineData("domain:a.example/path")]
    public void Every_line_that_is_no_entry_is_named(string line)
    {
        File.WriteAllText(_file, $"# list\n{line}\n\n{line}\n");
        var error = Assert.Throws<PipelineException>(() => ExclusionList.Open(_file));
        Assert.Equal([2, 4], error.Problems.Select(p => int.Parse(p[_file.Length..].Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void The_digest_is_that_of_the_file_and_a_missing_file_is_a_mistake()
    {
        File.WriteAllText(_file, "domain:a.example\n");
        var before = new Exclude { From = _file }.ModelDigest;
        File.AppendAllText(_file, "domain:b.example\n");
        Assert.NotEqual(before, new Exclude { From = _file }.ModelDigest);
        File.WriteAllBytes(_file, [.. "url:https://a.example/caf"u8, 0xE9]);
        Assert.Contains("is no UTF-8", Assert.Throws<PipelineException>(() => ExclusionList.Open(_file)).Message);
        Assert.Contains("cannot be read", Assert.Throws<PipelineException>(() => ExclusionList.Open(_file + ".missing")).Message);
    }

    [Fact]
    public void Equal_steps_share_what_they_opened_and_it_goes_with_the_last()
    {
        File.WriteAllText(_file, "domain:a.example\n");
        var opened = OpenedByTwo(_file);
        for (var i = 0; i < 10 && opened.IsAlive; i++)
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
        }
        Assert.False(opened.IsAlive);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference OpenedByTwo(string file)
        {
            var one = StepRunner.Open(new Exclude { From = file });
            Assert.Same(one, StepRunner.Open(new Exclude { From = file }));
            return new WeakReference(one);
        }
    }

    [Fact]
    public void A_list_that_grows_counts_from_the_next_plan_on()
    {
        File.WriteAllText(_file, "domain:b.example\n");
        var (planned, digest) = (new Exclude { From = _file }, "");
        digest = OpenedSteps.DigestOf(planned);
        Assert.Null(RuleOf(planned));
        File.AppendAllText(_file, "domain:a.example\n");
        // The run that is going on keeps what it was planned with, the next one in the same process has the new line.
        Assert.Equal(digest, OpenedSteps.DigestOf(planned));
        Assert.Null(RuleOf(planned));
        var next = new Exclude { From = _file };
        Assert.NotEqual(digest, OpenedSteps.DigestOf(next));
        Assert.Equal("excluded-domain", RuleOf(next));
        // Planned, and changed before it was opened.
        var late = new Exclude { From = _file };
        File.AppendAllText(_file, "domain:c.example\n");
        var later = new Exclude { From = _file };
        _ = OpenedSteps.DigestOf(later);
        File.AppendAllText(_file, "domain:d.example\n");
        Assert.Contains("has changed since", Assert.Throws<PipelineException>(() => RuleOf(later)).Message);
        Assert.Equal("excluded-domain", RuleOf(late));

        static string? RuleOf(Exclude step)
        {
            var view = new TextView();
            view.Reset(new Document { Id = s_id, Kind = Kind.Text, Text = "the text", Source = "s", Locator = "l", Url = "https://www.a.example/" });
            return ((IFilter)StepRunner.Open(step)).Judge(view).Rule;
        }
    }

    public void Dispose() => File.Delete(_file);
}
