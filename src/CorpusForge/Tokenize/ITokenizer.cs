using System.Buffers;
using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>Text to ids and back. Text never becomes a special token, whatever it says.</summary>
/// <remarks>Not safe for two threads at a time. Text is UTF-8; what is not well formed is taken byte by byte.</remarks>
public interface ITokenizer
{
    string Name { get; }

    /// <summary>Of what defines the vocabulary.</summary>
    string Sha256 { get; }

    int VocabularySize { get; }

    /// <summary>The id that stands between documents, which no text encodes to.</summary>
    int EndOfText { get; }

    /// <summary>Tokens that no text becomes, by name.</summary>
    IReadOnlyDictionary<string, int> SpecialTokens => FrozenDictionary<string, int>.Empty;

    /// <summary>No text of so many bytes has more ids.</summary>
    int MostTokens(int bytes);

    /// <summary>Writes the ids of <paramref name="text"/> and returns how many there are.</summary>
    /// <exception cref="ArgumentException">There is not the room that <see cref="MostTokens"/> says.</exception>
    int Encode(ReadOnlySpan<byte> text, Span<uint> ids);

    /// <summary>As <see cref="Encode(ReadOnlySpan{byte}, Span{uint})"/>, two bytes an id.</summary>
    /// <exception cref="InvalidOperationException">The vocabulary has more than 65,536 ids.</exception>
    int Encode(ReadOnlySpan<byte> text, Span<ushort> ids);

    /// <summary>The bytes of the text.</summary>
    void Decode(IEnumerable<int> ids, IBufferWriter<byte> text);

    /// <summary>Appends the ids of <paramref name="text"/>; half of a surrogate pair counts as U+FFFD.</summary>
    void Encode(string text, List<int> ids)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, bytes);
        var count = ids.Count;
        CollectionsMarshal.SetCount(ids, count + MostTokens(length));
        count += Encode(bytes.AsSpan(0, length), MemoryMarshal.Cast<int, uint>(CollectionsMarshal.AsSpan(ids)[count..]));
        CollectionsMarshal.SetCount(ids, count);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    string Decode(IEnumerable<int> ids)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Decode(ids, bytes);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
