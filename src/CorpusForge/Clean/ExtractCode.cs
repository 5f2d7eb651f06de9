namespace CorpusForge.Clean;

/// <summary>Makes text of a source file, changing nothing but its charset and its line endings.</summary>
/// <remarks>The language stays as the source of the file set it. Drops: `file-too-large`, `binary`, `no-text`.</remarks>
public sealed record ExtractCode : IExtractor
{
    public int MaxBytes { get; init; } = 8_000_000;

    /// <summary>Of control characters other than white space, above which bytes are not text; a NUL counts a hundredfold.</summary>
    public double MaxControlShare { get; init; } = 0.01;

    public Kinds For => Kinds.Code;

    public bool Handles(RawDocument raw) => raw.Kind == Kind.Code;

    public Extraction Extract(RawDocument raw)
    {
        if (raw.Bytes.Length > MaxBytes)
            return Extraction.Drop("file-too-large", raw.Bytes.Length, MaxBytes);
        var (text, charset) = Charset.Decode(raw.Bytes.Span, raw.Charset);
        text = text.TrimEnd('\0');
        if (ExtractText.ControlShare(text) is var share && share > MaxControlShare)
            return Extraction.Drop("binary", share, MaxControlShare);
        if (string.IsNullOrWhiteSpace(text))
            return Extraction.Drop("no-text");
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return (charset == "utf-8" ? raw : raw with { Metadata = raw.Metadata.SetItem("charset", charset) }).ToDocument(text);
    }
}
