using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>Reads a SentencePiece model of type BPE or Unigram.</summary>
/// <remarks>
/// A protocol buffer: pieces (1: text 1, score 2, type 3), what it was trained with (2: type 3, ids of unknown 40 and of the end 42) and how it normalizes
/// (3: table 2, space before 3, single spaces 4, spaces as U+2581 5). Pieces of control are never text.
/// </remarks>
internal static class SentencePieceFile
{
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Byte = 6;
    private const int Unigram = 1, BytePairs = 2;

    /// <exception cref="InputException">It is no such file, or asks for something that is not supported.</exception>
    public static Func<ITokenizer> Read(ReadOnlyMemory<byte> file, string name)
    {
        try
        {
            var model = Parse(file.Span);
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(file.Span));
            if (!model.Escaped)
                throw new NotSupportedException("a model that does not write spaces as U+2581 is not supported");
            return model.Type switch
            {
                Unigram => OfUnigram(model, sha256, name),
                BytePairs => OfBytePairs(model, sha256, name),
                var other => throw new NotSupportedException($"a model of type {other} is not supported; Unigram and BPE are"),
            };
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            throw new InputException(name, 0, $"not a SentencePiece model: {e.Message}", e);
        }
        catch (NotSupportedException e)
        {
            throw new InputException(name, 0, e.Message, e);
        }
    }

    private static Func<ITokenizer> OfUnigram(Model model, string sha256, string name)
    {
        // What the user defined is taken before anything else: it scores better than whatever else covers it.
        var best = model.Pieces.Where(p => p.Type == Normal).Select(p => p.Score).DefaultIfEmpty(0).Max();
        var tokens = model.Pieces.Select(p => (Token: p.Type is Normal or UserDefined ? p.Spaced : null, Score: p.Type == UserDefined ? (float)(Encoding.UTF8.GetByteCount(p.Text) * best) - 0.1 : (double)p.Score)).ToList();
        var lowest = model.Pieces.Where(p => p.Type == Normal).Select(p => (double)p.Score).DefaultIfEmpty(0).Min();
        var bytes = Bytes(model);
        return () => new UnigramTokenizer(name, sha256, [.. model.Pieces.Select(Text)], model.Form, new UnigramModel(tokens, model.Unknown, bytes, lowest, single: true), model.End) { SpecialTokens = model.Special };
    }

    private static Func<ITokenizer> OfBytePairs(Model model, string sha256, string name)
    {
        if (model.Pieces.FirstOrDefault(p => p.Type == UserDefined) is { } defined)
            throw new NotSupportedException($"a BPE model with pieces that the user defined ('{defined.Text}') is not supported");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < model.Pieces.Count; id++)
        {
            if (model.Pieces[id].Type == Normal)
                ids[model.Pieces[id].Spaced] = id;
        }
        // Any two neighbours merge that together are a piece, the best score first.
        var merges = new List<(int Left, int Right, int Product)>();
        foreach (var (token, id) in ids.OrderByDescending(t => model.Pieces[t.Value].Score).ThenBy(t => t.Value))
        {
            for (var cut = 1; cut < token.Length; cut++)
            {
                if (!char.IsLowSurrogate(token[cut]) && ids.TryGetValue(token[..cut], out var left) && ids.TryGetValue(token[cut..], out var right))
                    merges.Add((left, right, id));
            }
        }
        var bytes = Bytes(model);
        var none = new int[256];
        Array.Fill(none, -1);
        var vocabulary = new BytePairVocabulary([.. model.Pieces.Select(Text)], [.. model.Pieces.Select(p => p.Type == Normal)], bytes ?? none, merges, sha256)
        {
            ByCharacter = true,
            Unknown = model.Unknown,
            FuseUnknown = true,
        };
        var size = Math.Max(vocabulary.Count, model.End + 1);
        return ids.Keys.Any(t => t.AsSpan().TrimStart(' ').Contains(' '))
            ? () => new BytePairTokenizer<NoSplitter>(name, vocabulary, default, model.End, size, model.Form) { SpecialTokens = model.Special }
            : () => new BytePairTokenizer<SpaceSplitter>(name, vocabulary, new(Single: false), model.End, size, model.Form) { SpecialTokens = model.Special };
    }

    // The bytes that a piece is decoded to.
    private static byte[] Text(Piece piece) => piece.Type switch
    {
        Normal or UserDefined => Encoding.UTF8.GetBytes(piece.Spaced),
        Byte when TokenizerJson.IsByte(piece.Text, out var value) => [value],
        _ => [],
    };

    private static int[]? Bytes(Model model)
    {
        var bytes = new int[256];
        Array.Fill(bytes, -1);
        for (var id = 0; id < model.Pieces.Count; id++)
        {
            if (model.Pieces[id].Type == Byte && TokenizerJson.IsByte(model.Pieces[id].Text, out var value))
                bytes[value] = id;
        }
        return bytes.Contains(-1) ? null : bytes;
    }

    private static Model Parse(ReadOnlySpan<byte> file)
    {
        var pieces = new List<Piece>();
        var (type, end, prefix, single, escaped) = (Unigram, 2, true, true, true);
        ReadOnlySpan<byte> table = default;
        for (var message = new ProtocolBuffer(file); message.Read();)
        {
            if (message.Field == 1)
                pieces.Add(ParsePiece(message.Bytes));
            for (var field = new ProtocolBuffer(message.Field is 2 or 3 ? message.Bytes : default); field.Read();)
            {
                switch (message.Field, field.Field)
                {
                    case (2, 3):
                        type = (int)field.Number;
                        break;
                    case (2, 42):
                        end = (int)field.Number;
                        break;
                    case (3, 2):
                        table = field.Bytes;
                        break;
                    case (3, 3):
                        prefix = field.Number != 0;
                        break;
                    case (3, 4):
                        single = field.Number != 0;
                        break;
                    case (3, 5):
                        escaped = field.Number != 0;
                        break;
                }
            }
        }
        if (pieces.Count == 0)
            throw new FormatException("it has no pieces");
        return new Model(pieces, type, pieces.FindIndex(p => p.Type == Unknown), end >= 0 ? end : pieces.Count, escaped, new SentencePieceForm(new CharsMap(table), prefix, single));
    }

    private static Piece ParsePiece(ReadOnlySpan<byte> bytes)
    {
        var (text, score, type) = ("", 0f, Normal);
        for (var field = new ProtocolBuffer(bytes); field.Read();)
        {
            if (field.Field == 1)
                text = Encoding.UTF8.GetString(field.Bytes);
            else if (field.Field == 2)
                score = BinaryPrimitives.ReadSingleLittleEndian(field.Bytes);
            else if (field.Field == 3)
                type = (int)field.Number;
        }
        return new Piece(text, score, type);
    }

    private sealed record Piece(string Text, float Score, int Type)
    {
        public string Spaced { get; } = Text.Replace('▁', ' ');
    }

    private sealed record Model(List<Piece> Pieces, int Type, int Unknown, int End, bool Escaped, SentencePieceForm Form)
    {
        public Dictionary<string, int> Special { get; } =
            Pieces.Select((p, id) => (p, id)).Where(p => p.p.Type == Control).DistinctBy(p => p.p.Text).ToDictionary(p => p.p.Text, p => p.id, StringComparer.Ordinal);
    }
}

/// <summary>Reads the fields of a message of protocol buffers, one after another.</summary>
internal ref struct ProtocolBuffer(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> _rest = rest;

    public int Field { get; private set; }

    /// <summary>Of a field of varying length.</summary>
    public ulong Number { get; private set; }

    /// <summary>Of a field that says its length, or of four or eight bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <exception cref="FormatException">The message is cut off.</exception>
    public bool Read()
    {
        if (_rest.IsEmpty)
            return false;
        var tag = Varint();
        (Field, Number) = ((int)(tag >> 3), 0);
        Bytes = default;
        switch (tag & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Bytes = Take(8);
                break;
            case 2:
                Bytes = Take(Varint());
                break;
            case 5:
                Bytes = Take(4);
                break;
            default:
                throw new FormatException("a field of no known form");
        }
        return true;
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
        throw new FormatException("a number of more than 64 bits");
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
            throw new FormatException("it is cut off");
        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}
