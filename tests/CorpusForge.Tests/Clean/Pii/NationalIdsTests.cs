using CorpusForge.Clean.Pii;
using Xunit;

namespace CorpusForge.Tests.Clean.Pii;

public class NationalIdsTests
{
    private static string[] Found(string text) =>
        [.. (PiiScanner.Scan(text, new PiiScope([PiiType.NationalId], false, [])) ?? []).Select(s => text.Substring(s.Start, s.Length))];

    // Numbers that authorities and manuals print as examples. A number with another last sign is none.
    [Theory]
    [InlineData("", "HEGG560427MVZRRL04"), InlineData("", "20-12345678-6"), InlineData("", "AB 12 34 56 C", false), InlineData("National Insurance ", "AB123456C", false), InlineData("", "12.345.678-5")]
    [InlineData("PPSN ", "1234567T"), InlineData("PPSN ", "1234567FA"), InlineData("NHS number ", "943 476 5919"), InlineData("SIN ", "130-692-544"), InlineData("CPF ", "52998224725")]
    [InlineData("", "85.07.30-033.28"), InlineData("NIR ", "255081416802538"), InlineData("SVNR ", "1237 010180", false), InlineData("", "756.9217.0769.85"), InlineData("Steuer-ID ", "86 095 742 719")]
    [InlineData("AMKA ", "01013099997"), InlineData("NIF ", "123456789"), InlineData("", "MRTMTT91D08F205J"), InlineData("", "54362315K")]
    [InlineData("fødselsnummer ", "15108695088"), InlineData("kennitala ", "120174-3399", false), InlineData("", "131052-308T"), InlineData("", "811218-9876"), InlineData("isikukood ", "36805280109", false)]
    [InlineData("", "710319/2745"), InlineData("CNP ", "1630615123457"), InlineData("ЕГН ", "7523169263"), InlineData("TAJ ", "111 111 110"), InlineData("PESEL ", "44051401359"), InlineData("", "112-233-445 95"), InlineData("ИНН ", "500100732259")]
    [InlineData("マイナンバー", "621498320257"), InlineData("身分證 ", "A123456789"), InlineData("", "1-2345-45678-78-1"), InlineData("ID ", "7503305044089"), InlineData("tax file number ", "123 456 782"), InlineData("תעודת זהות ", "039337423")]
    [InlineData("PAN ", "ACUPA7085R", false), InlineData("Aadhaar ", "2341 2341 2346"), InlineData("", "11010519491231002X"), InlineData("", "S1234567D"), InlineData("T.C. kimlik ", "10000000146")]
    public void Published_examples_are_found_and_numbers_with_another_check_digit_are_not(string word, string id, bool isChecked = true)
    {
        Assert.Equal([id], Found($"{word}{id}."));
        if (isChecked)
            Assert.Empty(Found($"{word}{id[..^1]}{(char.IsAsciiDigit(id[^1]) ? (char)('0' + ((id[^1] - '0' + 1) % 10)) : id[^1] == 'B' ? 'C' : 'B')}."));
    }

    [Theory]
    [InlineData("943 476 5919"), InlineData("111222333"), InlineData("44051401359"), InlineData("2341 2341 2346"), InlineData("123 456 782"), InlineData("10000000146"), InlineData("A123456789")]
    [InlineData("passionate 111222333"), InlineData("ossna 219 09 9999"), InlineData("12345678z")]
    public void A_common_form_needs_its_word(string text) => Assert.Empty(Found(text));

    [Theory]
    [InlineData("219-09-9999 is his SSN"), InlineData("(219-09-9999)"), InlineData("SSN:219-09-9999,"), InlineData("dni 12345678z"), InlineData("mrtmtt91d08f205j"), InlineData("SSN 219\u201109\u20119999"), InlineData("Nr. 1: 219-09-9999")]
    public void What_stands_around_does_not_matter(string text) => Assert.Single(Found(text));
}
