using System.Text;
using CorpusForge.Read;
using Xunit;

namespace CorpusForge.Tests.Read;

public class LineReaderTests
{
    [Theory, InlineData("\n"), InlineData("\r\n")]
    public void A_line_of_exactly_the_limit_is_taken_however_the_stream_comes(string feed)
    {
        using var lines = new LineReader(new Trickle(Encoding.UTF8.GetBytes($"12345{feed}123456{feed}1")), maxLineBytes: 5);
        Assert.Equal((true, false, "12345", 5L), (lines.Next(), lines.TooLong, Encoding.UTF8.GetString(lines.Line), lines.Length));
        Assert.Equal((true, true, "", 6L), (lines.Next(), lines.TooLong, Encoding.UTF8.GetString(lines.Line), lines.Length));
        Assert.Equal((true, false, "1", 11L + (2 * feed.Length)), (lines.Next(), lines.TooLong, Encoding.UTF8.GetString(lines.Line), lines.Offset));
        Assert.False(lines.Next());
    }

    /// <summary>Gives one byte at a time.</summary>
    sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));
    }
}
