using System.Collections.Frozen;

namespace CorpusForge.Filter.Parity;

/// <summary>The strings that the English rules of spaCy cut by a table: contractions, abbreviations, times, faces of punctuation.</summary>
/// <remarks>A value holds the lengths of the pieces. Each entry with an apostrophe is there with the typographic one, too.</remarks>
internal static class Contractions
{
    private static readonly string[] s_words = ["Ill", "ill", "Its", "its", "Hell", "hell", "Shell", "shell", "Shed", "shed", "were", "Were", "Well", "well", "Whore", "whore"];

    private const string Faces =
        ":) :)) :))) :( :(( :((( :/ :| :P :p :O :o :0 :* :3 :> :X :x :D :] :} :-) :-)) :-))) :-( :-(( :-((( :-/ :-| :-P :-p :-O :-o :-0 :-* :-3 :-> :-X :-x :-D :-] :-} :1 "
        + ":() :o) :') :'-) :'( :'-( (: (-: [: [-: [= ]= (o: ): )-: ;) ;-) (; (-; ;D ;-D =) (= =( =[ =] =/ =| =3 =D 8) 8-) (-8 8D 8-D >:( >:o xD XD xDD XDD "
        + "^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- -__- v.v V.V v_v V_V o_o o_O O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 "
        + "(^_^) (-_-) (._.) (>_<) (*_*) (¬_¬) ಠ_ಠ ಠ︵ಠ (ಠ_ಠ) ¯\\(ツ)/¯ (╯°□°）╯︵┻━┻ ><(((*>";

    public static FrozenDictionary<string, int[]> Table { get; } = Build();

    public static FrozenDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> Lookup { get; } = Table.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>No entry is longer.</summary>
    public const int Longest = 12;

    private const string Whole =
        "' \\\") <space> '' C++ \\t \\n — ä. ö. ü. doin doin' goin goin' nothin nothin' nuthin nuthin' ol ol' somethin somethin' lovin lovin' havin havin' "
        + "Doin Doin' Goin Goin' Nothin Nothin' Nuthin Nuthin' Ol Ol' Somethin Somethin' Lovin Lovin' Havin Havin' em 'em ll 'll nuff 'nuff 'S 's ‘S ‘s and/or w/o 're "
        + "'Cause 'cause 'cos 'Cos 'coz 'Coz 'cuz 'Cuz 'bout ma'am Ma'am o'clock O'clock 'd a.m. p.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. E.G. Gen. Gov. i.e. "
        + "I.e. I.E. Inc. Jr. Ltd. Md. Messrs. Mo. Mont. Mr. Mrs. Ms. Ph.D. Prof. Rep. Rev. Sen. St. vs. v.s. Mt. Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. "
        + "Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. Jan. Jul. Jun. Kan. Kans. Ky. La. Mar. Mass. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. "
        + "Okla. Ore. Pa. S.C. Sep. Sept. Tenn. Va. Wash. Wis.";

    private const string Cut =
        "y'|all y|all how|'d|'y How|'d|'y not|'ve not|ve Not|'ve Not|ve can|not Can|not gon|na Gon|na got|ta Got|ta let|'s Let|'s c'm|on C'm|on "
        + "°|c|. °|f|. °|k|. °|C|. °|F|. °|K|.";

    private static FrozenDictionary<string, int[]> Build()
    {
        var table = new Dictionary<string, int[]>(StringComparer.Ordinal);
        Join(table, "i", "|'m |m |'m|a |m|a");
        Join(table, "i you he she it we they", "|'ll |ll |'ll|'ve |ll|ve |'d |d |'d|'ve |d|ve");
        Join(table, "i you we they", "|'ve |ve");
        Join(table, "you we they", "|'re |re");
        Join(table, "he she it", "|'s |s");
        Join(table, "who what when where why how there that this these those", "|'ll |ll |'ll|'ve |ll|ve |'d |d |'d|'ve |d|ve");
        Join(table, "who what when where why how there that this", "|'s |s");
        Join(table, "who what when where why how there these those", "|'re |re |'ve |ve");
        Join(table, "ca could do does did had may might must need ought sha should wo would", "|n't |nt |n't|'ve |nt|ve");
        Join(table, "could might must should would", "|'ve |ve");
        Join(table, "ai are is was were have has dare", "|n't |nt");
        for (var hour = 1; hour <= 12; hour++)
            foreach (var period in (string[])["a.m.", "am", "p.m.", "pm"])
                Add(table, $"{hour}|{period}");
        foreach (var entry in Cut.Split(' '))
            Add(table, entry);
        foreach (var word in s_words)
            table.Remove(word);
        foreach (var entry in (string[])[.. Whole.Split(' '), .. Faces.Split(' ')])
            table[entry] = [entry.Length];
        for (var letter = 'a'; letter <= 'z'; letter++)
            table[$"{letter}."] = [2];
        foreach (var (entry, pieces) in table.Where(e => e.Key.Contains('\'')).ToArray())
            table.TryAdd(entry.Replace('\'', '’'), pieces);
        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static void Join(Dictionary<string, int[]> table, string words, string endings)
    {
        foreach (var word in words.Split(' '))
            foreach (var ending in endings.Split(' '))
            {
                Add(table, word + ending);
                Add(table, char.ToUpperInvariant(word[0]) + word[1..] + ending);
            }
    }

    private static void Add(Dictionary<string, int[]> table, string pieces) =>
        table[pieces.Replace("|", "", StringComparison.Ordinal)] = [.. pieces.Split('|').Select(p => p.Length)];
}
