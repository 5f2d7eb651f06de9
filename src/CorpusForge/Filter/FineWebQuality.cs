namespace CorpusForge.Filter;

/// <summary>FineWeb's own rules: lists, menus and repeated lines that the Gopher and C4 rules let through.</summary>
/// <remarks>Penedo et al. 2024, arXiv:2406.17557, section 3.6, with the published thresholds. Lines of white space do not count.</remarks>
public sealed record FineWebQuality : IFilter
{
    public Kinds For => Kinds.Text;
    public int Version => 2;

    /// <summary>`parity` measures as datatrove does, for English only; see the guide for the differences.</summary>
    public Mode Mode { get; init; }

    /// <summary>Of lines that end with final punctuation.</summary>
    public double MinTerminalShare { get; init; } = 0.12;

    /// <summary>In characters; up to it a line is short.</summary>
    public int ShortLineLength { get; init; } = 30;

    public double MaxShortLineShare { get; init; } = 0.67;

    /// <summary>Of characters in lines that came before.</summary>
    public double MaxDuplicateLineCharShare { get; init; } = 0.01;

    /// <summary>Line breaks per token.</summary>
    public double MaxNewlinesPerWord { get; init; } = 0.3;

    public Verdict Judge(TextView text) => Mode == Mode.Parity ? JudgeParity(text) : text.Verdict
        .AtLeast("empty", text.FilledLineCount, 1)
        .AtLeast("too-few-terminated-lines", text.TerminalShare, MinTerminalShare)
        .AtMost("mostly-short-lines", text.ShortLineShare(ShortLineLength), MaxShortLineShare)
        .AtMost("duplicate-line-characters", text.DuplicateFilledLineCharShare, MaxDuplicateLineCharShare)
        .AtMost("list-like", text.NewlinesPerToken, MaxNewlinesPerWord);

    private Verdict JudgeParity(TextView text)
    {
        var parity = text.Parity;
        var lines = parity.FilledLines(ShortLineLength);
        return text.Verdict
            .AtLeast("empty", lines.Count, 1)
            .AtLeast("too-few-terminated-lines", lines.Terminal, MinTerminalShare)
            .AtMost("mostly-short-lines", lines.Short, MaxShortLineShare)
            .AtMost("duplicate-line-characters", lines.Duplicate, MaxDuplicateLineCharShare)
            .AtMost("list-like", (double)text.Text.Count('\n') / parity.Tokens.Length, MaxNewlinesPerWord);
    }
}
