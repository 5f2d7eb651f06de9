using System.Collections.Frozen;

namespace CorpusForge.Clean.Pii;

/// <summary>The countries in which a document's telephone numbers may be dialled, by its top-level domain, else its language.</summary>
internal static class DialingRegions
{
    private static readonly FrozenDictionary<string, string[]> s_ofLanguage = new Dictionary<string, string[]>
    {
        ["bg"] = ["BG"],
        ["cs"] = ["CZ"],
        ["da"] = ["DK"],
        ["de"] = ["DE", "AT", "CH"],
        ["el"] = ["GR"],
        ["en"] = ["US", "GB", "AU", "IE", "NZ", "ZA", "IN"],
        ["es"] = ["ES", "MX"],
        ["et"] = ["EE"],
        ["fi"] = ["FI"],
        ["fr"] = ["FR", "BE"],
        ["he"] = ["IL"],
        ["hi"] = ["IN"],
        ["hr"] = ["HR"],
        ["hu"] = ["HU"],
        ["id"] = ["ID"],
        ["it"] = ["IT"],
        ["ja"] = ["JP"],
        ["ko"] = ["KR"],
        ["nl"] = ["NL", "BE"],
        ["nb"] = ["NO"],
        ["no"] = ["NO"],
        ["pl"] = ["PL"],
        ["pt"] = ["BR", "PT"],
        ["ro"] = ["RO"],
        ["ru"] = ["RU"],
        ["sk"] = ["SK"],
        ["sl"] = ["SI"],
        ["sv"] = ["SE"],
        ["th"] = ["TH"],
        ["tr"] = ["TR"],
        ["uk"] = ["UA"],
        ["vi"] = ["VN"],
        ["zh"] = ["CN", "TW"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> s_domains = ("ae ar at au be bg br ca ch cl cn co cz de dk ee es fi fr gr hk hr hu ie il in is it jp kr lt lu lv ma mx my ng nl no nz pe ph pk pl pt ro rs ru sa se sg si sk th tr tw ua uk vn za")
        .Split(' ').ToFrozenSet(StringComparer.Ordinal);

    // With neither, those whose numbers begin with a zero, which little else does.
    private static readonly string[] s_any = ["US", "GB", "FR", "DE", "IT", "NL", "AU", "JP", "BR", "CN", "AT", "CH", "SE", "BE", "IN", "RO", "TR", "UA", "IE"];

    /// <summary>A country's domain as `.de`, a language as `de`, or nothing.</summary>
    public static string PlaceOf(Document document)
    {
        if (document.Url is { } text && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Host.LastIndexOf('.') is > 0 and var dot && s_domains.Contains(url.Host[(dot + 1)..]))
            return url.Host[dot..];
        return document.Language is { } language && s_ofLanguage.ContainsKey(language) ? language : "";
    }

    public static IReadOnlyList<string> Of(string place) => place switch
    {
        "" => s_any,
        ['.', .. var country] => Of([country]),
        _ => s_ofLanguage[place],
    };

    /// <summary>Countries as libphonenumber knows them, to which the United Kingdom is `GB`.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> countries) => [.. countries.Select(c => c.ToUpperInvariant()).Select(c => c == "UK" ? "GB" : c)];
}
