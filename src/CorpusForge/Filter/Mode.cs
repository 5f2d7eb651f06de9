namespace CorpusForge.Filter;

/// <summary>Whose definitions of words, lines and sentences a filter measures by.</summary>
public enum Mode
{
    /// <summary>Those of this program, the same in all filters and fit for all languages.</summary>
    Own,

    /// <summary>Those of datatrove 0.10 for English, quirks included, so that its verdicts come out.</summary>
    Parity,
}
