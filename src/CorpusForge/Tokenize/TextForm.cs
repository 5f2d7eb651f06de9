using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>What a tokenizer does to a text before it cuts it.</summary>
internal sealed record TextForm
{
    /// <summary>Canonical composition (UAX #15).</summary>
    public bool Nfc { get; init; }

    /// <summary>A space before the text, which decoding takes away again.</summary>
    public bool Prefix { get; init; }

    /// <summary>Whether a text that begins with a space gets another.</summary>
    public bool PrefixAlways { get; init; }

    /// <summary>Whether U+2581 stands for a space in the vocabulary, so that one in the text is a space too.</summary>
    public bool Metaspace { get; init; }

    public string Apply(string text)
    {
        if (Nfc)
            text = Composed(text);
        if (Metaspace)
            text = text.Replace('▁', ' ');
        return Prefix && text.Length > 0 && (PrefixAlways || text[0] != ' ') ? " " + text : text;
    }

    // A lone surrogate is no character and cannot be composed.
    private static string Composed(string text)
    {
        try
        {
            return text.Normalize();
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Normalize();
        }
    }
}
