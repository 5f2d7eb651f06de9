using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Clean.Content;

/// <summary>Tells how likely a block is content: boosted trees over its <see cref="BlockFeatures"/>, and scores of the words that elements call themselves by.</summary>
/// <remarks>
/// <para>All nodes of one level of a tree ask the same question, so that many blocks go through a tree at once (Kohavi 1994;
/// Prokhorenkova et al. 2018, arXiv:1706.09516). The answer is a sum of integers: it does not depend on the width of a vector register.</para>
/// <para>File, little-endian: "CFCM", u8 format 2; u16 features, each as a string (length, UTF-8); u16 names of elements, each as a string and an i8 score in sixteenths, and so the terms of text;
/// i32 bias; u16 trees, u8 depth; per tree its questions from the lowest bit up (u16 feature, f32 threshold: above it the bit is set), then i16 values of its leaves in
/// 1024ths of a logit.</para>
/// </remarks>
internal sealed class ContentModel
{
    public const int LogitScale = 1024;
    private const int Format = 2, MaxDepth = 8;
    private static ReadOnlySpan<byte> Magic => "CFCM"u8;

    private static readonly Lazy<ContentModel> s_embedded = new(() =>
    {
        using var stream = typeof(ContentModel).Assembly.GetManifestResourceStream("content.cfcm")!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return Read(memory.ToArray());
    });

    private readonly int _depth, _bias;
    private readonly (int Feature, float Threshold)[] _questions;
    private readonly int[] _leaves;

    public ContentModel(ContentWords words, int depth, int bias, (int Feature, float Threshold)[] questions, short[] leaves) =>
        (Names, Terms, _depth, _bias, _questions, _leaves) = (words.Names, words.Terms, depth, bias, questions, Array.ConvertAll(leaves, l => (int)l));

    /// <summary>The model of the library.</summary>
    public static ContentModel Embedded => s_embedded.Value;

    /// <summary>What elements call themselves; a tag is written `&lt;tag`.</summary>
    public WordScores Names { get; }

    /// <summary>Words of text.</summary>
    public WordScores Terms { get; }

    public int Trees => _questions.Length / Math.Max(1, _depth);

    /// <summary>SHA-256 of the file that the model was read from, lower-case hexadecimal.</summary>
    public string Digest { get; private init; } = "";

    /// <summary>Measures all blocks and sets their logits, in 1024ths.</summary>
    public void Score(BlockFeatures features, Span<int> logits)
    {
        while (features.Next())
            ScoreChunk(features, logits.Slice(features.First, features.Length));
    }

    private void ScoreChunk(BlockFeatures features, Span<int> logits)
    {
        // Four registers at a time share what is loaded of a tree.
        Span<int> sums = stackalloc int[BlockFeatures.Step];
        for (var block = 0; block < logits.Length; block += BlockFeatures.Step)
        {
            var bias = Vector256.Create(_bias);
            var (a, b, c, d) = (bias, bias, bias, bias);
            for (var tree = 0; tree < Trees; tree++)
            {
                var (pa, pb, pc, pd) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero);
                for (var level = 0; level < _depth; level++)
                {
                    var (feature, limit) = _questions[tree * _depth + level];
                    var (threshold, bit) = (Vector256.Create(limit), Vector256.Create(1 << level));
                    var row = features.Row(feature).Slice(block, BlockFeatures.Step);
                    pa |= Vector256.GreaterThan(Vector256.Create(row), threshold).AsInt32() & bit;
                    pb |= Vector256.GreaterThan(Vector256.Create(row[8..]), threshold).AsInt32() & bit;
                    pc |= Vector256.GreaterThan(Vector256.Create(row[16..]), threshold).AsInt32() & bit;
                    pd |= Vector256.GreaterThan(Vector256.Create(row[24..]), threshold).AsInt32() & bit;
                }
                var leaves = _leaves.AsSpan(tree << _depth, 1 << _depth);
                a += Leaves(leaves, pa);
                b += Leaves(leaves, pb);
                c += Leaves(leaves, pc);
                d += Leaves(leaves, pd);
            }
            a.CopyTo(sums);
            b.CopyTo(sums[8..]);
            c.CopyTo(sums[16..]);
            d.CopyTo(sums[24..]);
            sums[..Math.Min(sums.Length, logits.Length - block)].CopyTo(logits[block..]);
        }
    }

    /// <summary>The values of the leaves that eight paths end in; up to eight leaves fit into one register.</summary>
    private static Vector256<int> Leaves(ReadOnlySpan<int> leaves, Vector256<int> path)
    {
        if (leaves.Length == Vector256<int>.Count)
            return Vector256.ShuffleNative(Vector256.Create(leaves), path);
        Span<int> values = stackalloc int[Vector256<int>.Count];
        for (var lane = 0; lane < values.Length; lane++)
            values[lane] = leaves[path[lane]];
        return Vector256.Create(values);
    }

    /// <exception cref="InvalidDataException">The bytes are no model, or one of other features.</exception>
    public static ContentModel Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        try
        {
            if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic) || reader.ReadByte() != Format)
                throw new InvalidDataException("no content model of format 2");
            var features = new int[reader.ReadUInt16()];
            for (var i = 0; i < features.Length; i++)
                if (reader.ReadString() is var name && (features[i] = BlockFeatures.Names.IndexOf(name)) < 0)
                    throw new InvalidDataException($"a content model of another version: it asks for {name}");
            var words = new ContentWords(ReadWords(reader), ReadWords(reader));
            var bias = reader.ReadInt32();
            int trees = reader.ReadUInt16(), depth = reader.ReadByte();
            if (depth > MaxDepth)
                throw new InvalidDataException($"a content model of depth {depth}");
            var questions = new (int, float)[trees * depth];
            var leaves = new short[trees << depth];
            for (var tree = 0; tree < trees; tree++)
            {
                for (var i = 0; i < depth; i++)
                    questions[tree * depth + i] = (features[reader.ReadUInt16()], reader.ReadSingle());
                for (var i = 0; i < 1 << depth; i++)
                    leaves[(tree << depth) + i] = reader.ReadInt16();
            }
            return new ContentModel(words, depth, bias, questions, leaves) { Digest = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
        }
        catch (Exception e) when (e is EndOfStreamException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("a content model that is cut off or damaged", e);
        }
    }

    private static WordScores ReadWords(BinaryReader reader)
    {
        var words = new SortedDictionary<string, sbyte>(StringComparer.Ordinal);
        for (int i = 0, count = reader.ReadUInt16(); i < count; i++)
            words[reader.ReadString()] = reader.ReadSByte();
        return new(words);
    }

    private static void Write(BinaryWriter writer, WordScores scores)
    {
        writer.Write((ushort)scores.Words.Count);
        foreach (var (word, score) in scores.Words.OrderBy(w => w.Key, StringComparer.Ordinal))
        {
            writer.Write(word);
            writer.Write(score);
        }
    }

    public byte[] Write()
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write((byte)Format);
        var used = _questions.Select(q => q.Feature).Distinct().Order().ToArray();
        writer.Write((ushort)used.Length);
        foreach (var feature in used)
            writer.Write(BlockFeatures.Names[feature]);
        Write(writer, Names);
        Write(writer, Terms);
        writer.Write(_bias);
        writer.Write((ushort)Trees);
        writer.Write((byte)_depth);
        for (var tree = 0; tree < Trees; tree++)
        {
            foreach (var (feature, threshold) in _questions.AsSpan(tree * _depth, _depth))
            {
                writer.Write((ushort)Array.BinarySearch(used, feature));
                writer.Write(threshold);
            }
            foreach (var value in _leaves.AsSpan(tree << _depth, 1 << _depth))
                writer.Write((short)value);
        }
        writer.Flush();
        return memory.ToArray();
    }
}

/// <summary>The scores of the words that elements call themselves by, and of the words of text.</summary>
internal sealed record ContentWords(WordScores Names, WordScores Terms)
{
    public static ContentWords None { get; } = new(new(new Dictionary<string, sbyte>()), new(new Dictionary<string, sbyte>()));
}
