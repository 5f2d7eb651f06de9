using System.Text;

namespace CorpusForge.Read;

/// <summary>Recognises the full texts of well-known licences by phrases that are distinctive of them.</summary>
/// <remarks>
/// A text is compared as lower-case words with single spaces. It is recognised when all phrases of exactly one licence are there, nothing
/// is there that changes it (a rider, a second licence), and it is not much longer than the licence. A GPL or LGPL text alone
/// grants that version only; "or later" would stand in the files that it covers.
/// </remarks>
public static class LicenseText
{
    private const string Disclaimer = "provided as is";
    private const string BsdDisclaimer = "as is and any express or implied warranties";

    // Words that turn a known licence into another one.
    private static readonly string[] s_riders =
        ["commons clause", "shall be used for good", "non commercial use only", "noncommercial use only", "additional terms apply"];

    // The same, where the licence itself does not use such words.
    private static readonly string[] s_conditions =
    [
        "may not be removed", "must display", "you may not", "must not be", "general public license", "alternatively", "unmodified", "unchanged",
        "without modification immediately", "first lines",
    ];

    private static readonly Known[] s_known =
    [
        new("Apache-2.0", 2200, ["apache license version 2 0 january 2004", "terms and conditions for use reproduction and distribution",
            "grant of patent license", "limitation of liability"], []),
        new("MIT", 210, ["permission is hereby granted free of charge to any person obtaining a copy",
            "to deal in the software without restriction", "shall be included in all copies or substantial portions", Disclaimer],
            ["except as contained in this notice", "redistributions in binary form", .. s_conditions]),
        new("BSD-2-Clause", 240, ["redistribution and use in source and binary forms", "redistributions of source code must retain",
            "redistributions in binary form must reproduce", BsdDisclaimer],
            ["neither the name", "names of", "all advertising materials", "patent", "acknowledg", "may not be called", .. s_conditions]),
        new("BSD-3-Clause", 270, ["redistribution and use in source and binary forms", "redistributions of source code must retain",
            "redistributions in binary form must reproduce", "to endorse or promote products derived from", BsdDisclaimer],
            ["all advertising materials", "patent", "acknowledg", "may not be called", .. s_conditions]),
        new("ISC", 150, ["permission to use copy modify and or distribute this software for any purpose with or without fee is hereby granted",
            "appear in all copies", Disclaimer], s_conditions),
        new("GPL-2.0-only", 3400, ["gnu general public license version 2 june 1991", "end of terms and conditions", "no warranty"], []),
        new("GPL-3.0-only", 6300, ["gnu general public license version 3 29 june 2007", "end of terms and conditions", "conveying modified source versions"],
            ["gnu affero general public license version 3 19", "gnu lesser general public license version 3 29"]),
        new("AGPL-3.0-only", 6200, ["gnu affero general public license version 3 19 november 2007", "end of terms and conditions",
            "remote network interaction"], []),
        new("LGPL-2.1-only", 4800, ["gnu lesser general public license version 2 1 february 1999", "end of terms and conditions"], []),
        new("LGPL-3.0-only", 1500, ["gnu lesser general public license version 3 29 june 2007", "exception to section 3 of the gnu gpl", "combined works"], []),
        new("MPL-2.0", 3000, ["mozilla public license version 2 0", "covered software", "distribution of source form", "disclaimer of warranty"], []),
        new("Unlicense", 280, ["this is free and unencumbered software released into the public domain", "anyone is free to copy modify publish"], []),
        new("CC0-1.0", 1300, ["cc0 1 0 universal", "statement of purpose", "affirmer", "public license fallback"], []),
        new("CC-BY-4.0", 3300, ["attribution 4 0 international", "by exercising the licensed rights", "section 3 license conditions"],
            ["sharealike 4 0", "noncommercial", "noderivatives"]),
        new("CC-BY-SA-4.0", 3600, ["attribution sharealike 4 0 international", "by exercising the licensed rights", "section 3 license conditions",
            "adapter s license"], ["noncommercial", "noderivatives"]),
    ];

    /// <summary>The SPDX id of the licence whose text this is, or null when that is not certain.</summary>
    public static string? Recognize(string text)
    {
        var words = Words(text, out var count);
        if (s_riders.Any(words.Contains))
            return null;
        var found = s_known.Where(k => count <= k.MaxWords && k.Is(words)).Take(2).ToList();
        return found.Count == 1 ? found[0].Id : null;
    }

    private static string Words(string text, out int count)
    {
        var words = new StringBuilder(text.Length).Append(' ');
        count = 0;
        foreach (var c in text)
        {
            if (char.IsLetterOrDigit(c))
                words.Append(char.ToLowerInvariant(c));
            else if (words[^1] != ' ' && ++count > 0)
                words.Append(' ');
        }
        return words.Append(' ').ToString();
    }

    private sealed record Known(string Id, int MaxWords, string[] Phrases, string[] Never)
    {
        public bool Is(string words) =>
            Phrases.All(p => words.Contains(p, StringComparison.Ordinal)) && !Never.Any(p => words.Contains(p, StringComparison.Ordinal));
    }
}
