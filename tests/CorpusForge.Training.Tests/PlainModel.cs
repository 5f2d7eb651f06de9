using static TorchSharp.torch;

namespace CorpusForge.Training.Tests;

/// <summary>The three families again, in plain operations on float64 tensors under their published names, trained by a plain AdamW: what the fast ones are held to.</summary>
internal sealed class PlainModel : IDisposable
{
    private readonly ModelShape _shape;
    private readonly Dictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Tensor First, Tensor Second)> _moments = new(StringComparer.Ordinal);

    public PlainModel(Transformer model)
    {
        _shape = model.Shape;
        foreach (var (name, tensor) in model.Parameters)
        {
            _weights[name] = tensor.detach().clone().to(ScalarType.Float64).requires_grad_(true);
            _moments[name] = (zeros_like(_weights[name]), zeros_like(_weights[name]));
        }
    }

    public Tensor GradientOf(string name) => _weights[name].grad!;

    /// <summary>The mean cross-entropy over the targets, after which the gradients are those of it.</summary>
    public double Backward(Tensor ids, Tensor targets)
    {
        foreach (var weight in _weights.Values)
            weight.grad = null;
        var probabilities = Logits(ids).log_softmax(-1).view(-1, _shape.VocabularySize);
        var wanted = targets.view(-1);
        var rows = wanted.ge(0).nonzero().view(-1);
        var loss = -probabilities.index_select(0, rows).gather(1, wanted.index_select(0, rows).unsqueeze(1)).mean();
        loss.backward();
        return loss.item<double>();
    }

    public double Norm() => Math.Sqrt(_weights.Values.Sum(w => w.grad!.square().sum().item<double>()));

    /// <summary>Loshchilov and Hutter 2019, algorithm 2, after clipping to the norm of 1.</summary>
    public void AdamW(int step, double learningRate, double weightDecay)
    {
        using var frozen = no_grad();
        var scale = Math.Min(1, 1 / Norm());
        foreach (var (name, weight) in _weights)
        {
            using var scope = NewDisposeScope();
            var gradient = weight.grad! * scale;
            var (first, second) = _moments[name];
            first.copy_((first * 0.9) + (gradient * 0.1));
            second.copy_((second * 0.95) + (gradient * gradient * 0.05));
            var decay = weight.dim() == 2 ? weightDecay : 0;
            var update = first / (1 - Math.Pow(0.9, step)) / ((second / (1 - Math.Pow(0.95, step))).sqrt() + 1e-8);
            weight.copy_(weight - ((update + (weight * decay)) * learningRate));
        }
    }

    public Tensor Logits(Tensor ids) => _shape.Family switch
    {
        ModelFamily.Llama => Llama(ids),
        ModelFamily.Gpt2 => Gpt2(ids),
        _ => Bert(ids),
    };

    private Tensor Llama(Tensor ids)
    {
        var x = _weights["model.embed_tokens.weight"][ids];
        var shared = _shape.KeyValueHeads == 0 ? _shape.Heads : _shape.KeyValueHeads;
        for (var i = 0; i < _shape.Layers; i++)
        {
            Tensor Of(string name) => _weights[$"model.layers.{i}.{name}.weight"];
            var n = RmsNorm(x, Of("input_layernorm"));
            var query = Rotate(Heads(n.matmul(Of("self_attn.q_proj").t()), _shape.Heads));
            var key = Rotate(Heads(n.matmul(Of("self_attn.k_proj").t()), shared)).repeat_interleave(_shape.Heads / shared, 1);
            var value = Heads(n.matmul(Of("self_attn.v_proj").t()), shared).repeat_interleave(_shape.Heads / shared, 1);
            x = x + Attend(query, key, value, causal: true).matmul(Of("self_attn.o_proj").t());
            n = RmsNorm(x, Of("post_attention_layernorm"));
            var gate = n.matmul(Of("mlp.gate_proj").t());
            x = x + (gate * gate.sigmoid() * n.matmul(Of("mlp.up_proj").t())).matmul(Of("mlp.down_proj").t());
        }
        return RmsNorm(x, _weights["model.norm.weight"]).matmul(_weights[_shape.UntiedHead ? "lm_head.weight" : "model.embed_tokens.weight"].t());
    }

    private Tensor Gpt2(Tensor ids)
    {
        var x = _weights["transformer.wte.weight"][ids] + _weights["transformer.wpe.weight"].narrow(0, 0, ids.shape[1]);
        for (var i = 0; i < _shape.Layers; i++)
        {
            var layer = $"transformer.h.{i}";
            var parts = Conv(LayerNorm(x, $"{layer}.ln_1", 1e-5), $"{layer}.attn.c_attn").split(_shape.Width, -1);
            x = x + Conv(Attend(Heads(parts[0], _shape.Heads), Heads(parts[1], _shape.Heads), Heads(parts[2], _shape.Heads), causal: true), $"{layer}.attn.c_proj");
            var h = Conv(LayerNorm(x, $"{layer}.ln_2", 1e-5), $"{layer}.mlp.c_fc");
            h = 0.5 * h * (1 + (Math.Sqrt(2 / Math.PI) * (h + (0.044715 * h * h * h))).tanh());
            x = x + Conv(h, $"{layer}.mlp.c_proj");
        }
        return LayerNorm(x, "transformer.ln_f", 1e-5).matmul(_weights[_shape.UntiedHead ? "lm_head.weight" : "transformer.wte.weight"].t());

        // Published with inputs as rows.
        Tensor Conv(Tensor y, string name) => y.matmul(_weights[$"{name}.weight"]) + _weights[$"{name}.bias"];
    }

    private Tensor Bert(Tensor ids)
    {
        const double Epsilon = 1e-12;
        var x = _weights["bert.embeddings.word_embeddings.weight"][ids] + _weights["bert.embeddings.position_embeddings.weight"].narrow(0, 0, ids.shape[1])
            + _weights["bert.embeddings.token_type_embeddings.weight"][0];
        x = LayerNorm(x, "bert.embeddings.LayerNorm", Epsilon);
        for (var i = 0; i < _shape.Layers; i++)
        {
            var layer = $"bert.encoder.layer.{i}";
            Tensor Part(string name) => Heads(Dense(x, $"{layer}.attention.self.{name}"), _shape.Heads);
            var attended = Dense(Attend(Part("query"), Part("key"), Part("value"), causal: false), $"{layer}.attention.output.dense");
            x = LayerNorm(x + attended, $"{layer}.attention.output.LayerNorm", Epsilon);
            x = LayerNorm(x + Dense(Gelu(Dense(x, $"{layer}.intermediate.dense")), $"{layer}.output.dense"), $"{layer}.output.LayerNorm", Epsilon);
        }
        x = LayerNorm(Gelu(Dense(x, "cls.predictions.transform.dense")), "cls.predictions.transform.LayerNorm", Epsilon);
        return x.matmul(_weights["bert.embeddings.word_embeddings.weight"].t()) + _weights["cls.predictions.bias"];

        Tensor Dense(Tensor y, string name) => y.matmul(_weights[$"{name}.weight"].t()) + _weights[$"{name}.bias"];
        static Tensor Gelu(Tensor y) => 0.5 * y * (1 + (y / Math.Sqrt(2)).erf());
    }

    private static Tensor Heads(Tensor x, int heads) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);

    private static Tensor Attend(Tensor query, Tensor key, Tensor value, bool causal)
    {
        var time = query.shape[2];
        var scores = query.matmul(key.transpose(2, 3)) / Math.Sqrt(query.shape[3]);
        if (causal)
            scores = scores.masked_fill(ones(time, time, ScalarType.Bool).triu(1), double.NegativeInfinity);
        return scores.softmax(-1).matmul(value).transpose(1, 2).reshape(query.shape[0], time, -1);
    }

    private Tensor Rotate(Tensor x)
    {
        var half = x.shape[3] / 2;
        var angles = arange(x.shape[2], ScalarType.Float64).unsqueeze(1) * pow(tensor(_shape.RotaryBase, ScalarType.Float64), arange(half, ScalarType.Float64) / -half);
        var (a, b) = (x.narrow(3, 0, half), x.narrow(3, half, half));
        return cat([(a * angles.cos()) - (b * angles.sin()), (b * angles.cos()) + (a * angles.sin())], 3);
    }

    private static Tensor RmsNorm(Tensor x, Tensor gain) => x / (x.pow(2).mean([-1], keepdim: true) + 1e-5).sqrt() * gain;

    private Tensor LayerNorm(Tensor x, string name, double epsilon)
    {
        var centred = x - x.mean([-1], keepdim: true);
        return (centred / (centred.pow(2).mean([-1], keepdim: true) + epsilon).sqrt() * _weights[$"{name}.weight"]) + _weights[$"{name}.bias"];
    }

    public void Dispose()
    {
        foreach (var weight in _weights.Values)
            weight.Dispose();
        foreach (var (first, second) in _moments.Values)
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
