using System.Runtime.InteropServices;

namespace CorpusForge.Servers;

/// <summary>Sends signals to processes at once; a `kill` that has to be started first comes late on a busy machine.</summary>
internal static class Signals
{
    /// <summary>Sends INT, KILL, TERM, CONT or STOP; nothing happens where the process is no more.</summary>
    public static void Send(int process, string signal) => _ = Kill(process, signal switch
    {
        "INT" => 2,
        "KILL" => 9,
        "TERM" => 15,
        "CONT" => 18,
        "STOP" => 19,
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, null),
    });

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
