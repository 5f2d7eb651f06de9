using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Runs;

public sealed class GlobPatternTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-glob-").FullName;

    public GlobPatternTests()
    {
        foreach (var name in (string[])["a.txt", "b.md", "sub/c.txt", "sub/deep/d.txt", "sub/deep/[e].txt", ".hidden/f.txt"])
        {
            var path = Path.Combine(_folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, name);
        }
    }

    [Theory]
    [InlineData("*.txt", "a.txt")]
    [InlineData("?.m[cd]", "b.md")]
    [InlineData("sub/*.txt", "c.txt")]
    [InlineData("**/*.txt", ".hidden/f.txt a.txt sub/c.txt sub/deep/[e].txt sub/deep/d.txt")]
    [InlineData("sub/**", "c.txt deep/[e].txt deep/d.txt")]
    [InlineData("sub", "c.txt deep/[e].txt deep/d.txt")]
    [InlineData("sub/d*/d.txt", "deep/d.txt")]
    [InlineData("a.txt", "a.txt")]
    [InlineData("*.none", "")]
    [InlineData("absent/*.txt", "")]
    public void Finds_files_by_name_relative_to_the_fixed_part(string pattern, string names) =>
        Assert.Equal(names, string.Join(' ', GlobPattern.Parse($"{_folder}/{pattern}").Files().Select(f => f.Name)));

    [Theory, InlineData("~/corpus/*.txt", "/corpus"), InlineData("~", "")]
    public void A_tilde_is_the_home_folder(string pattern, string below) =>
        Assert.Equal(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + below, GlobPattern.Parse(pattern).Root);

    [Fact]
    public void A_pattern_without_a_match_is_an_error_that_says_where_it_looked()
    {
        var error = Assert.Throws<PipelineException>(() => Inputs.Find([$"{_folder}/*.none"]));
        Assert.Contains("*.none' matches no file", error.Message);
        Assert.Contains(_folder, error.Message);
    }

    [Fact]
    public void A_file_that_two_patterns_find_is_read_once() =>
        Assert.Equal(["a.txt"], Inputs.Find([$"{_folder}/*.txt", $"{_folder}/a.*"]).Select(f => f.Name));

    [Fact]
    public void The_digest_follows_the_content()
    {
        var inputs = new Inputs(new MemoryDigestCache());
        var path = Path.Combine(_folder, "a.txt");
        var before = inputs.DigestOf(path);
        Assert.Equal(before, inputs.DigestOf(path));
        File.WriteAllText(path, "other content");
        Assert.NotEqual(before, inputs.DigestOf(path));
    }

    [Fact]
    public void A_link_has_the_length_and_the_digest_of_the_file_that_it_points_to()
    {
        var target = Path.Combine(_folder, "sub/c.txt");
        var link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(Path.Combine(_folder, "between"), target);
        File.CreateSymbolicLink(link, "between");
        var inputs = new Inputs(new MemoryDigestCache());
        var file = Assert.Single(inputs.Glob([link]));
        Assert.Equal((new FileInfo(target).Length, inputs.DigestOf(target)), (file.Bytes, file.Digest));
        File.WriteAllText(target, "longer than it was before");
        Assert.Equal(new FileInfo(target).Length, Assert.Single(inputs.Glob([link])).Bytes);
        Assert.NotEqual(file.Digest, Assert.Single(inputs.Glob([link])).Digest);
        Assert.Equal(new FileInfo(target).Length, new LocalStorage(_folder).Length("link"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
