using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace CorpusForge.Tokenize;

/// <summary>Reads a SentencePiece model, BPE or Unigram, by Microsoft.ML.Tokenizers.</summary>
internal static class SentencePieceFile
{
    /// <exception cref="InputException">It is no such file.</exception>
    public static Func<ITokenizer> Read(ReadOnlyMemory<byte> file, string name)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(file.Span));
        try
        {
            using var stream = new MemoryStream(file.ToArray());
            var model = SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
            return () => new Tokenizer(name, sha256, model);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever the parser trips over is a file that is no model.
            throw new InputException(name, 0, $"not a SentencePiece model of type BPE or Unigram: {e.Message}", e);
        }
    }

    private sealed class Tokenizer(string name, string sha256, SentencePieceTokenizer model) : ITokenizer
    {
        public string Name => name;
        public string Sha256 => sha256;
        public int VocabularySize => model.Vocabulary.Count;
        public int EndOfText => model.EndOfSentenceId;

        public int MostTokens(int bytes) => (3 * bytes) + 8;

        public int Encode(ReadOnlySpan<byte> text, Span<uint> ids) => Encode(text, ids, id => (uint)id);

        public int Encode(ReadOnlySpan<byte> text, Span<ushort> ids) => Encode(text, ids, id => (ushort)id);

        public void Decode(IEnumerable<int> ids, IBufferWriter<byte> text) => text.Write(Encoding.UTF8.GetBytes(model.Decode(ids, considerSpecialTokens: false)));

        private int Encode<TId>(ReadOnlySpan<byte> text, Span<TId> ids, Func<int, TId> id)
        {
            if (text.IsEmpty)
                return 0;
            var found = model.EncodeToIds(Encoding.UTF8.GetString(text), addBeginningOfSentence: false, addEndOfSentence: false);
            for (var i = 0; i < found.Count; i++)
                ids[i] = id(found[i]);
            return found.Count;
        }
    }
}
