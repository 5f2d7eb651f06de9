using System.Text;
using CorpusForge.Clean;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class CharsetGuessTests
{
    [Theory]
    [InlineData("windows-1252", "Die Fähre verließ den Hafen wegen des Nebels eine Stunde zu spät, und niemand störte sich daran, außer dem müden Fährmann.")]
    [InlineData("windows-1250", "Prom wypłynął z portu godzinę później z powodu mgły, ale nikomu na pokładzie to nie przeszkadzało.")]
    [InlineData("iso-8859-2", "Přestože pršelo celý týden, vlaky jezdily včas a lidé na nádraží čekali, až přijede ředitel, který šel pěšky.")]
    [InlineData("windows-1251", "Паром вышел из порта на час позже из-за тумана, но никто на борту не жаловался.")]
    [InlineData("koi8-r", "Паром вышел из порта на час позже из-за тумана, но никто на борту не жаловался.")]
    [InlineData("koi8-u", "Пором вийшов із гавані на годину пізніше через туман, але ніхто на борту не скаржився.")]
    [InlineData("iso-8859-5", "Паром вышел из порта на час позже из-за тумана, но никто на борту не жаловался.")]
    [InlineData("cp866", "Паром вышел из порта на час позже из-за тумана, но никто на борту не жаловался.")]
    [InlineData("windows-1253", "Το πλοίο έφυγε από το λιμάνι με μία ώρα καθυστέρηση λόγω της ομίχλης.")]
    [InlineData("windows-1254", "Feribot sis yüzünden limandan bir saat geç ayrıldı, ama kimse bundan şikâyet etmedi.")]
    [InlineData("windows-1255", "המעבורת יצאה מהנמל באיחור של שעה בגלל הערפל, אבל איש לא התלונן.")]
    [InlineData("windows-1256", "غادرت العبارة الميناء متأخرة ساعة كاملة بسبب الضباب ولم يشتك أحد من الركاب.")]
    [InlineData("windows-874", "เรือข้ามฟากออกจากท่าช้าไปหนึ่งชั่วโมงเพราะหมอก แต่ไม่มีใครบ่น")]
    [InlineData("shift_jis", "霧のため、フェリーは一時間遅れて港を出ましたが、誰も文句を言いませんでした。")]
    [InlineData("euc-jp", "霧のため、フェリーは一時間遅れて港を出ましたが、誰も文句を言いませんでした。")]
    [InlineData("iso-2022-jp", "霧のため、フェリーは一時間遅れて港を出ましたが、誰も文句を言いませんでした。")]
    [InlineData("gb18030", "因为大雾，渡轮晚了一个小时才离开港口，但是船上没有人抱怨。")]
    [InlineData("big5", "因為大霧，渡輪晚了一個小時才離開港口，但是船上沒有人抱怨。")]
    [InlineData("euc-kr", "안개 때문에 배가 한 시간 늦게 항구를 떠났지만 아무도 불평하지 않았다.")]
    [InlineData("utf-16", "霧のため、フェリーは一時間遅れて港を出ましたが、誰も文句を言いませんでした。")]
    [InlineData("utf-16BE", "因为大雾，渡轮晚了一个小时才离开港口，但是船上没有人抱怨。")]
    [InlineData("utf-16", "Паром вышел из порта на час позже из-за тумана, но никто на борту не жаловался.")]
    public void Text_without_a_label_is_read_as_it_was_written(string charset, string text)
    {
        var page = $"<html><head><title>{text}</title></head><body class=\"main\"><p>{text}</p></body></html>";
        foreach (var written in (string[])[text, page])
            Assert.Equal((written, charset), Charset.Decode(Encoding.GetEncoding(charset).GetBytes(written), null, html: true));
    }

    [Theory]
    [InlineData("Паром вышел из порта.")]
    [InlineData("渡轮晚了一个小时")]
    [InlineData("Plain ASCII, 1984.")]
    [InlineData("Barn door was lost")]
    [InlineData("<br><br><br><br><br><br>")]
    [InlineData("<p> a b c d e f g h i j k l")]
    [InlineData("1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9")]
    [InlineData("é")]
    [InlineData("")]
    public void Valid_utf8_is_never_guessed_at(string text) => Assert.Equal((text, "utf-8"), Charset.Decode(Encoding.UTF8.GetBytes(text), null));

    [Fact]
    public void A_label_is_believed_before_a_guess() =>
        Assert.Equal("iso-8859-5", Charset.Decode(Encoding.GetEncoding("iso-8859-5").GetBytes("Паром вышел из порта"), "iso-8859-5").Name);

    [Fact]
    public void Any_bytes_have_some_charset()
    {
        var random = new SplitMix64(5);
        for (var length = 0; length < 300; length++)
        {
            var bytes = new byte[length];
            foreach (ref var b in bytes.AsSpan())
                b = (byte)random.Next(256);
            Assert.NotNull(Charset.Decode(bytes, null).Text);
        }
    }

    [Fact]
    public void Words_outside_ascii_are_what_is_judged()
    {
        var marked = new char[64];
        Assert.Equal("caf\u00E9 \uA4D0a\uA4D1 \u00E9\uA4D2\u00C9 ", new string(marked, 0, CharsetGuess.Marked("The <b>caf\u00E9</b> of ©a\u0081 \u00E9\u00C9", marked)));
    }
}
