using System.Runtime.CompilerServices;

namespace CorpusForge;

/// <summary>What steps opened, shared by all runs of a process that were planned with the same model.</summary>
/// <remarks>
/// A file may grow, or be trained anew, between two runs of a process and while one is going on. The digest of a step is the one that its pipeline was planned with; what is opened is
/// that, or nothing.
/// </remarks>
internal static class OpenedSteps
{
    private static readonly ConditionalWeakTable<IOpenable, Planned> s_planned = [];
    private static readonly List<(WeakReference<IOpenable> Step, string Digest, WeakReference<Lazy<IStep>> Opened)> s_shared = [];

    /// <summary>The digest of the step's model when it was asked for first.</summary>
    public static string DigestOf(IOpenable step) => s_planned.GetValue(step, s => new Planned(s)).Digest;

    /// <exception cref="PipelineException">The model is another by now.</exception>
    public static IStep Of(IOpenable step) => s_planned.GetValue(step, s => new Planned(s)).Opened;

    // As long as the step of a pipeline is there, so is what it opened.
    private sealed class Planned
    {
        private readonly Lazy<IStep> _opened;

        public Planned(IOpenable step)
        {
            Digest = step.ModelDigest;
            lock (s_shared)
            {
                s_shared.RemoveAll(s => !s.Opened.TryGetTarget(out _));
                _opened = s_shared.Where(s => s.Digest == Digest && s.Step.TryGetTarget(out var same) && same.Equals(step)).Select(s => s.Opened.TryGetTarget(out var opened) ? opened : null).FirstOrDefault()
                    ?? new Lazy<IStep>(() => Open(step, Digest));
                s_shared.Add((new(step), Digest, new(_opened)));
            }
        }

        public string Digest { get; }

        public IStep Opened => _opened.Value;

        private static IStep Open(IOpenable step, string digest)
        {
            var opened = step.Open();
            return step.ModelDigest == digest ? opened : throw new PipelineException($"{step.GetType().Name}: what it reads has changed since the run was planned: run again");
        }
    }
}
