using System.Collections.Frozen;

namespace CorpusForge.Clean.Pii;

/// <summary>The countries in which a document's telephone numbers may be dialled, by its top-level domain, else its language.</summary>
internal static class DialingRegions
{
    private static readonly FrozenDictionary<string, string[]> s_ofLanguage = new Dictionary<string, string[]>
    {
        ["af"] = ["ZA"],
        ["am"] = ["ET"],
        ["ar"] = ["SA", "AE", "EG"],
        ["az"] = ["AZ"],
        ["be"] = ["BY"],
        ["bg"] = ["BG"],
        ["bn"] = ["BD"],
        ["bs"] = ["BA"],
        ["ca"] = ["ES"],
        ["cs"] = ["CZ"],
        ["cy"] = ["GB"],
        ["da"] = ["DK"],
        ["de"] = ["DE", "AT", "CH"],
        ["el"] = ["GR"],
        ["en"] = ["US", "GB", "AU", "IE", "NZ", "ZA", "IN"],
        ["es"] = ["ES", "MX"],
        ["et"] = ["EE"],
        ["eu"] = ["ES"],
        ["fa"] = ["IR"],
        ["fi"] = ["FI"],
        ["fr"] = ["FR", "BE"],
        ["ga"] = ["IE"],
        ["gl"] = ["ES"],
        ["gu"] = ["IN"],
        ["he"] = ["IL"],
        ["hi"] = ["IN"],
        ["hr"] = ["HR"],
        ["hu"] = ["HU"],
        ["hy"] = ["AM"],
        ["id"] = ["ID"],
        ["is"] = ["IS"],
        ["it"] = ["IT"],
        ["ja"] = ["JP"],
        ["ka"] = ["GE"],
        ["kk"] = ["KZ"],
        ["km"] = ["KH"],
        ["kn"] = ["IN"],
        ["ko"] = ["KR"],
        ["lb"] = ["LU"],
        ["lo"] = ["LA"],
        ["lt"] = ["LT"],
        ["lv"] = ["LV"],
        ["mk"] = ["MK"],
        ["ml"] = ["IN"],
        ["mn"] = ["MN"],
        ["mr"] = ["IN"],
        ["ms"] = ["MY"],
        ["mt"] = ["MT"],
        ["my"] = ["MM"],
        ["nb"] = ["NO"],
        ["ne"] = ["NP"],
        ["nl"] = ["NL", "BE"],
        ["nn"] = ["NO"],
        ["no"] = ["NO"],
        ["pa"] = ["IN", "PK"],
        ["pl"] = ["PL"],
        ["pt"] = ["BR", "PT"],
        ["ro"] = ["RO"],
        ["ru"] = ["RU"],
        ["si"] = ["LK"],
        ["sk"] = ["SK"],
        ["sl"] = ["SI"],
        ["sq"] = ["AL"],
        ["sr"] = ["RS"],
        ["sv"] = ["SE"],
        ["sw"] = ["KE", "TZ"],
        ["ta"] = ["IN", "LK"],
        ["te"] = ["IN"],
        ["th"] = ["TH"],
        ["tl"] = ["PH"],
        ["tr"] = ["TR"],
        ["uk"] = ["UA"],
        ["ur"] = ["PK"],
        ["uz"] = ["UZ"],
        ["vi"] = ["VN"],
        ["zh"] = ["CN", "TW"],
        ["zu"] = ["ZA"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> s_domains = ("ae al ar at au az ba bd be bg bo br by ca ch cl cn co cr cy cz de dk do dz ec ee eg es fi fr ge gh gr gt hk hn hr hu id ie il in iq ir is it jo jp ke kr kw kz lb lk lt lu lv ma md mk mt mx my ng ni nl no np nz om pa pe ph pk pl pt py qa ro rs ru sa se sg si sk sn sv th tn tr tw tz ua ug uk uy uz ve vn za zm zw")
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
