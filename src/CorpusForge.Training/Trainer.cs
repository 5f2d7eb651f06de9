using CorpusForge.Runs;
using CorpusForge.Tokenize;
using static TorchSharp.torch;

namespace CorpusForge.Training;

/// <summary>What one step of training measured.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Loss">Mean over the tokens of the step, in nats, before the weights changed.</param>
/// <param name="LearningRate">Of the step.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="ValidationLoss">After the step, where it was measured.</param>
/// <param name="ValidationBitsPerByte">The same in bits per byte of the text; null where there is no text.</param>
/// <param name="Skipped">The step was an outlier, and the weights did not change.</param>
public sealed record TrainingStep(
    long Step, double Loss, double LearningRate, double GradientNorm, double? ValidationLoss, double? ValidationBitsPerByte = null, bool Skipped = false);

/// <summary>Trains a model on token shards, step by step, and can be stopped anywhere and resumed exactly.</summary>
/// <remarks>
/// Several ranks take a share of each batch each, add up their gradients, and then do the same to weights that are the same. Only the first writes.
/// The folder holds the checkpoints, `curve.jsonl` (what was measured), `log.jsonl` (the same with timings), `samples.jsonl` and an event
/// file for TensorBoard.
/// </remarks>
public sealed class Trainer : IDisposable
{
    private readonly Train _settings;
    private readonly SequenceLoader _train, _validation;
    private readonly Optimizer _optimizer;
    private readonly OutlierGuard _guard;
    private readonly Batch _batch, _validationBatch;
    private readonly TokenShardInfo _info;
    private readonly ITokenizer? _tokenizer;
    private readonly Lazy<double> _validationBytes;
    private readonly Checkpoints? _checkpoints;
    private readonly TrainingCurve? _curve;
    private readonly FileStream? _lock;
    private readonly IRanks _ranks;
    private readonly IReadOnlyList<NamedTensor> _state;
    private readonly string _device;
    private readonly bool _elsewhere;
    private readonly string _samples;

    /// <param name="settings">The stage's settings.</param>
    /// <param name="shards">In an order that is part of the result; they outlive the trainer.</param>
    /// <param name="shardsDigest">Says what is in the shards, so that a checkpoint of others is refused.</param>
    /// <param name="folder">Belongs to this training; training goes on from the newest whole checkpoint in it.</param>
    /// <param name="time">For timings in the log.</param>
    /// <param name="say">Takes remarks for people.</param>
    /// <param name="elsewhere">A storage and a folder in it for checkpoints and curve, where <paramref name="folder"/> may be lost with its machine.</param>
    /// <param name="tokenizer">Of the shards, for bits per byte and samples; one that has a name is found by it.</param>
    /// <param name="ranks">The processes that train along; belongs to the trainer then.</param>
    public Trainer(
        Train settings, IReadOnlyList<TokenShardReader> shards, string shardsDigest, string folder, TimeProvider? time = null, Action<string>? say = null,
        (IStorage Storage, string Folder)? elsewhere = null, ITokenizer? tokenizer = null, IRanks? ranks = null)
    {
        settings.Check();
        _ranks = ranks ?? new Alone();
        var first = _ranks.Rank == 0;
        try
        {
            // Two attempts at one training must not write into each other's checkpoints; the lock dies with its process.
            if (first)
            {
                Directory.CreateDirectory(folder);
                _lock = new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            NativeTorch.Load(settings.Libtorch);
            var device = DeviceOf(settings.Device);
            (_settings, _device) = (settings, _ranks.Count == 1 ? device.ToString() : $"{_ranks.Count} x {device}");
            if (_ranks.Count > 1 && device.type == TorchSharp.DeviceType.CUDA)
                _ranks = new NcclRanks(_ranks);
            set_num_threads(settings.Threads);

            var seed = settings.Seed ?? 1;
            var shape = settings.ShapeFor(shards.Count == 0 ? 0 : shards[0].Info.VocabularySize);
            _train = new SequenceLoader(shards, shape.Context, validation: false, seed);
            _validation = new SequenceLoader(shards, shape.Context, validation: true, seed);
            if (_train.Count == 0)
                throw new TrainingException("The token shards have fewer than two tokens to train on.");
            _info = shards[0].Info;
            _tokenizer = tokenizer ?? (Tokenizers.Names.Contains(_info.Tokenizer) ? Tokenizers.Open(_info.Tokenizer) : null);
            _batch = BatchOf(_train, settings.BatchSize);
            _validationBatch = BatchOf(_validation, settings.BatchSize / settings.Accumulate);
            _validationBytes = new Lazy<double>(ValidationBytes);
            Model = new Transformer(shape, seed, device)
            {
                BFloat16 = settings.Precision == Precision.BFloat16 || (settings.Precision == Precision.Auto && device.type == TorchSharp.DeviceType.CUDA),
            };
            _optimizer = new Optimizer(Model, settings.Optimizer, settings.WeightDecay, settings.Threads);
            _guard = new OutlierGuard(settings.SkipAboveDeviations);
            _state = [.. Model.Parameters, new("optimizer.first", _optimizer.First), new("optimizer.second", _optimizer.Second), new("guard", _guard.State)];
            _samples = Path.Combine(folder, "samples.jsonl");
            if (!first)
            {
                ShareState();
                return;
            }
            _elsewhere = elsewhere is not null;
            var (storage, inside) = elsewhere ?? (new LocalStorage(folder), "");
            _checkpoints = new Checkpoints(storage, inside, settings.DigestFor(shape, shardsDigest, settings.InitialModel is { } model ? Pretrained.DigestOf(model) : null), settings.KeepCheckpoints, say ?? (_ => { }));
            StepsDone = Restore(seed);
            ShareState();
            if (_elsewhere && StepsDone > 0)
                _checkpoints.Fetch(TrainingCurve.FileName, folder);
            _curve = new TrainingCurve(folder, StepsDone, time ?? TimeProvider.System, shape.FlopsPerToken, settings.PeakTeraflops * _ranks.Count);

            Batch BatchOf(SequenceLoader loader, int sequences) =>
                new(loader, shape, seed, sequences, settings.MaskDocuments, shards[0].Info.EndOfText ?? 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Transformer Model { get; }

    public long StepsDone { get; private set; }

    /// <summary>Tokens of the training split, end-of-text included.</summary>
    public long TrainingTokens => _train.Tokens;

    public bool Finished => StepsDone >= _settings.MaxSteps;

    /// <summary>Trains to the last step, and writes checkpoints on the way and at the end.</summary>
    /// <param name="report">Called after each step.</param>
    /// <param name="cancel">Stops between two steps; what was done since the last checkpoint is done again on resuming.</param>
    public void Run(Action<TrainingStep>? report = null, CancellationToken cancel = default)
    {
        while (!Finished)
        {
            cancel.ThrowIfCancellationRequested();
            var step = Step();
            report?.Invoke(step);
            if (_ranks.Rank == 0 && (step.Step % _settings.CheckpointEvery == 0 || Finished))
                Save();
        }
    }

    /// <summary>Does one step.</summary>
    /// <exception cref="TrainingException">Loss or gradient is not a number any more.</exception>
    public TrainingStep Step()
    {
        var counted = _batch.Fill(StepsDone * _settings.BatchSize);
        using (NewDisposeScope())
            Model.Gradients.zero_();
        var share = _settings.BatchSize / _ranks.Count;
        var part = share / _settings.Accumulate;
        var loss = 0.0;
        for (var i = 0; i < _settings.Accumulate; i++)
            loss += Backward((_ranks.Rank * share) + (i * part), part, counted);
        loss = _ranks.Sum(loss);
        _ranks.Sum(Model.Gradients);
        var norm = Norm();
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw new TrainingException($"Training diverged at step {StepsDone + 1}: loss {loss}, gradient norm {norm}. " +
                "Lower learningRate, raise warmupSteps, or set gradientClip; the checkpoints before this step are sound.");
        }
        var learningRate = _settings.LearningRateAt(StepsDone++);
        var skipped = _guard.Outlier(loss, norm);
        if (!skipped)
            _optimizer.Step(StepsDone, learningRate, _settings.GradientClip > 0 && norm > _settings.GradientClip ? _settings.GradientClip / norm : 1);
        if (_curve is null)
            return new TrainingStep(StepsDone, loss, learningRate, norm, null, Skipped: skipped);
        var validation = StepsDone % _settings.ValidationEvery == 0 || Finished ? Validate() : default;
        var step = new TrainingStep(StepsDone, loss, learningRate, norm, validation.Loss, validation.BitsPerByte, skipped);
        _curve.Add(step, counted);
        if (_settings.SampleEvery > 0 && Model.Shape.Family != ModelFamily.Bert && StepsDone % _settings.SampleEvery == 0)
            AddSample();
        return step;
    }

    /// <summary>Mean loss over the first sequences of the validation split; null when there is none.</summary>
    public double? ValidationLoss() => Validate().Loss;

    /// <summary>The same, and in bits per byte of the text, where the tokenizer is known.</summary>
    public (double? Loss, double? BitsPerByte) Validate()
    {
        var (sum, counted, end) = (0.0, 0L, Math.Min(_validation.Count, _settings.MaxValidationSequences));
        for (var i = 0L; i < end; i += _settings.BatchSize / _settings.Accumulate)
        {
            using var scope = NewDisposeScope();
            counted += _validationBatch.FillInOrder(i, end);
            var (ids, targets, places) = _validationBatch.On(Model.Device);
            sum += Model.Loss(ids, targets, places);
        }
        if (counted == 0)
            return default;
        return (sum / counted, Model.Shape.Family != ModelFamily.Bert && _validationBytes.Value > 0 ? sum / Math.Log(2) / _validationBytes.Value : null);
    }

    /// <summary>A line of JSON a step: what was measured, without timings.</summary>
    public string Curve() => _curve!.Text();

    public void Save()
    {
        _curve!.Flush();
        if (_elsewhere)
            _checkpoints!.Publish(TrainingCurve.FileName, _curve.Text());
        _checkpoints!.Save(StepsDone, _state, _settings.Threads, _device);
    }

    public void Dispose()
    {
        _curve?.Dispose();
        _optimizer?.Dispose();
        _guard?.Dispose();
        Model?.Dispose();
        _ranks.Dispose();
        _lock?.Dispose();
    }

    // A damaged checkpoint may have been read half way: then everything starts from the initial weights again.
    private long Restore(long seed)
    {
        var step = _checkpoints!.Restore(_state, _settings.Threads, _device);
        if (step > 0)
            return step;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        if (_settings.InitialModel is { } model)
        {
            Pretrained.Read(model, Model);
        }
        else
        {
            using var initial = new Transformer(Model.Shape, seed, Model.Device);
            Model.Weights.copy_(initial.Weights);
        }
        foreach (var state in _state.TakeLast(3))
            state.Tensor.zero_();
        return 0;
    }

    // All begin with what the first restored.
    private void ShareState()
    {
        if (_ranks.Count == 1)
            return;
        using var frozen = no_grad();
        foreach (var flat in (Tensor[])[Model.Weights, _optimizer.First, _optimizer.Second, _guard.State])
        {
            const long piece = 1 << 24;
            for (var start = 0L; start < flat.numel(); start += piece)
            {
                using var scope = NewDisposeScope();
                var part = flat.narrow(0, start, Math.Min(piece, flat.numel() - start));
                var here = part.cpu();
                _ranks.Share(here.bytes);
                part.copy_(here);
            }
        }
        Span<byte> steps = stackalloc byte[sizeof(long)];
        BitConverter.TryWriteBytes(steps, StepsDone);
        _ranks.Share(steps);
        StepsDone = BitConverter.ToInt64(steps);
    }

    private double Backward(int first, int count, long counted)
    {
        using var scope = NewDisposeScope();
        var (ids, targets, places) = _batch.On(Model.Device, first, count);
        return Model.Backward(ids, targets, 1.0 / Math.Max(1, counted), _settings.Recompute, places) / Math.Max(1, counted);
    }

    // Tensor.norm adds one after another in float32: a thousandth short over ten million. The sum adds in a cascade.
    private double Norm()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        return Math.Sqrt(Model.Gradients.square().sum().cpu().item<float>());
    }

    // Of the text whose tokens are targets in validation. They follow each other, so that each document is decoded as a whole: a
    // character whose bytes lie in two sequences counts once.
    private double ValidationBytes()
    {
        if (_tokenizer is null)
            return 0;
        var (tokens, document, bytes) = (new int[_validation.Context + 1], new List<int>(), 0L);
        for (var i = 0L; i < Math.Min(_validation.Count, _settings.MaxValidationSequences); i++)
        {
            var targets = _validation.FillInOrder(i, tokens);
            foreach (var token in tokens.AsSpan(1, targets))
            {
                if (token == _info.EndOfText)
                    Count();
                else
                    document.Add(token);
            }
        }
        Count();
        return bytes;

        void Count()
        {
            bytes += System.Text.Encoding.UTF8.GetByteCount(_tokenizer.Decode(document));
            document.Clear();
        }
    }

    private void AddSample()
    {
        Func<int[], string> decode = _tokenizer is null ? tokens => string.Join(' ', tokens) : _tokenizer.Decode;
        var text = new Sampler { Seed = _settings.Seed ?? 1 }.Text(Model, [], decode, _info.EndOfText);
        File.AppendAllText(_samples, System.Text.Json.JsonSerializer.Serialize(new { step = StepsDone, text }) + "\n");
    }

    private static Device DeviceOf(TrainingDevice device) => device switch
    {
        TrainingDevice.Cpu => CPU,
        TrainingDevice.Cuda when !cuda.is_available() => throw new TrainingException(
            "There is no CUDA device for libtorch: build with -p:TorchBackend=cuda, or name a libtorch for CUDA with the setting libtorch."),
        TrainingDevice.Cuda => CUDA,
        _ => cuda.is_available() ? CUDA : CPU,
    };
}
