namespace CorpusForge.Tokenize;

/// <summary>What a tokenizer does to a text before it cuts it.</summary>
internal interface ITextForm
{
    /// <summary>Whether a text begins with a space then, which decoding takes away again.</summary>
    bool Prefix { get; }

    /// <summary>The most bytes that a text of so many bytes takes then.</summary>
    int MostBytes(int bytes);

    /// <param name="text">UTF-8.</param>
    /// <param name="buffer">May grow; what is returned may lie in it.</param>
    ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> text, ref byte[] buffer);
}
