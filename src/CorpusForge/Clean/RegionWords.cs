using System.Collections.Frozen;
using CorpusForge.Clean.Html;

namespace CorpusForge.Clean;

internal readonly record struct RegionWord(Hints Hint, string Word);

/// <summary>The words by which elements call themselves navigation, footer, comments and the like.</summary>
internal static class RegionWords
{
    /// <summary>In characters: longer classes are made by programs.</summary>
    private const int MaxLength = 2000;

    private static readonly FrozenDictionary<string, RegionWord> s_words = Words();
    private static readonly FrozenDictionary<string, RegionWord>.AlternateLookup<ReadOnlySpan<char>> s_wordLookup =
        s_words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>For each length the letters that words of it begin with: most words need no look-up.</summary>
    private static readonly uint[] s_firstLetters = FirstLetters();

    /// <summary>The next known word of a class or id, which is cut at what is no letter and where lower case meets upper case.</summary>
    public static bool TryNext(ReadOnlySpan<char> value, ref int at, out RegionWord known)
    {
        known = default;
        if (value.Length > MaxLength)
            return false;
        while (at < value.Length)
        {
            if (!char.IsAsciiLetter(value[at]))
            {
                at++;
                continue;
            }
            var start = at++;
            while (at < value.Length && char.IsAsciiLetter(value[at]) && !(char.IsAsciiLetterUpper(value[at]) && char.IsAsciiLetterLower(value[at - 1])))
                at++;
            var word = value[start..at];
            if (word.Length < s_firstLetters.Length && (s_firstLetters[word.Length] >> (word[0] & 31) & 1) != 0 && s_wordLookup.TryGetValue(word, out known))
                return true;
        }
        return false;
    }

    public static Hints HintOfTag(Tag tag) => tag switch
    {
        Tag.Nav => Hints.Navigation,
        Tag.Header => Hints.Header,
        Tag.Footer or Tag.Aside => Hints.Boilerplate,
        Tag.Form => Hints.Form,
        Tag.Main => Hints.Main,
        Tag.Article => Hints.Article,
        Tag.Dialog => Hints.Dialog,
        Tag.Noscript => Hints.Hidden,
        _ => Hints.None,
    };

    public static Hints HintOfRole(string role) => role switch
    {
        "main" => Hints.Main,
        "article" => Hints.Article,
        "navigation" or "menu" or "menubar" or "search" or "toolbar" or "tablist" or "tooltip" => Hints.Navigation,
        "contentinfo" or "complementary" => Hints.Boilerplate,
        "banner" => Hints.Header,
        "dialog" or "alertdialog" => Hints.Dialog,
        _ => Hints.None,
    };

    /// <summary>Whether a style says that the element is not shown.</summary>
    public static bool Hides(ReadOnlySpan<char> style)
    {
        if (style.Length > 500 || !style.Contains("none", StringComparison.OrdinalIgnoreCase) && !style.Contains("hidden", StringComparison.OrdinalIgnoreCase))
            return false;
        var dense = style.ToString().Replace(" ", "", StringComparison.Ordinal);
        return dense.Contains("display:none", StringComparison.OrdinalIgnoreCase) || dense.Contains("visibility:hidden", StringComparison.OrdinalIgnoreCase);
    }

    private static uint[] FirstLetters()
    {
        var letters = new uint[s_words.Keys.Max(w => w.Length) + 1];
        foreach (var word in s_words.Keys)
            letters[word.Length] |= 1u << (word[0] & 31);
        return letters;
    }

    private static FrozenDictionary<string, RegionWord> Words()
    {
        var words = new Dictionary<string, RegionWord>(StringComparer.OrdinalIgnoreCase);
        Set(Hints.Navigation, "nav navbar navigation navigator menu menus submenu megamenu breadcrumb breadcrumbs pagination pager paginator paging skip skiplink toolbar topbar sitemap crumbs crumb navi subnav topnav mainnav pagenavi toc");
        Set(Hints.Boilerplate, "footer foot footers copyright colophon sidebar sidebars rail sidebarright sidebarleft widget widgets share sharing shares social socials sociable addtoany addthis sharedaddy related recommended recommendation recommendations recirc promo promos promotion sponsor sponsors sponsored advert adverts advertisement advertising ads ad adsense adslot banners cookie cookies consent gdpr newsletter newsletters subscribe subscription signup signin login popup popover modal modals lightbox toast tooltip trending popular outbrain taboola cta disclaimer masthead offcanvas byline postmeta taglist tagcloud authorbox livefyre printonly noprint upsell crosssell signature signatures postprofile userextras reactions");
        Set(Hints.Comments, "comment comments commentlist respond discussion replies disqus");
        Set(Hints.Header, "header");
        Set(Hints.Hidden, "visuallyhidden screenreader");
        return words.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

        void Set(Hints hints, string names)
        {
            foreach (var word in names.Split(' '))
                words[word] = new RegionWord(hints, word);
        }
    }
}
