using System.Text;

namespace CorpusForge.Host;

/// <summary>Two texts line by line, for people: what is the same is left out.</summary>
internal static class TextDiff
{
    // Beyond this the table would take longer than anybody waits; the middle is then shown as replaced.
    private const long MaxCells = 4_000_000;

    /// <summary>Lines that went (`-`) and came (`+`), in order.</summary>
    public static IReadOnlyList<(char Sign, string Line)> Of(string before, string after)
    {
        var (a, b) = (before.Split('\n'), after.Split('\n'));
        var start = 0;
        while (start < a.Length && start < b.Length && a[start] == b[start])
            start++;
        var (endA, endB) = (a.Length, b.Length);
        while (endA > start && endB > start && a[endA - 1] == b[endB - 1])
            (endA, endB) = (endA - 1, endB - 1);
        var (left, right) = (a[start..endA], b[start..endB]);
        if ((long)left.Length * right.Length > MaxCells)
            return [.. left.Select(l => ('-', l)), .. right.Select(l => ('+', l))];
        return Walk(left, right, Lengths(left, right));
    }

    /// <summary>Text that cannot steer the terminal: control characters and marks of direction as escapes, tabs as spaces.</summary>
    public static string Printable(string text)
    {
        var printable = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                printable.Append(c).Append(text[++i]);
            else if (c == '\t')
                printable.Append(' ');
            else if (char.IsControl(c) || char.IsSurrogate(c) || c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'))
                printable.Append($"\\u{(int)c:x4}");
            else
                printable.Append(c);
        }
        return printable.ToString();
    }

    // The longest common subsequence of every pair of tails.
    private static int[,] Lengths(string[] a, string[] b)
    {
        var lengths = new int[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var j = b.Length - 1; j >= 0; j--)
                lengths[i, j] = a[i] == b[j] ? lengths[i + 1, j + 1] + 1 : Math.Max(lengths[i + 1, j], lengths[i, j + 1]);
        }
        return lengths;
    }

    private static List<(char, string)> Walk(string[] a, string[] b, int[,] lengths)
    {
        var lines = new List<(char, string)>();
        var (i, j) = (0, 0);
        while (i < a.Length || j < b.Length)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
                (i, j) = (i + 1, j + 1);
            else if (i < a.Length && (j == b.Length || lengths[i + 1, j] >= lengths[i, j + 1]))
                lines.Add(('-', a[i++]));
            else
                lines.Add(('+', b[j++]));
        }
        return lines;
    }
}
