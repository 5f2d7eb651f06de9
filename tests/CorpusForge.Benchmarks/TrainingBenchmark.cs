using System.Diagnostics;
using CorpusForge.Tokenize;
using CorpusForge.Training;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CorpusForge.Benchmarks;

/// <summary>Loader, optimizer and training step on one thread of a processor, each beside what TorchSharp has for it, in turns in one process.</summary>
internal static class TrainingBenchmark
{
    private const int Turns = 5;

    public static int Run()
    {
        NativeTorch.Load();
        set_num_threads(1);
        Loader();
        Optimizers("gpt2-tiny", rounds: 100);
        Optimizers("gpt2-10m", rounds: 5);
        Steps("gpt2-tiny", batch: 8, context: 64, rounds: 20);
        Steps("gpt2-10m", batch: 8, context: 256, rounds: 1);
        return 0;
    }

    // A shard of 128 million narrow tokens in documents of 500 on average, an epoch in random order.
    private static void Loader()
    {
        var path = Path.GetTempFileName();
        try
        {
            WriteShard(path);
            using var shard = TokenShardReader.Open(path);
            foreach (var context in new[] { 1024, 4096 })
            {
                var loader = new SequenceLoader([shard], context, validation: false, seed: 1);
                var tokens = new int[context + 1];
                for (var turn = 0; turn < 2; turn++)
                {
                    var (cpu, bytes, memory) = (Cpu(), 0L, GC.GetAllocatedBytesForCurrentThread());
                    for (var i = 0L; i < loader.Count; i++)
                        bytes += 2L * loader.Fill(loader.At((turn * loader.Count) + i), tokens);
                    var seconds = Cpu() - cpu;
                    Console.WriteLine($"loader, context {context}, epoch {turn}: {bytes / seconds / 1e9:0.00} GB of tokens/CPU-s, {GC.GetAllocatedBytesForCurrentThread() - memory:N0} bytes allocated, anonymous memory {Anonymous() >> 20:N0} MB");
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void WriteShard(string path)
    {
        var info = new TokenShardInfo { Tokenizer = "test", TokenizerSha256 = "", VocabularySize = 50_000, EndOfText = 0, StageDigest = "" };
        using var file = File.Create(path);
        using var writer = new TokenShardWriter(file, info);
        var random = new SplitMix64(1);
        var document = new int[1000];
        while (writer.Tokens < 128_000_000)
        {
            var length = 1 + (int)random.Next(1000);
            for (var i = 0; i < length; i++)
                document[i] = (int)random.Next(50_000);
            writer.Append(new TokenRow { Id = "", Kind = Kind.Text, Source = "" }, document.AsSpan(0, length));
        }
        writer.Close();
    }

    private static void Optimizers(string name, int rounds)
    {
        var shape = ModelShape.Of(name, 257);
        using var ours = new Transformer(shape, 1);
        using var stock = new Transformer(shape, 1);
        using var optimizer = new Optimizer(ours, OptimizerKind.AdamW, 0.1);
        var parameters = stock.Parameters.Select(p => nn.Parameter(p.Tensor.detach().clone())).ToArray();
        foreach (var parameter in parameters)
            parameter.grad = zeros_like(parameter).fill_(1e-3);
        ours.Gradients.fill_(1e-3);
        using var adam = optim.AdamW(parameters, 1e-3, 0.9, 0.95, 1e-8, weight_decay: 0.1);
        var step = 0;
        Compare($"AdamW, {name}, {parameters.Length} parameters, {shape.Parameters:N0} numbers", rounds, () => optimizer.Step(++step, 1e-3), () =>
        {
            using var scope = NewDisposeScope();
            adam.step();
        });
    }

    private static void Steps(string name, int batch, int context, int rounds)
    {
        var shape = ModelShape.Of(name, 257) with { Context = context };
        using var ours = new Transformer(shape, 1);
        using var optimizer = new Optimizer(ours, OptimizerKind.AdamW, 0.1);
        using var stock = new StockGpt(shape);
        using var adam = optim.AdamW(stock.parameters(), 1e-3, 0.9, 0.95, 1e-8, weight_decay: 0.1);
        using var ids = randint(0, 257, [batch, context], ScalarType.Int64, generator: new Generator(1));
        using var targets = (ids + 1) % 257;
        var step = 0;
        Compare($"step, {name}, {shape.Parameters:N0} parameters, {batch} x {context} tokens", rounds, () =>
        {
            using var scope = NewDisposeScope();
            ours.Gradients.zero_();
            ours.Backward(ids, targets, 1.0 / (batch * context));
            optimizer.Step(++step, 1e-3, Math.Min(1, 1 / Math.Sqrt(ours.Gradients.square().sum().item<float>())));
        }, () =>
        {
            using var scope = NewDisposeScope();
            adam.zero_grad();
            F.cross_entropy(stock.call(ids).view(-1, 257), targets.view(-1)).backward();
            nn.utils.clip_grad_norm_(stock.parameters(), 1);
            adam.step();
        });
    }

    // In turns, and the best of each, as the machine may be busy.
    private static void Compare(string name, int rounds, Action ours, Action theirs)
    {
        var (best, other) = (double.MaxValue, double.MaxValue);
        ours();
        theirs();
        for (var turn = 0; turn < Turns; turn++)
        {
            best = Math.Min(best, Time(ours));
            other = Math.Min(other, Time(theirs));
        }
        Console.WriteLine($"{name}: {best * 1e3:0.000} CPU-ms, TorchSharp's {other * 1e3:0.000}: {other / best:0.00} times as fast");

        double Time(Action action)
        {
            var start = Cpu();
            for (var i = 0; i < rounds; i++)
                action();
            return (Cpu() - start) / rounds;
        }
    }

    private static double Cpu()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }

    private static long Anonymous() => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>GPT-2 as one writes it with TorchSharp's modules.</summary>
    private sealed class StockGpt : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Embedding _tokens, _positions;
        private readonly TorchSharp.Modules.ModuleList<Block> _blocks;
        private readonly TorchSharp.Modules.LayerNorm _norm;
        private readonly TorchSharp.Modules.Linear _head;

        public StockGpt(ModelShape shape)
            : base("gpt")
        {
            _tokens = nn.Embedding(shape.VocabularySize, shape.Width);
            _positions = nn.Embedding(shape.Context, shape.Width);
            _blocks = nn.ModuleList([.. Enumerable.Range(0, shape.Layers).Select(_ => new Block(shape))]);
            _norm = nn.LayerNorm(shape.Width);
            _head = nn.Linear(shape.Width, shape.VocabularySize, hasBias: false);
            RegisterComponents();
        }

        public override Tensor forward(Tensor ids)
        {
            var x = _tokens.call(ids) + _positions.call(arange(ids.shape[1], ScalarType.Int64));
            foreach (var block in _blocks)
                x = block.call(x);
            return _head.call(_norm.call(x));
        }

        private sealed class Block : nn.Module<Tensor, Tensor>
        {
            private readonly long _heads;
            private readonly TorchSharp.Modules.LayerNorm _first, _second;
            private readonly TorchSharp.Modules.Linear _attention, _attentionOutput, _up, _down;

            public Block(ModelShape shape)
                : base("block")
            {
                _heads = shape.Heads;
                (_first, _second) = (nn.LayerNorm(shape.Width), nn.LayerNorm(shape.Width));
                (_attention, _attentionOutput) = (nn.Linear(shape.Width, 3 * shape.Width), nn.Linear(shape.Width, shape.Width));
                (_up, _down) = (nn.Linear(shape.Width, 4 * shape.Width), nn.Linear(4 * shape.Width, shape.Width));
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                var (batch, time, width) = (x.shape[0], x.shape[1], x.shape[2]);
                var parts = _attention.call(_first.call(x)).split(width, 2);
                Tensor Heads(Tensor part) => part.view(batch, time, _heads, -1).transpose(1, 2);
                var attended = F.scaled_dot_product_attention(Heads(parts[0]), Heads(parts[1]), Heads(parts[2]), is_casual: true);
                x = x + _attentionOutput.call(attended.transpose(1, 2).reshape(batch, time, width));
                return x + _down.call(F.gelu(_up.call(_second.call(x)), TorchSharp.Modules.GELU.Approximate.tanh));
            }
        }
    }
}
