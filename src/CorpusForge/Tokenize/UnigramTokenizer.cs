using System.Buffers;
using System.Collections.Frozen;

namespace CorpusForge.Tokenize;

/// <summary>A SentencePiece model of type Unigram; for one worker at a time.</summary>
internal sealed class UnigramTokenizer(string name, string sha256, byte[][] tokens, SentencePieceForm form, UnigramModel model, int endOfText) : ITokenizer
{
    private readonly List<int> _ids = [];
    private byte[] _formed = [];

    public string Name => name;
    public string Sha256 => sha256;
    public int VocabularySize { get; } = Math.Max(tokens.Length, endOfText + 1);
    public int EndOfText => endOfText;
    public IReadOnlyDictionary<string, int> SpecialTokens { get; init; } = FrozenDictionary<string, int>.Empty;

    public int MostTokens(int bytes) => form.MostBytes(bytes);

    public int Encode(ReadOnlySpan<byte> text, Span<uint> ids) => FoundIds.Write(Encode(text), ids);

    public int Encode(ReadOnlySpan<byte> text, Span<ushort> ids) => FoundIds.Write(Encode(text), ids, this);

    public void Decode(IEnumerable<int> ids, IBufferWriter<byte> text)
    {
        var first = form.Prefix;
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)tokens.Length || tokens[id].Length == 0)
                continue;
            text.Write(first && tokens[id][0] == ' ' ? tokens[id].AsSpan(1) : tokens[id]);
            first = false;
        }
    }

    private List<int> Encode(ReadOnlySpan<byte> text)
    {
        _ids.Clear();
        var formed = form.Apply(text, ref _formed);
        if (!formed.IsEmpty)
            model.Encode(formed, _ids);
        return _ids;
    }
}
