using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using CorpusForge.Tokenize;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CorpusForge.Training.Tests;

/// <summary>What is exported, read back by readers that follow the formats' descriptions and share no code with the writers.</summary>
public sealed class PretrainedTests : IDisposable
{
    private static readonly ModelShape s_shape = new() { Layers = 2, Heads = 2, Width = 32, Hidden = 64, Context = 12, VocabularySize = 257 };
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-").FullName;

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(ModelFamily.Llama, "model.layers.1.self_attn.k_proj.weight", 16, 32)]
    [InlineData(ModelFamily.Llama, "lm_head.weight", 257, 32)]
    [InlineData(ModelFamily.Gpt2, "transformer.h.1.attn.c_attn.weight", 32, 96)]
    [InlineData(ModelFamily.Gpt2, "transformer.h.0.mlp.c_proj.weight", 64, 32)]
    [InlineData(ModelFamily.Bert, "bert.encoder.layer.1.intermediate.dense.weight", 64, 32)]
    public void A_folder_holds_every_tensor_under_its_published_name_and_shape(ModelFamily family, string name, int rows, int columns)
    {
        using var model = new Transformer(s_shape with { Family = family, KeyValueHeads = family == ModelFamily.Llama ? 1 : 0, UntiedHead = family == ModelFamily.Llama }, seed: 3);
        Pretrained.Write(model, _folder, 256, TokenizerTable.Of(new ByteTokenizer()));
        var tensors = SafeTensorsOf(Path.Combine(_folder, "model.safetensors"));
        Assert.Equal(model.Shape.Parameters, tensors.Values.Sum(t => t.Values.Length));
        Assert.Equal([rows, columns], tensors[name].Shape);
        Assert.All(model.Parameters, p => Assert.Equal(p.Tensor.contiguous().data<float>().ToArray(), tensors[p.Name].Values));

        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "config.json")));
        Assert.Equal(257, config.RootElement.GetProperty("vocab_size").GetInt32());
        using var generation = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "generation_config.json")));
        Assert.Equal(256, generation.RootElement.GetProperty("eos_token_id").GetInt32());
        using var back = Pretrained.Open(Path.Combine(_folder, "config.json"), Path.Combine(_folder, "model.safetensors"));
        Assert.True(back.Weights.eq(model.Weights).all().item<bool>());
    }

    [Fact]
    public void In_bfloat16_each_number_is_the_nearest()
    {
        using var model = new Transformer(s_shape, seed: 3);
        Pretrained.Write(model, _folder, null, null, halved: true);
        Assert.Contains("\"torch_dtype\": \"bfloat16\"", File.ReadAllText(Path.Combine(_folder, "config.json")));
        using var back = Pretrained.Open(Path.Combine(_folder, "config.json"), Path.Combine(_folder, "model.safetensors"));
        Assert.True(back.Weights.eq(model.Weights.to(ScalarType.BFloat16).to(ScalarType.Float32)).all().item<bool>());
    }

    [Fact]
    public void GPT_2s_first_release_has_shorter_names()
    {
        using var model = new Transformer(s_shape with { Family = ModelFamily.Gpt2 }, seed: 3);
        var path = Path.Combine(_folder, "bare.safetensors");
        using (var file = File.Create(path))
            SafeTensors.Write(file, [.. model.Parameters.Select(p => p with { Name = p.Name["transformer.".Length..] })], []);
        File.WriteAllText(Path.Combine(_folder, "config.json"), model.Shape.ToConfig(null));
        using var back = Pretrained.Open(Path.Combine(_folder, "config.json"), path);
        Assert.True(back.Weights.eq(model.Weights).all().item<bool>());
    }

    [Theory]
    [InlineData(ModelFamily.Llama, GgufType.F16)]
    [InlineData(ModelFamily.Llama, GgufType.Q8)]
    [InlineData(ModelFamily.Gpt2, GgufType.F16)]
    [InlineData(ModelFamily.Gpt2, GgufType.Q8)]
    public void A_GGUF_file_has_the_same_weights(ModelFamily family, GgufType type)
    {
        using var model = new Transformer(s_shape with { Family = family, KeyValueHeads = family == ModelFamily.Llama ? 1 : 0, UntiedHead = family == ModelFamily.Llama }, seed: 3);
        using (no_grad())
            model.Weights.add_(randn(model.Weights.shape, generator: new Generator(1)) * 0.1);
        var stream = new MemoryStream();
        Gguf.Write(stream, model, TokenizerTable.Of(new ByteTokenizer()), type, "test");
        var (metadata, tensors) = GgufOf(stream.ToArray());

        var name = family == ModelFamily.Llama ? "llama" : "gpt2";
        Assert.Equal(name, metadata["general.architecture"]);
        Assert.Equal((2u, 32u, 64u), (metadata[$"{name}.block_count"], metadata[$"{name}.embedding_length"], metadata[$"{name}.feed_forward_length"]));
        Assert.Equal("<|endoftext|>", ((object[])metadata["tokenizer.ggml.tokens"])[256]);
        Assert.Equal(model.Parameters.Count, tensors.Count);
        var tolerance = type == GgufType.F16 ? 1e-3 : 5e-3;
        var weights = model.Parameters.ToDictionary(p => p.Name, p => p.Tensor.contiguous());
        foreach (var (theirs, ours, transposed) in family == ModelFamily.Llama
            ? new[]
            {
                ("token_embd.weight", "model.embed_tokens.weight", false), ("output.weight", "lm_head.weight", false), ("output_norm.weight", "model.norm.weight", false),
                ("blk.1.attn_v.weight", "model.layers.1.self_attn.v_proj.weight", false), ("blk.0.ffn_gate.weight", "model.layers.0.mlp.gate_proj.weight", false),
                ("blk.0.ffn_down.weight", "model.layers.0.mlp.down_proj.weight", false), ("blk.1.ffn_norm.weight", "model.layers.1.post_attention_layernorm.weight", false),
            }
            :
            [
                ("token_embd.weight", "transformer.wte.weight", false), ("position_embd.weight", "transformer.wpe.weight", false), ("output_norm.bias", "transformer.ln_f.bias", false),
                ("blk.1.attn_qkv.weight", "transformer.h.1.attn.c_attn.weight", true), ("blk.0.attn_output.bias", "transformer.h.0.attn.c_proj.bias", false),
                ("blk.0.ffn_up.weight", "transformer.h.0.mlp.c_fc.weight", true), ("blk.0.ffn_down.weight", "transformer.h.0.mlp.c_proj.weight", true),
            ])
        {
            var expected = (transposed ? weights[ours].t() : weights[ours]).contiguous();
            var (shape, values) = tensors[theirs];
            Assert.Equal(expected.shape.Reverse(), shape);
            var wanted = expected.data<float>().ToArray();
            for (var i = 0; i < wanted.Length; i++)
                Assert.Equal(wanted[i], values[i], tolerance);
        }
        if (family == ModelFamily.Llama)
        {
            // Row 2i of a head is row i of its first half, row 2i + 1 row i of its second.
            var (query, expected) = (tensors["blk.0.attn_q.weight"].Values, weights["model.layers.0.self_attn.q_proj.weight"].data<float>().ToArray());
            for (var head = 0; head < 2; head++)
            {
                for (var i = 0; i < 8; i++)
                {
                    Assert.Equal(expected[((head * 16) + i) * 32], query[((head * 16) + (2 * i)) * 32], tolerance);
                    Assert.Equal(expected[((head * 16) + 8 + i) * 32], query[((head * 16) + (2 * i) + 1) * 32], tolerance);
                }
            }
        }
    }

    [Fact]
    public void The_bytes_tokenizer_is_written_for_others()
    {
        var stream = new MemoryStream();
        TokenizerTable.Of(new ByteTokenizer())!.WriteJson(stream);
        using var json = JsonDocument.Parse(stream.ToArray());
        var vocabulary = json.RootElement.GetProperty("model").GetProperty("vocab");
        Assert.Equal((256, 33, 220 - 188), (vocabulary.EnumerateObject().Count(), vocabulary.GetProperty("!").GetInt32(), vocabulary.GetProperty("Ġ").GetInt32()));
        Assert.Equal(10, vocabulary.GetProperty("Ċ").GetInt32());
        Assert.Equal(256, json.RootElement.GetProperty("added_tokens")[0].GetProperty("id").GetInt32());
    }

    [Fact]
    public void Merges_make_the_same_ids_as_ranks()
    {
        var tokenizer = Tokenizers.Open("cl100k_base");
        var table = TokenizerTable.Of(tokenizer)!;
        Assert.Equal(100_256 - 256, table.Merges.Count);
        var ranks = table.Merges.Select((m, i) => (m, i)).ToDictionary(p => p.m, p => p.i);
        var ids = table.Tokens.Select((t, i) => (t, i)).Where(p => p.t is not null).ToDictionary(p => p.t!, p => p.i);
        foreach (var word in new[] { "internationalization", "antidisestablishmentarianism", "zzzyqx", "Hello" })
        {
            List<string> parts = [.. word.Select(c => $"{c}")];
            while (parts.Zip(parts.Skip(1)).Where(ranks.ContainsKey).ToArray() is { Length: > 0 } possible)
            {
                var best = possible.MinBy(p => ranks[p]);
                var at = parts.Zip(parts.Skip(1)).ToList().IndexOf(best);
                parts[at] += parts[at + 1];
                parts.RemoveAt(at + 1);
            }
            var expected = new List<int>();
            tokenizer.Encode(word, expected);
            Assert.Equal(expected, parts.Select(p => ids[p]));
        }
    }

    private static Dictionary<string, (long[] Shape, float[] Values)> SafeTensorsOf(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, length));
        return header.RootElement.EnumerateObject().Where(t => t.Name != "__metadata__").ToDictionary(t => t.Name, t =>
        {
            Assert.Equal("F32", t.Value.GetProperty("dtype").GetString());
            var offsets = t.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt32()).ToArray();
            return (t.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()).ToArray(),
                MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + length + offsets[0], offsets[1] - offsets[0])).ToArray());
        });
    }

    private static (Dictionary<string, object> Metadata, Dictionary<string, (long[] Shape, float[] Values)> Tensors) GgufOf(byte[] file)
    {
        using var reader = new BinaryReader(new MemoryStream(file));
        Assert.Equal((0x46554747u, 3u), (reader.ReadUInt32(), reader.ReadUInt32()));
        var (tensorCount, pairs) = (reader.ReadUInt64(), reader.ReadUInt64());
        var metadata = new Dictionary<string, object>();
        for (var i = 0ul; i < pairs; i++)
            metadata.Add(Text(), Value(reader.ReadUInt32()));
        var infos = new List<(string Name, long[] Shape, uint Type, long Offset)>();
        for (var i = 0ul; i < tensorCount; i++)
        {
            var name = Text();
            long[] shape = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt64())];
            infos.Add((name, shape, reader.ReadUInt32(), reader.ReadInt64()));
        }
        var start = (reader.BaseStream.Position + 31) / 32 * 32;
        return (metadata, infos.ToDictionary(t => t.Name, t =>
        {
            Assert.Equal(0, t.Offset % 32);
            var count = t.Shape.Aggregate((a, b) => a * b);
            var data = file.AsSpan((int)(start + t.Offset));
            var values = new float[count];
            for (var i = 0; i < count; i++)
            {
                values[i] = t.Type switch
                {
                    0 => BinaryPrimitives.ReadSingleLittleEndian(data[(4 * i)..]),
                    1 => (float)BinaryPrimitives.ReadHalfLittleEndian(data[(2 * i)..]),
                    8 => (float)BinaryPrimitives.ReadHalfLittleEndian(data[(i / 32 * 34)..]) * (sbyte)data[(i / 32 * 34) + 2 + (i % 32)],
                    _ => throw new InvalidDataException(),
                };
            }
            return (t.Shape, values);
        }));

        string Text() => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));
        object Value(uint type)
        {
            if (type != 9)
                return type switch { 4 => reader.ReadUInt32(), 5 => reader.ReadInt32(), 6 => reader.ReadSingle(), 7 => reader.ReadBoolean(), 8 => Text(), _ => throw new InvalidDataException() };
            var (inner, count) = (reader.ReadUInt32(), reader.ReadUInt64());
            return Enumerable.Range(0, (int)count).Select(_ => Value(inner)).ToArray();
        }
    }
}
