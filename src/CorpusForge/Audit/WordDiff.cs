namespace CorpusForge.Audit;

/// <summary>A stretch of words that two texts have in common, or that only this one has.</summary>
public sealed record DiffPiece(string Text, bool Differs);

/// <summary>Where two texts differ, word by word, cut to what a person reads: the words around the first differences.</summary>
public static class WordDiff
{
    // The table of the longest common subsequence has the square of it.
    private const int MaxWords = 300;
    private const int Context = 8;
    private const int MaxShown = 120;

    /// <summary>The pieces of one and of the other; what is left out between them is an ellipsis.</summary>
    public static (IReadOnlyList<DiffPiece> One, IReadOnlyList<DiffPiece> Two) Of(string one, string two)
    {
        string[] a = one.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), b = two.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var start = 0;
        while (start < a.Length && start < b.Length && a[start] == b[start])
            start++;
        var (endA, endB) = (a.Length, b.Length);
        while (endA > start && endB > start && a[endA - 1] == b[endB - 1])
            (endA, endB) = (endA - 1, endB - 1);
        var (cutA, cutB) = (Math.Min(endA, start + MaxWords), Math.Min(endB, start + MaxWords));
        var words = Walk(a[start..cutA], b[start..cutB]);
        if (cutA == endA && cutB == endB)
            words.AddRange(a[endA..].Select(w => (Side.Both, w)));
        words.InsertRange(0, a[..start].Select(w => (Side.Both, w)));
        return (Pieces(words, Side.Two), Pieces(words, Side.One));
    }

    private enum Side
    {
        Both,
        One,
        Two,
    }

    private static List<DiffPiece> Pieces(List<(Side Side, string Word)> words, Side other)
    {
        var pieces = new List<DiffPiece>();
        var shown = 0;
        for (var i = 0; i < words.Count && shown < MaxShown;)
        {
            var (from, side) = (i, words[i].Side);
            while (i < words.Count && words[i].Side == side)
                i++;
            if (side == other)
                continue;
            var run = words.GetRange(from, i - from).ConvertAll(w => w.Word);
            if (side == Side.Both)
                run = Shortened(run, first: from == 0, last: i == words.Count);
            run = run[..Math.Min(run.Count, MaxShown - shown)];
            shown += run.Count;
            pieces.Add(new DiffPiece(string.Join(' ', run), side != Side.Both));
        }
        if (shown == MaxShown)
            pieces.Add(new DiffPiece("…", false));
        return pieces;
    }

    // What is the same matters only next to what is not.
    private static List<string> Shortened(List<string> run, bool first, bool last)
    {
        var (before, after) = (first ? 0 : Context, last ? 0 : Context);
        if (first && last)
            (before, after) = (Context, Context);
        return run.Count <= before + after + 1 ? run : [.. run[..before], "…", .. run[^after..]];
    }

    private static List<(Side, string)> Walk(string[] a, string[] b)
    {
        var common = new int[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var j = b.Length - 1; j >= 0; j--)
                common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }
        var words = new List<(Side, string)>();
        for (var (i, j) = (0, 0); i < a.Length || j < b.Length;)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
            {
                words.Add((Side.Both, a[i]));
                (i, j) = (i + 1, j + 1);
            }
            else if (i < a.Length && (j == b.Length || common[i + 1, j] >= common[i, j + 1]))
            {
                words.Add((Side.One, a[i++]));
            }
            else
            {
                words.Add((Side.Two, b[j++]));
            }
        }
        return words;
    }
}
