using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CorpusForge.Servers;

/// <summary>A server that belongs to this process: it is stopped and its folder is removed when the process ends, in whatever way.</summary>
/// <remarks>A shell stands between: it waits at a pipe that this process holds, so that even SIGKILL is noticed.</remarks>
internal sealed class ServerProcess : IDisposable
{
    private const string Shell =
        """
        trap '' INT
        exec 3<&0 2>/dev/null
        folder=$0 signal=$1
        shift
        "$@" </dev/null >>"$folder/log" 2>&1 3<&- & server=$!
        echo $server
        { read -r stop <&3 || gone=7; kill -$signal $server; exit ${gone:-0}; } & watch=$!
        wait $server; code=$?
        kill $watch; wait $watch
        [ $? = 7 ] && rm -rf "$folder"
        exit $code
        """;

    private readonly string _folder;
    private readonly Process _shell;

    /// <param name="folder">Where the server's output goes, into `log`; it belongs to the server.</param>
    /// <param name="signal">What it is sent at the end.</param>
    /// <param name="command">Program and arguments.</param>
    public ServerProcess(string folder, string signal, params string[] command)
    {
        _folder = folder;
        _shell = Process.Start(new ProcessStartInfo("sh", ["-c", Shell, folder, signal, .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        })!;
        Pid = int.Parse(_shell.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
    }

    /// <summary>The server's own process.</summary>
    public int Pid { get; }

    /// <summary>Waits until the server answers; false when it ended or a minute passed.</summary>
    public bool Answers(Func<bool> answers)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < TimeSpan.FromMinutes(1);)
        {
            if (answers())
                return true;
            if (_shell.WaitForExit(20))
                return false;
        }
        return false;
    }

    /// <summary>Sends a signal to the server's own process.</summary>
    public void Signal(string signal) => Signals.Send(Pid, signal);

    /// <summary>The exit code once the server ended, 128 + the signal where one ended it; null when it still runs.</summary>
    public int? Ended(TimeSpan within) => _shell.WaitForExit(within) ? _shell.ExitCode : null;

    /// <summary>What the server wrote to its standard streams.</summary>
    public string Log => File.Exists(Path.Combine(_folder, "log")) ? File.ReadAllText(Path.Combine(_folder, "log")) : "";

    /// <summary>Stops the server and leaves its folder.</summary>
    public void Stop()
    {
        if (!_shell.HasExited)
            _shell.StandardInput.WriteLine("stop");
        _shell.WaitForExit();
    }

    /// <summary>Stops the server and removes its folder.</summary>
    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A port that nobody had a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
