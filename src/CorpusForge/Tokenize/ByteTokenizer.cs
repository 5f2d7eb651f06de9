using System.Buffers;
using System.Security.Cryptography;

namespace CorpusForge.Tokenize;

/// <summary>Every UTF-8 byte is an id, and 256 ends a document: 257 ids, no training, no unknown text.</summary>
public sealed class ByteTokenizer : ITokenizer
{
    public string Name => "byte";
    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData("corpusforge byte tokenizer: ids 0-255 are bytes, 256 ends a text"u8));
    public int VocabularySize => 257;
    public int EndOfText => 256;

    public int MostTokens(int bytes) => bytes;

    public int Encode(ReadOnlySpan<byte> text, Span<uint> ids)
    {
        for (var i = 0; i < text.Length; i++)
            ids[i] = text[i];
        return text.Length;
    }

    public int Encode(ReadOnlySpan<byte> text, Span<ushort> ids)
    {
        for (var i = 0; i < text.Length; i++)
            ids[i] = text[i];
        return text.Length;
    }

    public void Decode(IEnumerable<int> ids, IBufferWriter<byte> text)
    {
        foreach (var id in ids)
        {
            if (id is >= 0 and < 256)
                text.Write([(byte)id]);
        }
    }
}
