using CorpusForge.Filter;
using CsCheck;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class RedPajamaSignalsTests
{
    private static Dictionary<string, double> Measure(Document document, RedPajamaSignals? settings = null)
    {
        var recorder = new SignalRecorder { Step = "s" };
        Assert.True(((IFilter)(settings ?? new RedPajamaSignals()).Open()).Judge(View(document, recorder)).Kept);
        return recorder.Values.ToDictionary(v => v.Key[2..], v => v.Value);
    }

    private static Dictionary<string, double> Measure(string text) => Measure(Document(text));

    [Fact]
    public void There_are_forty_six() => Assert.Equal(46, Measure("").Count);

    // Blocks of ASCII are counted by their bits, others character by character: with other spaces the same comes out.
    [Fact]
    public void Blocks_of_ascii_are_counted_as_single_characters_are()
    {
        string[] pieces = ["the", "and", "AB", "Mill", "x1", "12", "_", ".", "!", "?", "...", ",", "'", "\"", "-", "#", new('q', 31), new('Q', 40), "sixteenletterxxx", "don't", "\"Quoted", "end).", "Javascript", " ", " ", " ", "  ", "\x1f", "\n"];
        string[] signals = ["rps-doc-stop-word-fraction", "rps-doc-symbol-to-word-ratio", "rps-doc-frac-all-caps-words", "rps-doc-frac-no-alph-words", "rps-doc-num-sentences",
            "rps-doc-word-count", "rps-doc-mean-word-length", "rps-doc-frac-unique-words", "rps-doc-unigram-entropy", "rps-lines-numerical-chars-fraction", "rps-lines-uppercase-letter-fraction", "minhash-signature-0-8"];
        Gen.Int[0, pieces.Length - 1].Array[1, 200].Sample(a =>
        {
            var text = string.Concat(a.Select(i => pieces[i]));
            var (ascii, other) = (Measure(text), Measure(text.Replace(' ', '\u2003')));
            return signals.All(s => ascii[s].Equals(other[s]));
        });
    }

    // Counted by hand.
    [Theory]
    [InlineData("rps-doc-word-count", "The mill's wheel — stood still.", 6)]
    [InlineData("rps-doc-mean-word-length", "ab, abcd", 3)]
    [InlineData("rps-doc-num-sentences", "One. Two!? ... Three", 3)]
    [InlineData("rps-doc-symbol-to-word-ratio", "a # b ... c", 0.4)]
    [InlineData("rps-doc-frac-lines-end-with-ellipsis", "a...\nb\nc…\nd", 0.5)]
    [InlineData("rps-doc-frac-no-alph-words", "ab 12 é x1", 0.5)]
    [InlineData("rps-doc-frac-unique-words", "a A b c.", 0.75)]
    [InlineData("rps-doc-unigram-entropy", "a b a b", 0.693147)]
    [InlineData("rps-doc-frac-all-caps-words", "AB Ab A1 12", 0.5)]
    [InlineData("rps-doc-stop-word-fraction", "the mill and x", 0.5)]
    [InlineData("rps-doc-curly-bracket", "{ab}", 0.5)]
    [InlineData("rps-doc-lorem-ipsum", "Lorem, ipsum xx", 0.071429)]
    [InlineData("rps-lines-ending-with-terminal-punctution-mark", "a.\nb\nc”\nd ! ", 0.75)]
    [InlineData("rps-lines-javascript-counts", "Javascript, JAVASCRIPT!\nscript", 2)]
    [InlineData("rps-lines-num-words", "a b\nc", 1.5)]
    [InlineData("rps-lines-numerical-chars-fraction", "a1\nab", 0.25)]
    [InlineData("rps-lines-start-with-bulletpoint", "• a\n– b\n- c\nd", 0.5)]
    // The line feed is a character of its line.
    [InlineData("rps-lines-uppercase-letter-fraction", "Ab\nab", 0.166667)]
    [InlineData("rps-lines-uppercase-letter-fraction", "\nA\n", 0.25)]
    // A raised n and the º of numbers are small letters, Roman numerals capitals.
    [InlineData("rps-doc-frac-all-caps-words", "RTKⁿ Nº IV Ⅷ NASA", 0.6)]
    // The separators of ASCII are white space, in blocks and after them.
    [InlineData("rps-doc-word-count", "one two\u001fthree\u001cfour five six seven eight nine ten eleven\u001dtwelve", 12)]
    [InlineData("rps-lines-ending-with-terminal-punctution-mark", "End.\x1f\nNo end", 0.5)]
    [InlineData("rps-doc-frac-chars-top-2gram", "a b c A, b d", 0.666667)]
    [InlineData("rps-doc-frac-chars-top-3gram", "a b c d", 0)]
    [InlineData("rps-doc-frac-chars-dupe-5grams", "a b c d e x a b c d e", 0.909091)]
    [InlineData("rps-doc-frac-chars-dupe-6grams", "a b c d e x a b c d e", 0)]
    // What cannot be there is nought, not unknown.
    [InlineData("rps-doc-lorem-ipsum", "...", 0)]
    [InlineData("rps-doc-curly-bracket", "", 0)]
    [InlineData("rps-doc-stop-word-fraction", "", 0)]
    [InlineData("ccnet-length", "abcd", 4)]
    [InlineData("ccnet-nlines", "a\n\nb\n", 3)]
    public void Measures_as_published(string signal, string text, double value) => Assert.Equal(value, Measure(text)[signal]);

    [Fact]
    public void Lists_and_what_the_document_brings_are_read()
    {
        var folder = Directory.CreateTempSubdirectory();
        File.WriteAllText(Path.Combine(folder.FullName, "domains"), "bad.example\n");
        var words = Path.Combine(folder.FullName, "words.txt");
        File.WriteAllText(words, "wicked\nvery wicked mill\n");
        var settings = new RedPajamaSignals { BadWords = words, Ut1 = [folder.FullName] };
        var document = Document("The very WICKED mill.") with
        {
            Url = "https://www.bad.example/x",
            LanguageScore = 0.75,
            Metadata = CorpusForge.Document.NoMetadata.Add("ccnet-perplexity", "120.5"),
        };
        var found = Measure(document, settings);
        Assert.Equal((2, 1, 0.75, 120.5), (found["rps-doc-ldnoobw-words"], found["rps-doc-ut1-blacklist"], found["ccnet-language-score"], found["ccnet-perplexity"]));
        Assert.Equal(0, Measure(document with { Url = "https://good.example/" }, settings)["rps-doc-ut1-blacklist"]);
        Assert.NotEqual(new RedPajamaSignals().ModelDigest, settings.ModelDigest);
        Assert.Throws<PipelineException>(() => new RedPajamaSignals { BadWords = words + "x" }.Open());
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Equal_texts_and_only_they_have_equal_signatures()
    {
        var text = string.Join(' ', Words(40));
        var (one, same, other) = (Measure(text), Measure(text.ToUpperInvariant() + "!"), Measure(text + " " + string.Join(' ', Words(400, 'x'))));
        Assert.Equal(one["minhash-signature-1-0"], same["minhash-signature-1-0"]);
        Assert.NotEqual(one["minhash-signature-1-0"], other["minhash-signature-1-0"]);
    }

    [Fact]
    public void Broken_texts_are_measured()
    {
        foreach (var text in (string[])["\0", "\ud800", "\udc00é", "é\ud83d\n", new string('\n', 10_000), new string('İ', 10_000), "........"])
            Assert.Equal(46, Measure(text).Count);
    }

    [Fact]
    public void Without_a_recorder_nothing_is_measured() => Assert.True(((IFilter)new RedPajamaSignals().Open()).Judge(View("a")).Kept);
}
