using System.Text;
using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Tests.Tokenize;

public class CharsMapTests
{
    [Fact]
    public void The_longest_or_the_shortest_entry_is_found()
    {
        var map = new CharsMap(Table(("a", "1"), ("abc", "333"), ("b", "22222222")));
        Assert.Equal(("333", 3), Find(map, "abcd", shortest: false));
        Assert.Equal(("1", 1), Find(map, "abcd", shortest: true));
        Assert.Equal(("1", 1), Find(map, "abd", shortest: false));
        Assert.Equal(("", 0), Find(map, "xa", shortest: false));
        Assert.Equal(8, map.Growth);
        Assert.Equal(("", 0), Find(new CharsMap([]), "a", shortest: true));
    }

    [Fact]
    public void A_table_that_is_cut_off_is_an_error() => Assert.Throws<FormatException>(() => new CharsMap(Table(("a", "1")).AsSpan(0, 400)));

    // Units that point anywhere, among them in circles.
    [Fact]
    public void No_table_makes_reading_endless_or_leaves_it()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var table = new byte[4 + (4 * 300) + 20];
            random.NextBytes(table);
            BitConverter.TryWriteBytes(table, 1200);
            for (var i = 4; i < 1204; i += 4)
                BitConverter.TryWriteBytes(table.AsSpan(i), (uint)(random.Next(256) | (random.Next(300) << 10) | (random.Next(2) << 8)));
            var map = new CharsMap(table);
            var text = new byte[64];
            random.NextBytes(text);
            map.Find(text, shortest: false, out var consumed);
            Assert.InRange(consumed, 0, 64);
        }
    }

    static (string, int) Find(CharsMap map, string text, bool shortest) =>
        (Encoding.UTF8.GetString(map.Find(Encoding.UTF8.GetBytes(text), shortest, out var consumed)), consumed);

    /// <summary>A double array with a block of 256 units for each node.</summary>
    internal static byte[] Table(params (string From, string To)[] entries)
    {
        var strings = new MemoryStream();
        var nodes = new List<(Dictionary<byte, int> Children, int Value)> { ([], -1) };
        foreach (var (from, to) in entries)
        {
            var node = 0;
            foreach (var b in Encoding.UTF8.GetBytes(from))
            {
                if (!nodes[node].Children.TryGetValue(b, out var next))
                {
                    nodes[node].Children[b] = next = nodes.Count;
                    nodes.Add(([], -1));
                }
                node = next;
            }
            nodes[node] = (nodes[node].Children, (int)strings.Length);
            strings.Write(Encoding.UTF8.GetBytes(to + "\0"));
        }
        // The block of node n begins at 256 (n + 1). A unit's offset is relative to where it lies, by exclusive or; offsets of blocks are shifted by eight.
        var units = new uint[256 * (nodes.Count + 1)];
        units[0] = Unit(0, 0, 256, false);
        for (var n = 0; n < nodes.Count; n++)
        {
            var block = 256 * (n + 1);
            if (nodes[n].Value >= 0)
                units[block] = 0x8000_0000 | (uint)nodes[n].Value;
            foreach (var (label, child) in nodes[n].Children)
                units[block ^ label] = Unit((uint)(block ^ label), label, (uint)(256 * (child + 1)), nodes[child].Value >= 0);
        }
        return [.. BitConverter.GetBytes(4 * units.Length), .. System.Runtime.InteropServices.MemoryMarshal.AsBytes(units.AsSpan()), .. strings.ToArray()];

        static uint Unit(uint at, byte label, uint target, bool leaf)
        {
            var offset = at ^ target;
            return ((offset & 0xFF) == 0 ? ((offset >> 8) << 10) | 0x200 : offset << 10) | (leaf ? 0x100U : 0) | label;
        }
    }
}
