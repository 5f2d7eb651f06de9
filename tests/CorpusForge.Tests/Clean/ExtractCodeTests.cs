using System.Text;
using CorpusForge.Clean;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class ExtractCodeTests
{
    static Extraction Extract(byte[] bytes, ExtractCode? step = null) => (step ?? new ExtractCode()).Extract(new RawDocument
    {
        Kind = Kind.Code,
        Source = "tree",
        Locator = "a.py@0",
        Language = "python",
        Bytes = bytes,
    });

    public static TheoryData<byte[], string> Read => new()
    {
        { "x = 1\r\ny = 2\rz\n"u8.ToArray(), "x = 1\ny = 2\nz\n" },
        { "\tif a:  \n\n\n\n\f\tb\u2028\n"u8.ToArray(), "\tif a:  \n\n\n\n\f\tb\u2028\n" },
        { Encoding.Latin1.GetBytes("// größer\n"), "// größer\n" },
        { [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("int x;\n")], "int x;\n" },
        { [.. Encoding.UTF8.GetPreamble(), .. "int x;\n"u8], "int x;\n" },
        { "end\n\0\0\0"u8.ToArray(), "end\n" },
    };

    [Theory, MemberData(nameof(Read))]
    public void Changes_only_charset_and_line_endings(byte[] bytes, string text)
    {
        var document = Extract(bytes).Document!;
        Assert.Equal((text, "python"), (document.Text, document.Language));
    }

    public static TheoryData<byte[], string> Dropped => new()
    {
        { [], "no-text" },
        { " \n"u8.ToArray(), "no-text" },
        { "abc\0def"u8.ToArray(), "binary" },
        { [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 52, 0, 1], "binary" },
    };

    [Theory, MemberData(nameof(Dropped))]
    public void Drops_and_names_the_rule(byte[] bytes, string rule) => Assert.Equal(rule, Extract(bytes).Verdict.Rule);

    [Fact]
    public void A_file_too_large_is_dropped() => Assert.Equal("file-too-large", Extract("12345"u8.ToArray(), new ExtractCode { MaxBytes = 4 }).Verdict.Rule);

    [Fact]
    public void Takes_code_and_nothing_else()
    {
        var raw = new RawDocument { Source = "s", Locator = "l", MediaType = "text/html" };
        Assert.False(new ExtractCode().Handles(raw));
        Assert.True(new ExtractCode().Handles(raw with { Kind = Kind.Code }));
    }
}
