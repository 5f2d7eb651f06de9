namespace CorpusForge.Clean;

/// <summary>How the main content of a page is written.</summary>
public enum ExtractionFormat
{
    /// <summary>Lines and blank lines; items behind a dash, cells apart by bars.</summary>
    Text,

    /// <summary>CommonMark with pipe tables.</summary>
    Markdown,
}
