namespace CorpusForge;

/// <summary>Published recipes as lists of steps: `preset: NAME` in a list of steps stands for all of them.</summary>
/// <remarks>Only what works on one document alone; what a recipe deduplicates is a stage. The limits are the published ones, which are the defaults of the steps unless a line says otherwise.</remarks>
public static class Presets
{
    /// <summary>By name: the steps as a pipeline file would list them.</summary>
    public static IReadOnlyDictionary<string, string> Catalogue { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        // Rae et al. 2021, arXiv:2112.11446, table A1 and section A.1.1.
        ["gopher"] = "[gopher-repetition, gopher-quality]",
        ["massive-text"] = "[gopher-quality, gopher-repetition]",
        // Raffel et al. 2020, arXiv:1910.10683, section 2.2: the lines go, then the documents.
        ["c4"] = "[c4-lines, c4-quality]",
        // Penedo et al. 2024, arXiv:2406.17557, section 3; language by another model than theirs.
        ["fineweb"] = "[language: { keep: [en], minScore: 0.65 }, gopher-repetition, gopher-quality, c4-quality: { terminalPunctuation: false }, fineweb-quality]",
        // Li et al. 2024, arXiv:2406.11794, the heuristics of RefinedWeb without its lists of addresses and its classifier.
        ["dclm"] = "[language: { keep: [en], minScore: 0.65 }, gopher-quality, gopher-repetition, dclm-lines]",
        // Together 2023, RedPajama-Data-V2; needs `signals: all`.
        ["redpajama-signals"] = "[redpajama-signals]",
        // Li et al. 2023, arXiv:2305.06161, and Lozhkov et al. 2024, arXiv:2402.19173.
        ["starcoder"] = "[code-quality]",
    };
}
