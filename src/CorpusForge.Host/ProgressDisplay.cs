using CorpusForge.Runs;
using Spectre.Console;

namespace CorpusForge.Host;

/// <summary>Shows progress on standard error: bars on a terminal, a line a phase otherwise.</summary>
internal abstract class ProgressDisplay : IDisposable
{
    public static ProgressDisplay Create() => Console.IsErrorRedirected || Environment.GetEnvironmentVariable("TERM") == "dumb" ? new Lines() : new Bars();

    public abstract void Show(RunProgress progress);

    public virtual void Dispose() => GC.SuppressFinalize(this);

    private static string Count(long number, string what) => $"{number:N0} {what}{(number == 1 ? "" : "s")}";

    private sealed class Lines : ProgressDisplay
    {
        private string _phase = "";
        private bool _ended;

        public override void Show(RunProgress progress)
        {
            var phase = $"{progress.Stage}/{progress.Phase}";
            if (phase != _phase)
                (_phase, _ended) = (phase, false);
            if (_ended || progress.Done < progress.Total)
                return;
            _ended = true;
            Console.Error.WriteLine($"{phase}: {Count(progress.Total, "unit")}{(progress.Documents == 0 ? "" : $", {Count(progress.Documents, "document")}")}");
        }
    }

    private sealed class Bars : ProgressDisplay
    {
        private readonly Task _drawing;
        private readonly TaskCompletionSource _end = new();
        private readonly Lock _lock = new();
        private ProgressContext? _context;
        private ProgressTask? _task;
        private string _phase = "";

        public Bars()
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
            using var started = new ManualResetEventSlim();
            _drawing = console.Progress()
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new TimeColumn())
                .StartAsync(context =>
                {
                    _context = context;
                    started.Set();
                    return _end.Task;
                });
            started.Wait();
        }

        public override void Show(RunProgress progress)
        {
            lock (_lock)
            {
                var phase = $"{progress.Stage}/{progress.Phase}";
                if (phase != _phase)
                {
                    _task?.StopTask();
                    _phase = phase;
                    _task = _context!.AddTask(Markup.Escape(phase), maxValue: Math.Max(1, progress.Total));
                }
                _task!.State.Update<long>("documents", _ => progress.Documents);
                _task.Value = progress.Total == 0 ? 1 : progress.Done;
            }
        }

        public override void Dispose()
        {
            _task?.StopTask();
            _end.TrySetResult();
            _drawing.Wait();
            base.Dispose();
        }
    }

    private sealed class RateColumn : ProgressColumn
    {
        public override Spectre.Console.Rendering.IRenderable Render(Spectre.Console.Rendering.RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            var documents = task.State.Get<long>("documents");
            var seconds = task.ElapsedTime?.TotalSeconds ?? 0;
            return new Text(documents == 0 || seconds < 0.5 ? "" : $"{documents / seconds:N0} docs/s", new Style(Color.Grey));
        }
    }

    // What is left of a phase that goes on, what one that ended took.
    private sealed class TimeColumn : ProgressColumn
    {
        public override Spectre.Console.Rendering.IRenderable Render(Spectre.Console.Rendering.RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(
            task.IsFinished ? $"{task.ElapsedTime:hh\\:mm\\:ss}" : task.RemainingTime is { } left ? $"{left:hh\\:mm\\:ss} left" : "",
            new Style(task.IsFinished ? Color.Grey : Color.Blue));
    }
}
