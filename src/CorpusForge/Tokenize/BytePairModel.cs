using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>A BPE of characters as the model behind steps of any kind; for one worker at a time.</summary>
/// <remarks>
/// Where a suffix ends a word, the last character and the suffix are one symbol, which merging begins with. A code point of a private plane stands for it,
/// in the tokens as in the text.
/// </remarks>
internal sealed class BytePairModel(BytePairVocabulary vocabulary, IReadOnlyDictionary<Rune, Rune>? lasts) : IPieceModel
{
    // No character that a text has, nor one that stands for a symbol.
    private const int NoLast = 0x10FFFF, FirstLast = 0xF0000;

    private readonly BytePairMerger _merger = new(vocabulary);
    private byte[] _marked = [];

    public void Encode(ReadOnlySpan<byte> piece, List<int> ids)
    {
        if (lasts is not null)
            piece = Marked(piece);
        ids.AddRange(_merger.Tokens(piece));
        _merger.Trim();
    }

    /// <summary>The code points that stand for last characters.</summary>
    /// <exception cref="NotSupportedException">There are too many.</exception>
    public static IReadOnlyDictionary<Rune, Rune> Lasts(IEnumerable<string> tokens, string suffix)
    {
        var lasts = new Dictionary<Rune, Rune>();
        foreach (var token in tokens)
        {
            if (!token.EndsWith(suffix, StringComparison.Ordinal) || Rune.DecodeLastFromUtf16(token.AsSpan(..^suffix.Length), out var last, out _) != System.Buffers.OperationStatus.Done)
                continue;
            if (lasts.Count == NoLast - FirstLast)
                throw new NotSupportedException($"more than {lasts.Count} characters end a word");
            lasts.TryAdd(last, new Rune(FirstLast + lasts.Count));
        }
        return lasts;
    }

    /// <summary>A token in which one code point stands for the last character and the suffix.</summary>
    public static string Marked(string token, string suffix, IReadOnlyDictionary<Rune, Rune> lasts)
    {
        if (!token.EndsWith(suffix, StringComparison.Ordinal) || token.Length == suffix.Length)
            return token;
        Rune.DecodeLastFromUtf16(token.AsSpan(..^suffix.Length), out var last, out var length);
        return $"{token[..^(suffix.Length + length)]}{lasts[last]}";
    }

    private ReadOnlySpan<byte> Marked(ReadOnlySpan<byte> piece)
    {
        Rune.DecodeLastFromUtf8(piece, out var last, out var length);
        if (_marked.Length < piece.Length + 4)
            _marked = new byte[piece.Length + (piece.Length / 2) + 4];
        piece[..^length].CopyTo(_marked);
        return _marked.AsSpan(0, piece.Length - length + lasts!.GetValueOrDefault(last, new Rune(NoLast)).EncodeToUtf8(_marked.AsSpan(piece.Length - length)));
    }
}
