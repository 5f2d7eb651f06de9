using System.Collections.Frozen;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Clean.Content;

/// <summary>Tells how likely a block is content: boosted trees over its <see cref="BlockFeatures"/>, and scores of the words that elements call themselves by.</summary>
/// <remarks>
/// <para>All nodes of one level of a tree ask the same question, so that many blocks go through a tree at once (Kohavi 1994;
/// Prokhorenkova et al. 2018, arXiv:1706.09516). The answer is a sum of integers: it does not depend on the width of a vector register.</para>
/// <para>File, little-endian: "CFCM", u8 format 1; u16 features, each as a string (u8 length, ASCII); u16 words, each as a string and an i8 score in sixteenths;
/// i32 bias; u16 trees, u8 depth; per tree its questions from the lowest bit up (u16 feature, f32 threshold: above it the bit is set), then i16 values of its leaves in
/// 1024ths of a logit.</para>
/// </remarks>
internal sealed class ContentModel
{
    public const int LogitScale = 1024;
    private const float WordScale = 16;
    private const int Format = 1, MaxDepth = 8;
    private static ReadOnlySpan<byte> Magic => "CFCM"u8;

    private static readonly Lazy<ContentModel> s_embedded = new(() =>
    {
        using var stream = typeof(ContentModel).Assembly.GetManifestResourceStream("content.cfcm")!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return Read(memory.ToArray());
    });

    private readonly FrozenDictionary<uint, float> _scores;
    private readonly int _depth, _bias;
    private readonly (int Feature, float Threshold)[] _questions;
    private readonly int[] _leaves;

    public ContentModel(IReadOnlyDictionary<string, sbyte> words, int depth, int bias, (int Feature, float Threshold)[] questions, short[] leaves)
    {
        (Words, _depth, _bias, _questions, _leaves) = (words, depth, bias, questions, Array.ConvertAll(leaves, l => (int)l));
        _scores = words.ToFrozenDictionary(w => WordHash.OfNamed(w.Key), w => w.Value / WordScale);
    }

    /// <summary>The model of the library.</summary>
    public static ContentModel Embedded => s_embedded.Value;

    /// <summary>Names of classes with their log-odds in sixteenths; a tag is written `&lt;tag`.</summary>
    public IReadOnlyDictionary<string, sbyte> Words { get; }

    public int Trees => _questions.Length / Math.Max(1, _depth);

    /// <summary>SHA-256 of the file that the model was read from, lower-case hexadecimal.</summary>
    public string Digest { get; private init; } = "";

    public float Score(uint word) => _scores.GetValueOrDefault(word);

    public static sbyte RoundScore(double logOdds) => (sbyte)Math.Clamp(Math.Round(logOdds * WordScale), -48, 48);

    /// <summary>Sets the logit of every block, in 1024ths.</summary>
    public void Score(BlockFeatures features, Span<int> logits)
    {
        var lanes = Vector256<float>.Count;
        Span<int> sums = stackalloc int[lanes];
        for (var block = 0; block < logits.Length; block += lanes)
        {
            var sum = Vector256.Create(_bias);
            for (var tree = 0; tree < Trees; tree++)
            {
                var path = Vector256<int>.Zero;
                for (var level = 0; level < _depth; level++)
                {
                    var (feature, threshold) = _questions[tree * _depth + level];
                    var above = Vector256.GreaterThan(Vector256.Create(features.Row(feature).Slice(block, lanes)), Vector256.Create(threshold));
                    path |= above.AsInt32() & Vector256.Create(1 << level);
                }
                sum += Leaves(tree, path);
            }
            sum.CopyTo(sums);
            sums[..Math.Min(lanes, logits.Length - block)].CopyTo(logits[block..]);
        }
    }

    /// <summary>The values of the leaves that eight paths end in; up to eight leaves fit into one register.</summary>
    private Vector256<int> Leaves(int tree, Vector256<int> path)
    {
        var leaves = _leaves.AsSpan(tree << _depth, 1 << _depth);
        if (leaves.Length == Vector256<int>.Count)
            return Vector256.Shuffle(Vector256.Create(leaves), path);
        Span<int> values = stackalloc int[Vector256<int>.Count];
        for (var lane = 0; lane < values.Length; lane++)
            values[lane] = leaves[path[lane]];
        return Vector256.Create(values);
    }

    /// <exception cref="InvalidDataException">The bytes are no model, or one of other features.</exception>
    public static ContentModel Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.ASCII);
        try
        {
            if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic) || reader.ReadByte() != Format)
                throw new InvalidDataException("no content model of format 1");
            var features = new int[reader.ReadUInt16()];
            for (var i = 0; i < features.Length; i++)
                if (reader.ReadString() is var name && (features[i] = BlockFeatures.Names.IndexOf(name)) < 0)
                    throw new InvalidDataException($"a content model of another version: it asks for {name}");
            var words = new SortedDictionary<string, sbyte>(StringComparer.Ordinal);
            for (int i = 0, count = reader.ReadUInt16(); i < count; i++)
                words[reader.ReadString()] = reader.ReadSByte();
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

    public byte[] Write()
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.ASCII);
        writer.Write(Magic);
        writer.Write((byte)Format);
        var used = _questions.Select(q => q.Feature).Distinct().Order().ToArray();
        writer.Write((ushort)used.Length);
        foreach (var feature in used)
            writer.Write(BlockFeatures.Names[feature]);
        writer.Write((ushort)Words.Count);
        foreach (var (word, score) in Words.OrderBy(w => w.Key, StringComparer.Ordinal))
        {
            writer.Write(word);
            writer.Write(score);
        }
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
