namespace CorpusForge.Training.Tests;

/// <summary>The transformer again, in loops of doubles that follow the formulas letter by letter: what the fast one is held to.</summary>
internal static class PlainLlama
{
    public static double[][] Logits(ModelShape shape, Dictionary<string, double[]> weights, long[] ids)
    {
        var embedding = weights["model.embed_tokens.weight"];
        double[][] x = [.. ids.Select(id => embedding[((int)id * shape.Width)..(((int)id + 1) * shape.Width)])];
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            double[] Of(string name) => weights[$"model.layers.{layer}.{name}.weight"];
            double[][] normed = [.. x.Select(v => Norm(v, Of("input_layernorm")))];
            double[][] queries = [.. normed.Select(v => Times(Of("self_attn.q_proj"), v))];
            double[][] keys = [.. normed.Select(v => Times(Of("self_attn.k_proj"), v))];
            double[][] values = [.. normed.Select(v => Times(Of("self_attn.v_proj"), v))];
            x = [.. x.Select((v, t) => Plus(v, Times(Of("self_attn.o_proj"), Attend(shape, queries, keys, values, t))))];
            x = [.. x.Select(v =>
            {
                var n = Norm(v, Of("post_attention_layernorm"));
                var up = Times(Of("mlp.up_proj"), n);
                double[] gated = [.. Times(Of("mlp.gate_proj"), n).Select((g, i) => g / (1 + Math.Exp(-g)) * up[i])];
                return Plus(v, Times(Of("mlp.down_proj"), gated));
            })];
        }
        return [.. x.Select(v => Times(embedding, Norm(v, weights["model.norm.weight"])))];
    }

    private static double[] Attend(ModelShape shape, double[][] queries, double[][] keys, double[][] values, int time)
    {
        var width = shape.Width / shape.Heads;
        var result = new double[shape.Width];
        for (var start = 0; start < shape.Width; start += width)
        {
            double[] query = Rotate(queries[time], start, width, time);
            double[] scores = [.. Enumerable.Range(0, time + 1).Select(t => Math.Exp(
                Rotate(keys[t], start, width, t).Zip(query, (k, q) => k * q).Sum() / Math.Sqrt(width)))];
            for (var i = 0; i < width; i++)
                result[start + i] = scores.Select((s, t) => s / scores.Sum() * values[t][start + i]).Sum();
        }
        return result;
    }

    private static double[] Rotate(double[] vector, int start, int width, int position)
    {
        var half = width / 2;
        var result = new double[width];
        for (var i = 0; i < half; i++)
        {
            var (angle, a, b) = (position / Math.Pow(10_000, 2.0 * i / width), vector[start + i], vector[start + half + i]);
            result[i] = (a * Math.Cos(angle)) - (b * Math.Sin(angle));
            result[half + i] = (b * Math.Cos(angle)) + (a * Math.Sin(angle));
        }
        return result;
    }

    private static double[] Norm(double[] x, double[] gain)
    {
        var root = Math.Sqrt(x.Average(v => v * v) + 1e-5);
        return [.. x.Select((v, i) => v / root * gain[i])];
    }

    private static double[] Times(double[] matrix, double[] x) =>
        [.. Enumerable.Range(0, matrix.Length / x.Length).Select(row => x.Select((v, i) => v * matrix[(row * x.Length) + i]).Sum())];

    private static double[] Plus(double[] a, double[] b) => [.. a.Zip(b, (u, v) => u + v)];
}
