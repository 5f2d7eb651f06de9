using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>What `tokenizer.json` of a BPE may ask for: composition, a space before the text, U+2581 for spaces.</summary>
internal sealed record TextForm : ITextForm
{
    /// <summary>Canonical composition (UAX #15).</summary>
    public bool Nfc { get; init; }

    public bool Prefix { get; init; }

    /// <summary>Whether a text that begins with a space gets another.</summary>
    public bool PrefixAlways { get; init; }

    /// <summary>Whether U+2581 stands for a space in the vocabulary, so that one in the text is a space too.</summary>
    public bool Metaspace { get; init; }

    private static ReadOnlySpan<byte> Space => "▁"u8;

    /// <remarks>Composition takes at most three times the bytes, and so does U+FFFD for one that is not well formed.</remarks>
    public int MostBytes(int bytes) => ((Nfc ? 3 : 1) * bytes) + (Prefix ? 1 : 0);

    public ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> text, ref byte[] buffer)
    {
        // All below U+0300 is composed.
        if (Nfc && text.ContainsAnyInRange((byte)0xCC, (byte)0xFF))
            text = Encoding.UTF8.GetBytes(Normal.Of(Encoding.UTF8.GetString(text), NormalizationForm.FormC));
        var prefix = Prefix && text.Length > 0 && (PrefixAlways || !(text.StartsWith(" "u8) || (Metaspace && text.StartsWith(Space))));
        if (!prefix && !(Metaspace && text.IndexOf(Space) >= 0))
            return text;
        if (buffer.Length < text.Length + 1)
            buffer = new byte[text.Length + (text.Length / 2) + 1];
        var count = 0;
        if (prefix)
            buffer[count++] = (byte)' ';
        while (Metaspace && text.IndexOf(Space) is var at and >= 0)
        {
            text[..at].CopyTo(buffer.AsSpan(count));
            count += at;
            buffer[count++] = (byte)' ';
            text = text[(at + Space.Length)..];
        }
        text.CopyTo(buffer.AsSpan(count));
        return buffer.AsSpan(0, count + text.Length);
    }
}
