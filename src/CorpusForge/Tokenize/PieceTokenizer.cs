using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>Normalizes and cuts a text, and asks a model for the ids of each piece: word pieces, unigrams, and BPE with steps that have no code of their own; for one worker at a time.</summary>
/// <remarks>Decoding gives the text as it was normalized, and for word pieces with one space between words.</remarks>
internal sealed class PieceTokenizer(string name, PieceVocabulary vocabulary, TextSteps steps, IPieceModel model) : ITokenizer
{
    private readonly List<int> _ids = [];
    private byte[] _piece = [];

    public string Name => name;
    public string Sha256 => vocabulary.Sha256;
    public int VocabularySize => vocabulary.Size;
    public int EndOfText => vocabulary.EndOfText;
    public IReadOnlyDictionary<string, int> SpecialTokens => vocabulary.SpecialTokens;

    // A token stands for a character at least, or for one of its three bytes.
    public int MostTokens(int bytes) => checked((int)(3 * steps.Growth * (bytes + 1)));

    public int Encode(ReadOnlySpan<byte> text, Span<uint> ids) => FoundIds.Write(Encode(text), ids);

    public int Encode(ReadOnlySpan<byte> text, Span<ushort> ids) => FoundIds.Write(Encode(text), ids, this);

    public void Decode(IEnumerable<int> ids, IBufferWriter<byte> text)
    {
        var (first, space) = (true, false);
        foreach (var id in ids)
        {
            if (id < 0 || id >= vocabulary.Tokens.Count)
                continue;
            var token = vocabulary.Tokens[id];
            if (space)
                text.Write(" "u8);
            space = vocabulary.Ending is { } suffix && token.EndsWith(suffix, StringComparison.Ordinal);
            token = space ? token[..^vocabulary.Ending!.Length] : token;
            if (vocabulary.Continuing is { } prefix)
                token = token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : first ? token : $" {token}";
            else if (steps.Metaspace && token.Replace('▁', ' ') is var spaced)
                token = first && spaced.StartsWith(' ') ? spaced[1..] : spaced;
            if (vocabulary.ByteIds is { } bytes && Array.IndexOf(bytes, id) is var value and >= 0)
                text.Write([(byte)value]);
            else if (steps.ByteLevel && token.All(TokenizerJson.Bytes.ContainsKey))
                text.Write([.. token.Select(c => TokenizerJson.Bytes[c])]);
            else
                text.Write(Encoding.UTF8.GetBytes(token));
            first = false;
        }
    }

    private List<int> Encode(ReadOnlySpan<byte> text)
    {
        _ids.Clear();
        foreach (var piece in steps.Pieces(Encoding.UTF8.GetString(text)))
        {
            var most = Encoding.UTF8.GetMaxByteCount(piece.Length);
            if (_piece.Length < most)
                _piece = new byte[most];
            model.Encode(_piece.AsSpan(0, Encoding.UTF8.GetBytes(piece, _piece)), _ids);
        }
        return _ids;
    }
}

/// <summary>Hands out ids that were found one after another.</summary>
internal static class FoundIds
{
    public static int Write(List<int> found, Span<uint> ids)
    {
        MemoryMarshal.Cast<int, uint>(CollectionsMarshal.AsSpan(found)).CopyTo(ids);
        return found.Count;
    }

    /// <exception cref="InvalidOperationException">The vocabulary has more than 65,536 ids.</exception>
    public static int Write(List<int> found, Span<ushort> ids, ITokenizer of)
    {
        if (of.VocabularySize > 1 << 16)
            throw new InvalidOperationException($"{of.Name} has {of.VocabularySize} ids, too many for two bytes each");
        for (var i = 0; i < found.Count; i++)
            ids[i] = (ushort)found[i];
        return found.Count;
    }
}

/// <summary>What the tokens of such a tokenizer are.</summary>
internal sealed record PieceVocabulary
{
    public required string Sha256 { get; init; }
    public required IReadOnlyList<string> Tokens { get; init; }
    public required int Size { get; init; }
    public required int EndOfText { get; init; }

    public required IReadOnlyDictionary<string, int> SpecialTokens { get; init; }

    /// <summary>What a token begins with that goes on a word; null where U+2581 says that a word begins.</summary>
    public string? Continuing { get; init; }

    /// <summary>What a token ends with that ends a word, where there is such.</summary>
    public string? Ending { get; init; }

    /// <summary>The token of each byte, where what is unknown is written so.</summary>
    public int[]? ByteIds { get; init; }
}
