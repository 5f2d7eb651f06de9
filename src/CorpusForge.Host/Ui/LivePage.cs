using System.Data.Common;
using CorpusForge.Host.Security;
using CorpusForge.Host.Service;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace CorpusForge.Host.Ui;

/// <summary>A page that reads what it shows when it opens and every two seconds after.</summary>
/// <remarks>What a page shows while the ledger does not answer is what it showed last, under a banner that says so.</remarks>
public abstract class LivePage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private bool _disposed;

    /// <summary>Why the page could not be read, until it can be again.</summary>
    protected string? Problem { get; private set; }

    /// <summary>What there is none of, where the address names something that is not there.</summary>
    protected string? Missing { get; private set; }

    [Inject] protected TimeProvider Time { get; set; } = null!;
    [Inject] protected RunService Service { get; set; } = null!;
    [CascadingParameter] private Task<AuthenticationState>? Authentication { get; set; }

    protected virtual TimeSpan Every => TimeSpan.FromSeconds(2);

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Gone => _gone.Token;

    /// <summary>Reads everything that the page shows; short, because the page waits for it.</summary>
    protected abstract void Load();

    protected override void OnParametersSet() => TryLoad();

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            _ = Live();
    }

    protected void TryLoad() => Try(Load);

    /// <summary>Does something that may fail for a reason that the reader should know.</summary>
    protected bool Try(Action action)
    {
        try
        {
            action();
            (Problem, Missing) = (null, null);
            return true;
        }
        catch (NotFoundException e)
        {
            Missing = e.Message;
            return false;
        }
        catch (Exception e) when (Describe(e) is { } problem)
        {
            Problem = problem;
            return false;
        }
    }

    /// <summary>What a person is told of a fault that is no bug; null for a bug.</summary>
    internal static string? Describe(Exception e) => e switch
    {
        DbException or TimeoutException => $"The ledger's database does not answer; this page tries again. ({PipelineVariables.Redact(e.Message)})",
        ConflictException => e.Message,
        PipelineException p => PipelineVariables.Redact(string.Join("\n", p.Problems)),
        IOException or UnauthorizedAccessException => PipelineVariables.Redact(e.Message),
        _ => null,
    };

    /// <summary>Who uses the page, for the record.</summary>
    protected async Task<string> Who() => (await Authentication!).User.Who();

    private async Task Live()
    {
        try
        {
            using var timer = new PeriodicTimer(Every, Time);
            while (await timer.WaitForNextTickAsync(Gone))
                await InvokeAsync(() => { TryLoad(); StateHasChanged(); });
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The page was left.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        _disposed = true;
        _gone.Cancel();
        _gone.Dispose();
    }
}
