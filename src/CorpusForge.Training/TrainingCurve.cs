using System.Text;
using System.Text.Json;

namespace CorpusForge.Training;

/// <summary>Writes what was measured: `curve.jsonl` is the same whenever it is made, `log.jsonl` has the timings besides.</summary>
internal sealed class TrainingCurve : IDisposable
{
    public const string FileName = "curve.jsonl";

    private readonly FileStream _curve, _log;
    private readonly TimeProvider _time;
    private readonly TensorBoardEvents _events;
    private readonly double _flopsPerToken;
    private readonly double? _peakTeraflops;
    private long _last;

    /// <param name="folder">Where the files are.</param>
    /// <param name="steps">Lines after this step are forgotten: they will be written again.</param>
    /// <param name="time">Measures the speed.</param>
    /// <param name="flopsPerToken">Of the model.</param>
    /// <param name="peakTeraflops">Of the device, if it is known.</param>
    public TrainingCurve(string folder, long steps, TimeProvider time, double flopsPerToken, double? peakTeraflops)
    {
        (_time, _flopsPerToken, _peakTeraflops) = (time, flopsPerToken, peakTeraflops);
        _last = time.GetTimestamp();
        _curve = File.Open(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        _log = File.Open(Path.Combine(folder, "log.jsonl"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        _curve.SetLength(LengthUpTo(_curve, steps));
        _curve.Seek(0, SeekOrigin.End);
        _log.Seek(0, SeekOrigin.End);
        _events = new TensorBoardEvents(File.Open(Path.Combine(folder, TensorBoardEvents.NameAt(time.GetUtcNow())), FileMode.Append, FileAccess.Write, FileShare.Read), time);
    }

    public void Add(TrainingStep step, long tokens)
    {
        var line = $"{{\"step\":{step.Step},\"loss\":{Number(step.Loss)},\"learningRate\":{Number(step.LearningRate)},\"gradientNorm\":{Number(step.GradientNorm)}";
        var rest = (step.Skipped ? ",\"skipped\":true" : "") + Of("validationLoss", step.ValidationLoss) + Of("validationBitsPerByte", step.ValidationBitsPerByte);
        var seconds = Math.Max(_time.GetElapsedTime(_last).TotalSeconds, 1e-9);
        _last = _time.GetTimestamp();
        var teraflops = tokens * _flopsPerToken / seconds / 1e12;
        var utilization = teraflops / _peakTeraflops;
        _curve.Write(Encoding.ASCII.GetBytes($"{line}{rest}}}\n"));
        _log.Write(Encoding.ASCII.GetBytes($"{line},\"tokensPerSecond\":{Number(Math.Round(tokens / seconds, 1))},\"teraflops\":{Number(Math.Round(teraflops, 4))}" +
            $"{Of("utilization", utilization)},\"memoryBytes\":{Environment.WorkingSet}{rest}}}\n"));
        _log.Flush();
        _events.Add(step.Step, ("train/loss", step.Loss), ("train/learning_rate", step.LearningRate), ("train/gradient_norm", step.GradientNorm),
            ("validation/loss", step.ValidationLoss), ("validation/bits_per_byte", step.ValidationBitsPerByte),
            ("speed/tokens_per_second", tokens / seconds), ("speed/teraflops", teraflops), ("speed/utilization", utilization));
    }

    /// <summary>Brings the curve to disk, before a checkpoint says that its steps are done.</summary>
    public void Flush() => _curve.Flush(flushToDisk: true);

    public string Text()
    {
        _curve.Flush();
        _curve.Position = 0;
        var bytes = new byte[_curve.Length];
        _curve.ReadExactly(bytes);
        return Encoding.ASCII.GetString(bytes);
    }

    public void Dispose()
    {
        _curve.Dispose();
        _log.Dispose();
        _events.Dispose();
    }

    private static string Of(string name, double? value) => value is { } number ? $",\"{name}\":{Number(number)}" : "";

    private static string Number(double value) => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);

    // Only whole lines count: a kill may have cut the last one.
    private static long LengthUpTo(FileStream file, long steps)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var end = 0;
        while (bytes.AsSpan(end).IndexOf((byte)'\n') is var length and >= 0)
        {
            using var line = JsonDocument.Parse(bytes.AsMemory(end, length));
            if (line.RootElement.GetProperty("step").GetInt64() > steps)
                break;
            end += length + 1;
        }
        return end;
    }
}
