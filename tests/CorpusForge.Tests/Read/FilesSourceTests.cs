using CorpusForge.Read;
using Xunit;

namespace CorpusForge.Tests.Read;

public sealed class FilesSourceTests : IDisposable
{
    private readonly SourceRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("a.html", "x", "text/html")]
    [InlineData("a.HTM", "x", "text/html")]
    [InlineData("a.xhtml", "x", "application/xhtml+xml")]
    [InlineData("a.md", "<html>", "text/markdown")]
    [InlineData("a.xml", "<?xml version='1.0'?>", "application/xml")]
    [InlineData("page", " \r\n<!DocType HTML><p>", "text/html")]
    [InlineData("page.php", "\uFEFF<html lang='en'>", "text/html")]
    [InlineData("page", "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>", "application/xhtml+xml")]
    [InlineData("feed", "<?xml version='1.0'?><rss>", "application/xml")]
    [InlineData("README", "Read me.", "text/plain")]
    [InlineData("paper", "%PDF-1.7", "application/pdf")]
    [InlineData("data", "a\0b", null)]
    [InlineData("empty", "", null)]
    public void Media_type_is_that_of_the_extension_else_of_the_content(string name, string content, string? mediaType)
    {
        var document = Assert.Single(_run.Read(Source(_run.Write(name, content))));
        Assert.Equal(mediaType, document.MediaType);
        Assert.Equal(content, SourceRun.Text(document));
        Assert.Equal($"{name}@0", document.Locator);
        Assert.Null(document.Url);
    }

    [Theory]
    [InlineData(LicenseFrom.None, null, null)]
    [InlineData(LicenseFrom.Nuspec, "ISC", "license-file:one/1.0/docs/Terms.txt")]
    [InlineData(LicenseFrom.Nearest, "ISC", "license-file:one/1.0/docs/Terms.txt")]
    public void The_licence_file_that_a_package_names_is_read_and_is_an_input(LicenseFrom from, string? license, string? evidence)
    {
        _run.Write("one/1.0/one.nuspec", "<package><metadata><license type=\"file\">docs\\Terms.txt</license><licenseUrl>https://aka.ms/deprecateLicenseUrl</licenseUrl></metadata></package>");
        _run.Write("one/1.0/docs/Terms.txt", "SPDX-License-Identifier: ISC");
        _run.Write("one/1.0/lib/net10.0/one.xml", "<doc/>");
        var source = Source(_run.Folder + "/**/*.xml") with { LicenseFrom = from };
        var document = Assert.Single(_run.Read(source));
        Assert.Equal((license, evidence), (document.License, document.LicenseEvidence));
        Assert.Equal(from == LicenseFrom.None ? 1 : 3, SourceRun.Plan(source).Sum(s => s.Files.Count));
    }

    [Theory, InlineData("../two/Terms.txt"), InlineData("/etc/hostname"), InlineData("none.txt"), InlineData("")]
    public void A_licence_file_outside_of_the_package_or_missing_is_evidence_only(string named)
    {
        _run.Write("one/one.nuspec", $"<package><metadata><license type=\"file\">{named}</license></metadata></package>");
        _run.Write("two/Terms.txt", "SPDX-License-Identifier: ISC");
        _run.Write("one/a.xml", "<doc/>");
        var document = Assert.Single(_run.Read(Source(_run.Folder + "/**/*.xml") with { LicenseFrom = LicenseFrom.Nuspec }));
        Assert.Equal((null, $"package-manifest:one/one.nuspec=file {named}".TrimEnd()), (document.License, document.LicenseEvidence));
    }

    [Fact]
    public void A_link_to_nothing_stops_the_plan_and_is_named()
    {
        File.CreateSymbolicLink(Path.Combine(_run.Folder, "dead.txt"), "nowhere");
        Assert.Contains("dead.txt cannot be read", Assert.Throws<PipelineException>(() => SourceRun.Plan(new FilesSource { Paths = [_run.Folder] })).Message);
    }

    [Fact]
    public void Links_to_folders_are_not_entered_so_that_loops_end()
    {
        _run.Write("in/a.txt", "x");
        Directory.CreateSymbolicLink(_run.Folder + "/in/loop", _run.Folder + "/in");
        Directory.CreateSymbolicLink(_run.Folder + "/in/again", _run.Folder + "/in");
        Directory.CreateSymbolicLink(_run.Folder + "/root", _run.Folder + "/in");
        Assert.Equal(["a.txt@0"], _run.Read(Source(_run.Folder + "/root")).Select(d => d.Locator));
    }

    [Fact]
    public void A_file_that_may_not_be_read_stops_the_plan_and_is_named()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess || OperatingSystem.IsWindows(), "needs a user who may not read everything");
        var path = _run.Write("a.txt", "x");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.None);
        Assert.Contains("a.txt", Assert.Throws<UnauthorizedAccessException>(() => SourceRun.Plan(Source(path))).Message);
    }

    [Fact]
    public void Prefix_and_licence_come_from_the_settings()
    {
        _run.Write("in/sub/a.txt", "x");
        var document = Assert.Single(_run.Read(Source(_run.Folder + "/in/**") with { UrlPrefix = "https://example.org/", License = "CC0-1.0" }));
        Assert.Equal("https://example.org/sub/a.txt", document.Url);
        Assert.Equal(("CC0-1.0", "setting:license"), (document.License, document.LicenseEvidence));
    }

    [Theory, InlineData(3, null), InlineData(2, "too-large")]
    public void A_file_exactly_on_the_limit_stays(long limit, string? rule) =>
        Assert.Equal(rule, Assert.Single(_run.Read(Source(_run.Write("a.txt", "abc")) with { MaxBytes = limit })).Verdict.Rule);

    [Fact]
    public void A_file_that_changed_since_the_plan_fails_its_unit()
    {
        var source = Source(_run.Write("a.txt", "before"));
        var slice = SourceRun.Plan(source)[0];
        _run.Write("a.txt", "after it grew");
        Assert.Throws<InputException>(() => _run.Read(source, slice).ToList());
        _run.Write("a.txt", "cut");
        Assert.Throws<InputException>(() => _run.Read(source, slice).ToList());
    }

    private static FilesSource Source(string path) => new() { Paths = [path] };
}
