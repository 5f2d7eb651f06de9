using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Filter;

/// <summary>The part that a word plays in a sentence about people.</summary>
internal enum TermRole : byte
{
    None,

    /// <summary>Names a group of people; only the role is a feature, never the word.</summary>
    Identity,

    /// <summary>Belongs to the group named before it, as in "deaf people".</summary>
    Person,
    You,
    They,
    Me,
    Negator,
    Report,
    Break,

    /// <summary>A noun that takes somebody for less than human, or a criminal or a fool.</summary>
    Attack,
    Bad,
    Hate,
    Harm,
    Expel,
    Good,
    Condemn,
    Profane,
    Slur,

    /// <summary>Of strong, weak and good feeling, without a part of its own in a sentence.</summary>
    Sharp,
    Sour,
    Sweet,
}

/// <summary>The words of a language whose role a toxicity model reads, from `toxicity.terms` and `toxicity-de.terms`.</summary>
/// <remarks>Lines of role, tab and words; `#` starts a comment. Found by the hash of the normalised word.</remarks>
internal sealed class ToxicityTerms
{
    private const int Slots = 1 << 14;

    private static readonly Lazy<ToxicityTerms> s_english = new(() => Read("en", "toxicity.terms")), s_german = new(() => Read("de", "toxicity-de.terms"));

    private readonly ulong[] _hashes = new ulong[Slots];
    private readonly TermRole[] _roles = new TermRole[Slots];
    private readonly List<string> _identities = [];

    public static ToxicityTerms English => s_english.Value;

    public static ToxicityTerms German => s_german.Value;

    /// <summary>The code of their language.</summary>
    public string Language { get; private init; } = "";

    /// <summary>SHA-256 of the list.</summary>
    public byte[] Digest { get; private init; } = [];

    public IReadOnlyList<string> Identities => _identities;

    public TermRole RoleOf(ulong hash)
    {
        var slot = Slot(hash);
        while (_hashes[slot] != 0)
        {
            if (_hashes[slot] == hash)
                return _roles[slot];
            slot = (slot + 1) & (Slots - 1);
        }
        return TermRole.None;
    }

    private void Add(string word, TermRole role)
    {
        var hash = ToxicityWords.HashOf(word);
        var slot = Slot(hash);
        for (; _hashes[slot] != 0; slot = (slot + 1) & (Slots - 1))
            if (_hashes[slot] == hash)
                throw new InvalidOperationException($"The terms of {Language} have '{word}' twice.");
        (_hashes[slot], _roles[slot]) = (hash, role);
        if (role == TermRole.Identity)
            _identities.Add(word);
    }

    private static int Slot(ulong hash) => (int)((hash * 0x9E3779B97F4A7C15) >> 50);

    private static ToxicityTerms Read(string language, string file)
    {
        var name = "CorpusForge.Filter.Models." + file;
        using var stream = typeof(ToxicityTerms).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The library was built without {name}.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        var terms = new ToxicityTerms { Language = language, Digest = SHA256.HashData(bytes.ToArray()) };
        foreach (var line in Encoding.UTF8.GetString(bytes.ToArray()).Split('\n'))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var tab = line.IndexOf('\t');
            var role = Enum.Parse<TermRole>(line.AsSpan(0, tab), ignoreCase: true);
            foreach (var word in line[(tab + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                terms.Add(word, role);
        }
        return terms;
    }
}
