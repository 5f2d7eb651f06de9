using System.IO.Compression;
using System.Text;
using CorpusForge.Deduplicate;
using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Deduplicate;

public sealed class DecontaminateTests : IDisposable
{
    private const string Long = "Which of these fourteen words, if any, would a model know by heart already?";
    private const string Short = "How many legs has a spider?";

    private readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-").FullName;

    [Theory]
    [InlineData("nothing to see", null, 0)]
    [InlineData("It asks: WHICH of these fourteen words if any would a model know, by heart already — it does", "evaluation-ngrams", 2)]
    [InlineData("Which of these fourteen words, if any, would a model know by heart", "evaluation-ngrams", 1)]
    [InlineData("of these fourteen words, if any, would a model know by heart", null, 0)]
    [InlineData("Which of these fourteen words, if any, would a human know by heart already?", null, 0)]
    [InlineData("they asked how many legs has a spider and left", "evaluation-item", 1)]
    [InlineData("how many legs has a spider; how many legs has a spider", "evaluation-item", 2)]
    [InlineData("how many legs has the spider", null, 0)]
    [InlineData("yes no", null, 0)]
    [InlineData("no no no no no no no", null, 0)]
    [InlineData("", null, 0)]
    public void A_text_that_holds_an_item_goes(string text, string? rule, double measured)
    {
        var step = new Decontaminate { Against = [Write("set.txt", $"{Long}\n\n{Short}\nyes no\nno no no no no no\n")] };
        var verdict = Judge(step, text);
        Assert.Equal((rule, measured), (verdict.Rule, verdict.Measured));
    }

    [Fact]
    public void Strings_of_json_lines_are_items_or_those_of_named_fields()
    {
        var file = Write("set.jsonl", $$"""{"id":7,"question":"{{Short}}","choices":[{"text":"{{Long}}"}]}""" + "\n\n");
        Assert.Equal("evaluation-item", Judge(new Decontaminate { Against = [file] }, Short).Rule);
        Assert.Equal("evaluation-ngrams", Judge(new Decontaminate { Against = [file] }, Long).Rule);
        Assert.Null(Judge(new Decontaminate { Against = [file], Fields = ["choices"] }, Short).Rule);
        Assert.Equal("evaluation-ngrams", Judge(new Decontaminate { Against = [file], Fields = ["choices"] }, Long).Rule);
        var unknown = Assert.Throws<PipelineException>(() => Judge(new Decontaminate { Against = [file], Fields = ["question", "choises"] }, Long));
        Assert.Equal("fields: no item of the evaluation sets has 'choises'; did you mean 'choices'?", unknown.Message);
        Assert.Null(Judge(new Decontaminate { Against = [file], MaxShared = 2 }, Long).Rule);
        Assert.Null(Judge(new Decontaminate { Against = [file], MinWords = 7 }, Short).Rule);
    }

    [Fact]
    public void Compressed_sets_are_read_and_what_cannot_be_is_a_mistake()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(Short));
        var file = Path.Combine(_folder, "set.txt.gz");
        File.WriteAllBytes(file, packed.ToArray());
        Assert.Equal("evaluation-item", Judge(new Decontaminate { Against = [file] }, Short).Rule);
        Assert.Contains("nothing would be looked for", Assert.Throws<PipelineException>(() => new Decontaminate { Against = [Write("none.jsonl", """{"q":"three words only"}""" + "\n")] }.ModelDigest).Message);
        Assert.Contains("nothing would be looked for", Assert.Throws<PipelineException>(() => new Decontaminate { Against = [Write("empty.jsonl", "")] }.ModelDigest).Message);
        Assert.Contains("worse.jsonl:1: not JSON", Assert.Throws<PipelineException>(() => new Decontaminate { Against = [Write("worse.jsonl", "{")] }.ModelDigest).Message);
        Assert.Contains("cannot be read", Assert.Throws<PipelineException>(() => new Decontaminate { Against = ["missing"] }.ModelDigest).Message);
        Assert.Contains("bad.jsonl:2: not JSON", Assert.Throws<PipelineException>(() => new Decontaminate { Against = [Write("bad.jsonl", "{}\n{")] }.Open()).Message);
    }

    private static Verdict Judge(Decontaminate step, string text)
    {
        var view = new TextView();
        view.Reset(new Document { Id = Document.IdOf("x", []), Kind = Kind.Text, Text = text, Source = "s", Locator = "l" });
        return ((IFilter)step.Open()).Judge(view);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(_folder, name), text);
        return Path.Combine(_folder, name);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
