using System.Runtime.CompilerServices;
using CorpusForge.Filter;
using CorpusForge.Tokenize;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Examples;

/// <summary>The C# that the documentation shows is compiled here, and does what it is shown for.</summary>
public class ExamplesTests
{
    [Theory]
    [InlineData("CONTRIBUTING.md", "MostlyLetters.cs")]
    [InlineData("docs/tokens.md", "ReadTokens.cs")]
    public void The_documentation_shows_what_is_compiled(string page, string file)
    {
        var folder = Here();
        var shown = Lines(Path.Combine(folder, "../../..", page)).SkipWhile(l => l != "```csharp").Skip(1).TakeWhile(l => l != "```").Where(l => !l.StartsWith("using CorpusForge", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(shown);
        Assert.Contains(string.Join('\n', shown), string.Join('\n', Lines(Path.Combine(folder, file))));
    }

    [Theory]
    [InlineData("ab12", null)]
    [InlineData("a123", "too-few-letters")]
    [InlineData("", "too-few-letters")]
    public void Too_few_letters_are_dropped(string text, string? rule) => Assert.Equal(rule, new MostlyLetters().Judge(View(text)).Rule);

    [Theory]
    [InlineData(257)]
    [InlineData(100_277)]
    public void The_reader_tells_the_tokens_of_the_training_split(int vocabulary)
    {
        var path = Path.GetTempFileName();
        using (var file = File.Create(path))
        using (var writer = new TokenShardWriter(file, new TokenShardInfo
        {
            Tokenizer = "t",
            TokenizerSha256 = new string('0', 64),
            VocabularySize = vocabulary,
            EndOfText = null,
            StageDigest = "d",
        }))
        {
            writer.Append(new TokenRow { Id = "kept", Kind = Kind.Text, Source = "s" }, [1, 2, 3]);
            writer.Append(new TokenRow { Id = "held", Kind = Kind.Text, Source = "s", Validation = true }, [4]);
            writer.Close();
        }
        using var told = new StringWriter();
        ReadTokens.Run(path, told);
        File.Delete(path);
        Assert.Equal("kept: 3 tokens", told.ToString().Trim());
    }

    private static IEnumerable<string> Lines(string path) => File.ReadLines(path).Select(l => l.Trim()).Where(l => l.Length > 0);

    private static string Here([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
