using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace CorpusForge.Training;

/// <summary>How matrices are stored in a GGUF file.</summary>
public enum GgufType
{
    F16,

    /// <summary>Q8_0: blocks of 32 signed bytes with a scale each.</summary>
    Q8,
}

/// <summary>Writes a decoder as a GGUF file, version 3, that llama.cpp runs.</summary>
/// <remarks>
/// Little-endian: magic, counts, metadata, tensor descriptions with dimensions from the fastest on, data aligned to 32 bytes. Vectors stay
/// in float32. llama.cpp rotates neighbouring numbers of a head where Hugging Face rotates halves, so the rows of Llama's queries and keys
/// are interleaved.
/// </remarks>
public static class Gguf
{
    private const int Alignment = 32;
    private const int Block = 32;
    private const int TypeF32 = 0, TypeF16 = 1, TypeQ8 = 8;

    /// <exception cref="TrainingException">The family has no form in GGUF here, or rows cannot be cut into blocks.</exception>
    public static void Write(Stream stream, Transformer model, TokenizerTable? tokenizer, GgufType type, string name)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var shape = model.Shape;
        if (shape.Family == ModelFamily.Bert)
            throw new TrainingException("An encoder cannot be written as GGUF here: export it as huggingface.");
        List<(string Name, Tensor Tensor, int Type)> tensors = [.. model.Parameters.Select(p => Of(p, shape, type))];
        var writer = new Writer();
        Metadata(writer, shape, tokenizer, type, name);
        using (var head = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            head.Write("GGUF"u8);
            head.Write(3);
            head.Write((long)tensors.Count);
            head.Write((long)writer.Count);
            head.Write(writer.Bytes);
            var (offset, written) = (0L, 4 + 4 + 8 + 8 + (long)writer.Bytes.Length);
            foreach (var (tensorName, tensor, stored) in tensors)
            {
                var description = new Writer();
                description.String(tensorName);
                description.Int32((int)tensor.dim());
                foreach (var dimension in tensor.shape.Reverse())
                    description.Int64(dimension);
                description.Int32(stored);
                description.Int64(offset);
                head.Write(description.Bytes);
                written += description.Bytes.Length;
                offset += Aligned(BytesOf(tensor.numel(), stored));
            }
            head.Write(new byte[Aligned(written) - written]);
        }
        foreach (var (_, tensor, stored) in tensors)
        {
            Data(stream, tensor, stored);
            var length = BytesOf(tensor.numel(), stored);
            stream.Write(new byte[Aligned(length) - length]);
        }
    }

    private static void Metadata(Writer writer, ModelShape shape, TokenizerTable? tokenizer, GgufType type, string name)
    {
        var family = shape.Family == ModelFamily.Llama ? "llama" : "gpt2";
        writer.Pair("general.architecture", family);
        writer.Pair("general.name", name);
        writer.Pair("general.file_type", type == GgufType.F16 ? 1u : 7u);
        writer.Pair("general.quantization_version", 2u);
        writer.Pair($"{family}.vocab_size", (uint)shape.VocabularySize);
        writer.Pair($"{family}.context_length", (uint)shape.Context);
        writer.Pair($"{family}.embedding_length", (uint)shape.Width);
        writer.Pair($"{family}.block_count", (uint)shape.Layers);
        writer.Pair($"{family}.feed_forward_length", (uint)shape.HiddenWidth);
        writer.Pair($"{family}.attention.head_count", (uint)shape.Heads);
        writer.Pair($"{family}.attention.head_count_kv", (uint)(shape.KeyValueWidth / shape.HeadWidth));
        if (shape.Family == ModelFamily.Llama)
        {
            writer.Pair("llama.attention.layer_norm_rms_epsilon", (float)shape.NormEpsilon);
            writer.Pair("llama.rope.dimension_count", (uint)shape.HeadWidth);
            writer.Pair("llama.rope.freq_base", (float)shape.RotaryBase);
        }
        else
        {
            writer.Pair("gpt2.attention.layer_norm_epsilon", (float)shape.NormEpsilon);
        }
        writer.Pair("tokenizer.ggml.model", tokenizer is null ? "none" : "gpt2");
        if (tokenizer is null)
            return;
        writer.Pair("tokenizer.ggml.pre", tokenizer.Cutting);
        writer.Pair("tokenizer.ggml.tokens", [.. tokenizer.Tokens.Select((t, i) => t ?? $"<|unused_{i}|>")]);
        // 1 normal, 3 control, 5 unused.
        writer.Pair("tokenizer.ggml.token_type", [.. tokenizer.Tokens.Select((t, i) => t is null ? 5 : i == tokenizer.EndOfText ? 3 : 1)]);
        writer.Pair("tokenizer.ggml.merges", [.. tokenizer.Merges.Select(m => $"{m.Left} {m.Right}")]);
        writer.Pair("tokenizer.ggml.bos_token_id", (uint)tokenizer.EndOfText);
        writer.Pair("tokenizer.ggml.eos_token_id", (uint)tokenizer.EndOfText);
        writer.Pair("tokenizer.ggml.add_bos_token", false);
    }

    private static (string Name, Tensor Tensor, int Type) Of(NamedTensor parameter, ModelShape shape, GgufType type)
    {
        var (name, tensor) = parameter;
        var parts = name.Split('.');
        // model.layers.N.… and transformer.h.N.… are layers.
        var layer = parts[1] is "layers" or "h" ? $"blk.{parts[2]}." : "";
        var inside = string.Join('.', parts[(layer.Length > 0 ? 3 : parts.Length - 2)..^1]);
        var own = inside switch
        {
            "embed_tokens" or "wte" => "token_embd",
            "wpe" => "position_embd",
            "norm" or "ln_f" => "output_norm",
            "lm_head" => "output",
            "self_attn.q_proj" => "attn_q",
            "self_attn.k_proj" => "attn_k",
            "self_attn.v_proj" => "attn_v",
            "self_attn.o_proj" or "attn.c_proj" => "attn_output",
            "attn.c_attn" => "attn_qkv",
            "mlp.gate_proj" => "ffn_gate",
            "mlp.up_proj" or "mlp.c_fc" => "ffn_up",
            "mlp.down_proj" or "mlp.c_proj" => "ffn_down",
            "input_layernorm" or "ln_1" => "attn_norm",
            "post_attention_layernorm" or "ln_2" => "ffn_norm",
            _ => throw new InvalidOperationException(name),
        };
        tensor = tensor.detach().cpu();
        // GGUF has outputs as rows in both families.
        if (shape.Family == ModelFamily.Gpt2 && layer.Length > 0 && tensor.dim() == 2)
            tensor = tensor.t();
        if (own is "attn_q" or "attn_k")
        {
            var heads = tensor.shape[0] / shape.HeadWidth;
            tensor = tensor.reshape(heads, 2, shape.HeadWidth / 2, shape.Width).transpose(1, 2).reshape(tensor.shape);
        }
        // Positions are looked up, and llama.cpp wants them whole.
        var stored = tensor.dim() == 1 || own == "position_embd" ? TypeF32 : type == GgufType.F16 ? TypeF16 : TypeQ8;
        if (stored == TypeQ8 && tensor.shape[1] % Block != 0)
            throw new TrainingException($"{name} has rows of {tensor.shape[1]}, and blocks of Q8_0 have {Block}: write F16.");
        return ($"{layer}{own}.{parts[^1]}", tensor.contiguous(), stored);
    }

    private static long BytesOf(long count, int type) => type switch { TypeF32 => 4 * count, TypeF16 => 2 * count, _ => count / Block * (Block + 2) };

    private static long Aligned(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static void Data(Stream stream, Tensor tensor, int type) => SafeTensors.ForBytes(
        tensor,
        bytes => stream.Write(type == TypeQ8 ? Quantized(MemoryMarshal.Cast<byte, float>(bytes)) : bytes),
        type == TypeF16 ? ScalarType.Float16 : ScalarType.Float32);

    // As ggml: the largest magnitude of a block becomes 127, halves are rounded away from zero, and the scale is stored as a half.
    internal static byte[] Quantized(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length / Block * (Block + 2)];
        for (var (from, to) = (0, 0); from < values.Length; from += Block, to += Block + 2)
        {
            var block = values.Slice(from, Block);
            var largest = 0f;
            foreach (var value in block)
                largest = Math.Max(largest, Math.Abs(value));
            var scale = largest / 127;
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(to), (Half)scale);
            var inverse = scale == 0 ? 0 : 1 / scale;
            for (var i = 0; i < Block; i++)
                bytes[to + 2 + i] = (byte)(sbyte)MathF.Round(block[i] * inverse, MidpointRounding.AwayFromZero);
        }
        return bytes;
    }

    /// <summary>Values with their types, as GGUF writes them.</summary>
    private sealed class Writer
    {
        private const int UInt32Type = 4, Int32Type = 5, Float32Type = 6, BoolType = 7, StringType = 8, ArrayType = 9;

        private readonly ArrayBufferWriter<byte> _bytes = new();

        public int Count { get; private set; }

        public byte[] Bytes => _bytes.WrittenSpan.ToArray();

        public void Pair(string key, uint value)
        {
            Key(key, UInt32Type);
            Int32((int)value);
        }

        public void Pair(string key, float value)
        {
            Key(key, Float32Type);
            Int32(BitConverter.SingleToInt32Bits(value));
        }

        public void Pair(string key, bool value)
        {
            Key(key, BoolType);
            _bytes.Write([(byte)(value ? 1 : 0)]);
        }

        public void Pair(string key, string value)
        {
            Key(key, StringType);
            String(value);
        }

        public void Pair(string key, string[] values)
        {
            Key(key, ArrayType);
            Int32(StringType);
            Int64(values.Length);
            foreach (var value in values)
                String(value);
        }

        public void Pair(string key, int[] values)
        {
            Key(key, ArrayType);
            Int32(Int32Type);
            Int64(values.Length);
            foreach (var value in values)
                Int32(value);
        }

        public void String(string value)
        {
            var bytes = Encoding.UTF8.GetBytes(value);
            Int64(bytes.Length);
            _bytes.Write(bytes);
        }

        public void Int32(int value)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
            _bytes.Write(bytes);
        }

        public void Int64(long value)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            _bytes.Write(bytes);
        }

        private void Key(string key, int type)
        {
            Count++;
            String(key);
            Int32(type);
        }
    }
}
