namespace CorpusForge.Clean;

/// <summary>How much is kept of what is not clearly the main content of a page.</summary>
public enum ExtractionMode
{
    Precision,
    Balanced,
    Recall,
}
