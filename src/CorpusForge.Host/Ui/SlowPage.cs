namespace CorpusForge.Host.Ui;

/// <summary>A page that also shows what must be read from files: that comes once the page is there, and does not hold it up.</summary>
public abstract class SlowPage : LivePage
{
    private object? _read;
    private bool _interactive;

    /// <summary>What the slow part depends on: it is read again when this changes.</summary>
    protected abstract object Key { get; }

    /// <summary>Whether the slow part is being read.</summary>
    protected bool Reading { get; private set; }

    /// <summary>Reads the slow part on another thread; what it returns puts the result on the page.</summary>
    protected abstract Action Read();

    protected override void OnParametersSet()
    {
        base.OnParametersSet();
        if (_interactive)
            _ = ReadOnce();
    }

    protected override void OnAfterRender(bool firstRender)
    {
        base.OnAfterRender(firstRender);
        if (!firstRender)
            return;
        _interactive = true;
        _ = ReadOnce();
    }

    /// <summary>Reads the slow part again although nothing that it depends on has changed.</summary>
    protected Task ReadAgain()
    {
        _read = null;
        return ReadOnce();
    }

    private async Task ReadOnce()
    {
        var key = Key;
        if (Reading || Equals(_read, key))
            return;
        (Reading, _read) = (true, key);
        try
        {
            var (show, fault) = await Task.Run(
                () =>
                {
                    try
                    {
                        return (Read(), (Exception?)null);
                    }
                    catch (Exception e) when (e is Service.NotFoundException || Describe(e) is not null)
                    {
                        return ((Action?)null, e);
                    }
                }, Gone);
            Try(() => { if (fault is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault); show!(); });
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return;
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
            return;
        }
        finally
        {
            Reading = false;
        }
        StateHasChanged();
        if (!Equals(_read, Key))
            await ReadOnce();
    }
}
