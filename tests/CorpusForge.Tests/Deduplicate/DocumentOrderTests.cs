using CorpusForge.Deduplicate;
using Xunit;

namespace CorpusForge.Tests.Deduplicate;

public sealed class DocumentOrderTests
{
    [Fact]
    public void Ids_sort_as_people_would()
    {
        string[] sorted = ["", "10", "doc-1", "doc-1-copy", "doc-2", "doc-9", "doc-10", "doc-101", "dóc"];
        Assert.Equal(sorted, sorted.Reverse().OrderBy(DocumentOrder.BroughtOf));
        Assert.True(DocumentOrder.BroughtOf("page-12345678") < DocumentOrder.BroughtOf("page-12345679"));
        Assert.True(DocumentOrder.BroughtOf("zzzzzzzzzzzzzzzzzzzz") < DocumentOrder.BroughtOf(null));
        Assert.Equal(DocumentOrder.BroughtOf("0123456789012345678901234567"), DocumentOrder.BroughtOf("0123456789012345678901234568"));
    }

    [Fact]
    public void All_that_was_brought_counts_and_the_place_does_not()
    {
        var document = new Document { Id = "a", Kind = Kind.Text, Text = "t", Source = "s", Locator = "f@1" };
        Document[] others =
        [
            document with { SourceId = "" }, document with { Url = "" }, document with { Title = "x" }, document with { License = "x" }, document with { Consent = "x" },
            document with { Metadata = Document.NoMetadata.Add("a", "") }, document with { Metadata = Document.NoMetadata.Add("", "a") },
        ];
        Assert.Equal(others.Length + 1, others.Append(document).Select(d => DocumentOrder.ContentOf(d, 1)).Distinct().Count());
        Assert.NotEqual(DocumentOrder.ContentOf(document, 1), DocumentOrder.ContentOf(document, 2));
        Assert.Equal(DocumentOrder.ContentOf(document, 1), DocumentOrder.ContentOf(document with { Id = "b", Locator = "g@2" }, 1));
    }
}
