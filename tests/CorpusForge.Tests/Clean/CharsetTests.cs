using System.Text;
using CorpusForge.Clean;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class CharsetTests
{
    static CharsetTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    static readonly string?[] s_labels = [null, "utf-8", "utf-16", "gb18030", "bogus", "iso-2022-jp", "utf-7"];

    const string German = "Die Straße über den großen Fluß führt nach Köln, wo schöne Bücher für jeden zu haben sind.";
    const string Russian = "Река поднялась ночью, и к утру нижний луг стоял под водой. Никто в деревне не помнил такого.";
    const string Japanese = "川は夜のうちに増水し、朝には下の牧草地が水に浸かっていた。村の誰もそんな洪水を覚えていなかった。";

    public static TheoryData<string, string, string?, string, string> Cases => new()
    {
        // text, written in, label of the transport, meta, expected name
        { German, "utf-8", null, "", "utf-8" },
        { German, "windows-1252", "ISO-8859-1", "", "windows-1252" },
        { German, "windows-1252", null, "<meta charset=latin1>", "windows-1252" },
        { German, "windows-1252", null, "<meta http-equiv='Content-Type' content='text/html; charset=windows-1252'>", "windows-1252" },
        { German, "windows-1252", "no-such-charset", "", "windows-1252" },
        { German, "utf-8", "iso-8859-1", "<meta charset=iso-8859-1>", "utf-8" },
        { German, "windows-1252", "utf-16", "", "windows-1252" },
        { German, "utf-16", null, "", "utf-16" },
        { German, "utf-16BE", null, "", "utf-16BE" },
        { Russian, "windows-1251", null, "", "windows-1251" },
        { Russian, "koi8-r", "KOI8-R", "", "koi8-r" },
        { Russian, "koi8-r", null, "", "koi8-r" },
        { Russian, "windows-1251", "windows-1251", "<meta charset=utf-8>", "windows-1251" },
        { Japanese, "shift_jis", "Shift_JIS", "", "shift_jis" },
        { Japanese, "shift_jis", null, "", "shift_jis" },
        { Japanese, "euc-jp", null, "<meta charset='euc-jp'>", "euc-jp" },
        { Japanese, "iso-2022-jp", "iso-2022-jp", "", "iso-2022-jp" },
        { "plain", "us-ascii", null, "", "utf-8" },
        { "", "utf-8", null, "", "utf-8" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Finds_the_charset(string text, string writtenIn, string? label, string meta, string name)
    {
        var encoding = Encoding.GetEncoding(writtenIn);
        var page = meta + text;
        Assert.Equal((page, name), Charset.Decode(encoding.GetBytes(page), label, html: true));
    }

    [Fact]
    public void A_byte_order_mark_wins_and_is_not_in_the_text()
    {
        foreach (var encoding in (Encoding[])[Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32])
            Assert.Equal((German, encoding.WebName), Charset.Decode([.. encoding.GetPreamble(), .. encoding.GetBytes(German)], "koi8-r"));
    }

    [Fact]
    public void A_page_cut_inside_a_character_is_still_utf_8()
    {
        var bytes = Encoding.UTF8.GetBytes(Russian);
        var (text, name) = Charset.Decode(bytes.AsSpan(0, bytes.Length - 2), null);
        Assert.Equal("utf-8", name);
        Assert.StartsWith("Река поднялась", text);
        Assert.Equal(text, Charset.WellFormed(text));
    }

    [Fact]
    public void Whatever_the_bytes_are_the_text_is_well_formed() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, 6].Select(i => s_labels[i])).Sample((bytes, label) =>
        {
            var text = Charset.Decode(bytes, label, html: true).Text;
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(text) >= 0;
        });

    // Attributes are kept as UTF-8 and cannot hold lone surrogates: a fact with a table.
    [Fact]
    public void Lone_surrogates_are_replaced()
    {
        foreach (var (text, expected) in ((string, string)[])[("a\uD800b", "a\uFFFDb"), ("\uDC00", "\uFFFD"), ("x\uD83D", "x\uFFFD"), ("\uD83D\uD83D\uDE00", "\uFFFD\U0001F600")])
            Assert.Equal(expected, Charset.WellFormed(text));
    }

    [Fact]
    public void Well_formed_text_is_the_same_instance() => Assert.Same(German, Charset.WellFormed(German));
}
