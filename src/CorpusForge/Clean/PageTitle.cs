namespace CorpusForge.Clean;

/// <summary>Takes the name of the site off a page's title.</summary>
internal static class PageTitle
{
    private static readonly string[] s_separators = [" | ", " - ", " – ", " — ", " · ", " • ", " :: ", " » ", " « ", " / ", " ~ ", ": ", "｜", " ｜ ", "_", " — "];

    /// <summary>The title without its first or last part where that is the site's name, as the page declares it or as its host spells it.</summary>
    public static string Clean(string title, string? site, Uri? page)
    {
        foreach (var separator in s_separators)
        {
            var last = title.LastIndexOf(separator, StringComparison.Ordinal);
            if (last > 0 && IsSite(title[(last + separator.Length)..], site, page))
                return title[..last].TrimEnd();
        }
        foreach (var separator in s_separators)
        {
            var first = title.IndexOf(separator, StringComparison.Ordinal);
            if (first > 0 && first + separator.Length < title.Length && IsSite(title[..first], site, page))
                return title[(first + separator.Length)..].TrimStart();
        }
        return title;
    }

    private static bool IsSite(string part, string? site, Uri? page)
    {
        var name = Letters(part);
        if (name.Length == 0)
            return false;
        if (site is not null && name == Letters(site))
            return true;
        if (page is null || !page.IsAbsoluteUri)
            return false;
        // example.org calls itself Example, The Example or Example.org.
        var host = page.IdnHost.StartsWith("www.", StringComparison.OrdinalIgnoreCase) ? page.IdnHost[4..] : page.IdnHost;
        var labels = host.Split('.');
        return name == Letters(host) || name.Length > 3 && labels.Take(Math.Max(1, labels.Length - 1)).Any(l => name == Letters(l) || name == "the" + Letters(l));
    }

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
