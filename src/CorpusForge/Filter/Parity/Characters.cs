using System.Globalization;

namespace CorpusForge.Filter.Parity;

/// <summary>What spaCy's and Python's rules call a letter, a mark or white space; they differ from .NET's and from Unicode's.</summary>
internal static class Characters
{
    /// <summary>Scripts whose letters have no case and count as lower and upper at once; with the punctuation in these blocks.</summary>
    private static readonly (int First, int Last)[] s_uncased =
    [
        (0x0591, 0x05F4), (0x0620, 0x064A), (0x066E, 0x06D5), (0x06E5, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08BD), (0x0900, 0x09FF), (0x0B80, 0x0BFF),
        (0x0C00, 0x0CFF), (0x0D80, 0x0DFF), (0x1100, 0x11FF), (0x2E80, 0x2FFF), (0x3000, 0x303F), (0x31C0, 0x31EF), (0x3200, 0x4DBF), (0x4E00, 0x9FFF),
        (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0xFB1D, 0xFBB1), (0xFBD3, 0xFD3D), (0xFD50, 0xFDC7), (0xFDF0, 0xFDFB), (0xFE30, 0xFE4F), (0xFE70, 0xFEFC),
    ];

    /// <summary>Latin with its extensions, Greek and Cyrillic.</summary>
    private static readonly (int First, int Last)[] s_cased =
    [
        ('A', 'Z'), ('a', 'z'), (0x00C0, 0x00D6), (0x00D8, 0x00F6), (0x00F8, 0x01BF), (0x01C4, 0x02AF), (0x0386, 0x0386), (0x0388, 0x03CE), (0x0401, 0x0401),
        (0x0404, 0x0404), (0x0406, 0x0407), (0x0410, 0x044F), (0x0451, 0x0451), (0x0454, 0x0454), (0x0456, 0x0457), (0x0490, 0x0491), (0x0496, 0x0497),
        (0x04A2, 0x04A3), (0x04AE, 0x04AF), (0x04BA, 0x04BB), (0x04D8, 0x04D9), (0x04E8, 0x04E9), (0x1D00, 0x1D25), (0x1D6B, 0x1D77), (0x1D79, 0x1D9A),
        (0x1E00, 0x1EFF), (0x2C60, 0x2C7B), (0x2C7E, 0x2C7F), (0xA722, 0xA787), (0xA78B, 0xA7B9), (0xA7FA, 0xA7FA), (0xAB30, 0xAB64), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A),
    ];

    private const string Quotes = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉〈〉⟦⟧";
    private const string Punctuation = "…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪";
    private const string Currency = "$£€¥฿₽﷼₴₠₡₢₣₤₥₦₧₨₩₪₫€₭₮₯₰₱₲₳₵₶₷₸₹₺₻₼₾₿";

    /// <summary>Sentence-final punctuation of all scripts in the basic plane, and two Khmer signs that end a text.</summary>
    private const string Final =
        "!.?։؝؞؟۔܀܁܂߹࠷࠹࠽࠾।॥၊။።፧፨᜵᜶។៕៖៙៚᠃᠉᥄᥅᙮᪨᪩᪪᪫᭚᭛᭞᭟᭽᭾᰻᰼᱾᱿‼‽⁇⁈⁉⸮⸼⹓⹔。꓿꘎꘏꛳꛷꡶꡷꣎꣏꤯꧈꧉꩝꩞꩟꫰꫱꯫﹒﹖﹗！．？｡";

    /// <summary>What alone makes no word in the count of words, controls included.</summary>
    private const string NoWord = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»";

    private static readonly Flags[] s_flags = Build();

    [Flags]
    public enum Flags : ushort
    {
        None = 0,
        Space = 1,
        Digit = 2,
        Lower = 4,
        Upper = 8,
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
        Alpha = Lower | Upper,
    }

    public static bool Is(char c, Flags flags) => (s_flags[c] & flags) != 0;

    private static Flags[] Build()
    {
        var flags = new Flags[char.MaxValue + 1];
        foreach (var (first, last) in s_uncased)
            for (var c = first; c <= last; c++)
                flags[c] |= Flags.Alpha;
        foreach (var (first, last) in s_cased)
            for (var c = first; c <= last; c++)
                flags[c] |= char.IsUpper((char)c) ? Flags.Upper : Flags.Lower;
        for (var c = 0; c < flags.Length; c++)
            flags[c] |= ByCategory((char)c);
        Add(flags, Quotes + Punctuation, Flags.Prefix | Flags.Suffix | Flags.BeforeStop);
        Add(flags, "|%²-+0123456789", Flags.BeforeStop);
        Add(flags, "§%=", Flags.Prefix);
        Add(flags, "—–", Flags.Prefix | Flags.Suffix);
        Add(flags, Currency, Flags.Prefix | Flags.Currency);
        Add(flags, Quotes, Flags.Quote);
        Add(flags, "0123456789", Flags.Digit);
        Add(flags, NoWord + Final, Flags.NoWord);
        Add(flags, Final, Flags.Final);
        return flags;
    }

    private static Flags ByCategory(char c)
    {
        // Python's white space has the four separators of ASCII besides.
        var space = char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f' ? Flags.Space : Flags.None;
        var control = c is < '\x09' or '\x0b' or '\x0c' or (>= '\x0d' and < '\x20') or (>= '\x7f' and < '\xa0') ? Flags.NoWord : Flags.None;
        return space | control | CharUnicodeInfo.GetUnicodeCategory(c) switch
        {
            UnicodeCategory.OtherSymbol => Flags.Icon | Flags.Prefix | Flags.Suffix,
            <= UnicodeCategory.OtherLetter => Flags.Letter,
            UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
                or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation => Flags.Punctuation,
            _ => Flags.None,
        };
    }

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
