namespace CorpusForge.Clean.Content;

/// <summary>What the page around its text says that helps to tell content apart.</summary>
/// <param name="Title">The title, in whose words the main heading is found.</param>
/// <param name="Description">The description for search engines and previews.</param>
/// <param name="Forum">Whether answers are the content and not comments on it.</param>
/// <param name="Kind">What the page declares itself to be.</param>
internal sealed record PageFacts(string? Title, string? Description, bool Forum, PageKind Kind);

/// <summary>What a page declares itself to be, by JSON-LD or Open Graph; the later one wins where it says several.</summary>
internal enum PageKind
{
    Unknown,
    Website,
    List,
    Article,
    Product,
}
