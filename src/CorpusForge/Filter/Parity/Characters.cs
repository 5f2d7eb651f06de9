using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace CorpusForge.Filter.Parity;

/// <summary>What spaCy's and Python's rules call a letter, a mark or white space; they differ from .NET's and from Unicode's.</summary>
internal static class Characters
{
    /// <summary>Scripts whose letters have no case and count as lower and upper at once; with the punctuation in these blocks.</summary>
    private static readonly (int First, int Last)[] s_uncased =
    [
        (0x0591, 0x05F4), (0x0620, 0x064A), (0x066E, 0x06D5), (0x06E5, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08BD), (0x0900, 0x09FF), (0x0B80, 0x0BFF), (0x0C00, 0x0CFF),
        (0x0D80, 0x0DFF), (0x1100, 0x137F), (0x2E80, 0x2FDF), (0x2FF0, 0x30FF), (0x31C0, 0x31EF), (0x3200, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF),
        (0xFB1D, 0xFBB1), (0xFBD3, 0xFD3D), (0xFD50, 0xFDC7), (0xFDF0, 0xFDFB), (0xFE30, 0xFE4F), (0xFE70, 0xFEFC),
    ];

    /// <summary>Latin with its extensions, Greek and Cyrillic.</summary>
    private static readonly (int First, int Last)[] s_cased =
    [
        ('A', 'Z'), ('a', 'z'), (0x00C0, 0x00D6), (0x00D8, 0x00F6), (0x00F8, 0x01BF), (0x01C4, 0x02AF), (0x0386, 0x0386), (0x0388, 0x038A), (0x038C, 0x038C), (0x038E, 0x038F),
        (0x0391, 0x03A9), (0x03AC, 0x03AF), (0x03B1, 0x03C9), (0x03CC, 0x03CE), (0x0400, 0x0401), (0x0403, 0x040A), (0x040C, 0x040D), (0x0410, 0x0451), (0x0453, 0x045A),
        (0x045C, 0x045D), (0x0490, 0x0491), (0x0496, 0x0497), (0x04A2, 0x04A3), (0x04AE, 0x04AF), (0x04BA, 0x04BB), (0x04D8, 0x04D9), (0x04E8, 0x04E9), (0x1D00, 0x1D25),
        (0x1D6B, 0x1D77), (0x1D79, 0x1D9A), (0x1E00, 0x1EFF), (0x2C60, 0x2C7B), (0x2C7E, 0x2C7F), (0xA722, 0xA76F), (0xA771, 0xA787), (0xA78B, 0xA78E), (0xA790, 0xA7B9),
        (0xA7FA, 0xA7FA), (0xAB30, 0xAB5A), (0xAB60, 0xAB64), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A),
    ];

    private const string Quotes = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉\u2329\u232a⟦⟧";
    private const string Punctuation = "…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪";
    private const string Currency = "$£€¥฿₽﷼₴₠₡₢₣₤₥₦₧₨₩₪₫€₭₮₯₰₱₲₳₵₶₷₸₹₺₻₼₾₿";

    /// <summary>Symbols that came after Unicode 11, with which spaCy's list of them ends.</summary>
    private static readonly (int First, int Last)[] s_late =
    [
        (0x166D, 0x166D), (0x2427, 0x2429), (0x2B97, 0x2B97), (0x2BC9, 0x2BC9), (0x2BFF, 0x2BFF), (0x2E50, 0x2E51), (0x2FFC, 0x2FFF), (0x31E4, 0x31EF), (0x32FF, 0x32FF),
        (0xFD40, 0xFD4F), (0xFDCF, 0xFDCF), (0xFDFE, 0xFDFF), (0x1019C, 0x1019C), (0x11FD5, 0x11FF1), (0x1CC00, 0x1CFC3), (0x1D1E9, 0x1D1EA), (0x1E14F, 0x1E14F),
        (0x1ED2E, 0x1ED2E), (0x1F10D, 0x1F10F), (0x1F16C, 0x1F16F), (0x1F1AD, 0x1F1AD), (0x1F6D5, 0x1F6DF), (0x1F6FA, 0x1F6FF), (0x1F774, 0x1F77F), (0x1F7D9, 0x1F7FF),
        (0x1F8B0, 0x1F8FF), (0x1F90C, 0x1F90F), (0x1F93F, 0x1F93F), (0x1F971, 0x1F972), (0x1F977, 0x1F979), (0x1F97B, 0x1F97B), (0x1F9A3, 0x1F9AF), (0x1F9BA, 0x1F9BF),
        (0x1F9C3, 0x1F9CF), (0x1FA00, 0x1FA5F), (0x1FA6E, 0x1FBFF),
    ];

    /// <summary>Final punctuation of all scripts, of which some ends a line for datatrove and no sentence for spaCy.</summary>
    private const string Final =
        "!.?։؟۔܀܁܂߹।॥၊။።፧፨᜵᜶᠃᠉᥄᥅᙮᪨᪩᪪᪫᭚᭛᭞᭟᰻᰼᱾᱿‼‽⁇⁈⁉⸮⸼。꓿꘎꘏꛳꛷꡶꡷꣎꣏꤯꧈꧉꩝꩞꩟꫰꫱꯫﹒﹖﹗！．？｡"
        + "\U00010A56\U00010A57\U00011047\U00011048\U000110BE\U000110BF\U000110C0\U000110C1\U00011141\U00011142\U00011143\U000111C5\U000111C6\U000111CD"
        + "\U000111DE\U000111DF\U00011238\U00011239\U0001123B\U0001123C\U000112A9\U0001144B\U0001144C\U000115C2\U000115C3\U000115C9\U000115CA\U000115CB"
        + "\U000115CC\U000115CD\U000115CE\U000115CF\U000115D0\U000115D1\U000115D2\U000115D3\U000115D4\U000115D5\U000115D6\U000115D7\U00011641\U00011642"
        + "\U0001173C\U0001173D\U0001173E\U00011A42\U00011A43\U00011A9B\U00011A9C\U00011C41\U00011C42\U00016A6E\U00016A6F\U00016AF5\U00016B37\U00016B38"
        + "\U00016B44\U0001BC9F\U0001DA88";

    private const string FinalOfLine =
        "؝؞࠷࠹࠽࠾។៕៖៙៚᭽᭾⹓⹔"
        + "\U00010F55\U00010F56\U00010F57\U00010F58\U00010F59\U00010F86\U00010F87\U00010F88\U00010F89\U00011944\U00011946\U00011EF7\U00011EF8\U00011F43\U00011F44\U00016E98";

    /// <summary>What alone makes no word in the count of words, controls included.</summary>
    private const string NoWord = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»";

    private static readonly FrozenDictionary<int, Flags> s_beyond = Beyond();
    private static readonly Flags[] s_flags = Build();

    [Flags]
    public enum Flags : ushort
    {
        None = 0,
        Space = 1,
        Digit = 2,
        Lower = 4,
        Upper = 8,
        EndsSentence = 16,
        Prefix = 32,
        Suffix = 64,
        Icon = 128,
        Currency = 256,
        Quote = 512,
        BeforeStop = 1024,
        NoWord = 2048,
        Letter = 4096,
        Final = 8192,
        Punctuation = 16384,
        Alpha = 32768,
    }

    public static bool Is(char c, Flags flags) => (s_flags[c] & flags) != 0;

    public static bool Is(Rune rune, Flags flags) =>
        rune.IsBmp ? Is((char)rune.Value, flags) : ((ByCategory(rune.Value) | s_beyond.GetValueOrDefault(rune.Value)) & flags) != 0;

    /// <summary>The characters of the basic plane that are any of <paramref name="flags"/>, as a class of a regular expression.</summary>
    public static string Class(Flags flags)
    {
        var ranges = new StringBuilder();
        for (var c = 0; c <= char.MaxValue; c++)
        {
            var first = c;
            while (c <= char.MaxValue && Is((char)c, flags))
                c++;
            if (c > first)
                ranges.Append(CultureInfo.InvariantCulture, $@"\u{first:x4}-\u{c - 1:x4}");
        }
        return ranges.ToString();
    }

    private static Flags[] Build()
    {
        var flags = new Flags[char.MaxValue + 1];
        foreach (var (first, last) in s_uncased)
            for (var c = first; c <= last; c++)
                flags[c] |= Flags.Alpha | Flags.Lower | Flags.Upper;
        foreach (var (first, last) in s_cased)
            for (var c = first; c <= last; c++)
                flags[c] |= Flags.Alpha | Case((char)c);
        for (var c = 0; c < flags.Length; c++)
            flags[c] |= BySpace((char)c) | ByCategory(c);
        Add(flags, Quotes + Punctuation, Flags.Prefix | Flags.Suffix | Flags.BeforeStop);
        Add(flags, "|%²-+0123456789", Flags.BeforeStop);
        Add(flags, "§%=", Flags.Prefix);
        Add(flags, "—–", Flags.Prefix | Flags.Suffix);
        Add(flags, Currency, Flags.Prefix | Flags.Currency);
        Add(flags, Quotes, Flags.Quote);
        Add(flags, "0123456789", Flags.Digit);
        Add(flags, NoWord, Flags.NoWord);
        foreach (var (c, what) in Finals().Where(f => f.Rune.IsBmp))
            flags[c.Value] |= what;
        return flags;
    }

    private static FrozenDictionary<int, Flags> Beyond() => Finals().Where(f => !f.Rune.IsBmp).ToFrozenDictionary(f => f.Rune.Value, f => f.What);

    private static IEnumerable<(Rune Rune, Flags What)> Finals() =>
        Final.EnumerateRunes().Select(r => (r, Flags.NoWord | Flags.Final | Flags.EndsSentence)).Concat(FinalOfLine.EnumerateRunes().Select(r => (r, Flags.NoWord | Flags.Final)));

    // Of the letters without case only those of phonetic alphabets count as lower case.
    private static Flags Case(char c) =>
        char.IsUpper(c) ? Flags.Upper : c == 'ƻ' || CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.TitlecaseLetter ? Flags.None : Flags.Lower;

    private static Flags BySpace(char c)
    {
        // Python's white space has the four separators of ASCII besides.
        var space = char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f' ? Flags.Space : Flags.None;
        var control = c is < '\x09' or '\x0b' or '\x0c' or (>= '\x0d' and < '\x20') or (>= '\x7f' and < '\xa0') ? Flags.NoWord : Flags.None;
        return space | control;
    }

    private static Flags ByCategory(int c) => CharUnicodeInfo.GetUnicodeCategory(c) switch
    {
        UnicodeCategory.OtherSymbol => s_late.Any(l => c >= l.First && c <= l.Last) ? Flags.None : Flags.Icon | Flags.Prefix | Flags.Suffix,
        <= UnicodeCategory.OtherLetter => Flags.Letter,
        UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
            or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation => Flags.Punctuation,
        _ => Flags.None,
    };

    private static void Add(Flags[] flags, string characters, Flags what)
    {
        foreach (var c in characters)
            flags[c] |= what;
        if ((what & Flags.BeforeStop) == 0)
            return;
        for (var c = 0; c < flags.Length; c++)
            if ((flags[c] & Flags.Lower) != 0)
                flags[c] |= Flags.BeforeStop;
    }
}
