using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>How a model of a run learnt, or learns.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Stage">The train stage's id.</param>
/// <param name="Unit">The unit's key.</param>
/// <param name="Done">Whether the training has ended.</param>
/// <param name="MaxSteps">How many steps it takes.</param>
/// <param name="Figures">Parameters, tokens, validation loss, once it has ended.</param>
/// <param name="Points">In order of step; a long curve is thinned, but points with a validation loss stay.</param>
public sealed record TrainingCurve(
    string Run, string Stage, string Unit, bool Done, long? MaxSteps, IReadOnlyDictionary<string, double> Figures, IReadOnlyList<TrainingPoint> Points)
{
    internal static IReadOnlyList<TrainingPoint> Read(Stream stream, int most)
    {
        var points = new List<TrainingPoint>();
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            // The last line may just be being written.
            if (line.StartsWith('{') && line.EndsWith('}') && JsonSerializer.Deserialize<TrainingPoint>(line, Manifest.Json) is { } point)
                points.Add(point);
        }
        var every = (points.Count + most - 1) / Math.Max(1, most);
        return every <= 1 ? points : [.. points.Where((p, i) => i % every == 0 || i == points.Count - 1 || p.ValidationLoss is not null)];
    }
}

/// <summary>One step of a training.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Loss">In nats a token.</param>
/// <param name="LearningRate">In this step.</param>
/// <param name="GradientNorm">Before it was clipped.</param>
/// <param name="TokensPerSecond">Only while the training runs.</param>
/// <param name="ValidationLoss">Where it was measured.</param>
/// <param name="ValidationBitsPerByte">The same in bits per byte of the text.</param>
/// <param name="Skipped">The step was an outlier and not taken.</param>
/// <param name="Teraflops">What the step achieved, while the training runs.</param>
/// <param name="Utilization">The share of what the device can do, where that is known.</param>
/// <param name="MemoryBytes">Of the process, while the training runs.</param>
public sealed record TrainingPoint(
    long Step, double Loss, double LearningRate, double GradientNorm, double? TokensPerSecond = null, double? ValidationLoss = null,
    double? ValidationBitsPerByte = null, bool Skipped = false, double? Teraflops = null, double? Utilization = null, long? MemoryBytes = null);
