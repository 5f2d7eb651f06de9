using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Filter;

public class ToxicityWordsTests
{
    [Theory]
    [InlineData("Don't SHOUT", "dont shout")]
    [InlineData("h4te h@te hat3 $tupid sh!t", "hate hate hate stupid shit")]
    [InlineData("f*ck f**k ***", "f*ck f**k")]
    [InlineData("sooooo good booook", "so good bok")]
    [InlineData("killllled scummmm bozzzzo", "killed scum bozo")]
    [InlineData("h a t e", "hate")]
    [InlineData("I h a t e it", "i hate it")]
    [InlineData("f.u.c.k you", "fuck you")]
    [InlineData("a b", "a b")]
    [InlineData("Ｆｕｌｌ naïve ѕсum", "full naive scum")]
    [InlineData("ha\u200Bte v\u00ADile", "hate vile")]
    [InlineData("@user_1 see https://a.example/kill?x=1 now", "see now")]
    [InlineData("1984 a4 2nd", "aa 2nd")]
    [InlineData("#fail yes!", "fail yes")]
    public void What_looks_like_a_letter_is_that_letter(string text, string words) => Assert.Equal(words, string.Join(' ', Read(text)));

    [Theory]
    [InlineData("the deaf people sing", "the ID sing")]
    [InlineData("a black woman", "a ID")]
    [InlineData("Muslims, people of peace", "ID people of peace")]
    [InlineData("Jews. People pray.", "ID people pray")]
    public void The_name_of_a_group_is_one_word(string text, string words) => Assert.Equal(words, string.Join(' ', Read(text)));

    [Theory]
    [InlineData("He said \"go away now\" and left", "go away now")]
    [InlineData("He said “go away” and ‘stay’ too", "go away stay")]
    [InlineData("I don't think it's 'all right' here", "all right")]
    [InlineData("it is 6\" long and wide", "")]
    [InlineData("the dogs' bones and the cats' milk", "")]
    public void Words_between_marks_that_open_and_close_are_quoted(string text, string quoted)
    {
        var source = Words(text);
        Assert.Equal(quoted, string.Join(' ', source.Words.ToArray().Where(w => w.Quoted).Select(w => new string(source.LettersOf(w)))));
    }

    [Theory]
    [InlineData("die muslimischen Frauen singen", "die ID singen")]
    [InlineData("Die Schwulen Menschen, BEHINDERTE und Türken", "die ID ID und ID")]
    [InlineData("Fl\u0075\u0308chtlinge essen draußen", "ID essen draußen")]
    [InlineData("man woman black", "man woman black")]
    public void German_groups_are_one_word_and_english_ones_are_none_there(string text, string words) =>
        Assert.Equal(words, string.Join(' ', Read(text, ToxicityTerms.German)));

    [Fact]
    public void Reading_in_pieces_gives_the_same_words()
    {
        var text = string.Join(' ', Enumerable.Range(0, 300).Select(i => $"word{(char)('a' + (i % 26))} \"quoted\" k i l l"));
        var whole = Read(text);
        var (source, pieces) = (new ToxicityWords(ToxicityTerms.English), new List<string>());
        source.Clear();
        for (var at = 0; at < text.Length;)
        {
            at = source.Read(text, at, 60);
            var take = at < text.Length ? Math.Min(40, source.Words.Length) : source.Words.Length;
            pieces.AddRange(source.Words[..take].ToArray().Select(w => Shown(source, w)));
            source.Forget(take);
        }
        Assert.Equal(string.Concat(whole), string.Concat(pieces));
    }

    private static ToxicityWords Words(string text, ToxicityTerms? terms = null)
    {
        var source = new ToxicityWords(terms ?? ToxicityTerms.English);
        source.Clear();
        source.Read(text, 0, int.MaxValue);
        return source;
    }

    private static string[] Read(string text, ToxicityTerms? terms = null)
    {
        var source = Words(text, terms);
        return [.. source.Words.ToArray().Select(w => Shown(source, w))];
    }

    private static string Shown(ToxicityWords source, ToxicityWord word) => word.Role == TermRole.Identity ? "ID" : new string(source.LettersOf(word));
}
