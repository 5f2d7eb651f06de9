using System.Diagnostics;

namespace CorpusForge.Servers;

/// <summary>Finds programs that tests start, and has the distribution's package installed when one is missing.</summary>
/// <remarks>Where that is impossible it throws and says what is missing: a test that needs the program fails, it is never skipped.</remarks>
public static class Installed
{
    /// <summary>The path of the first program found by one of the names; <paramref name="package"/> brings it.</summary>
    public static string Program(string package, params string[] names)
    {
        // Two test processes run at once: a program that one of them is installing is there before it is whole.
        using var alone = Lock();
        if (Find(names) is { } there)
            return there;
        var problem = Install(package);
        return Find(names) ?? throw new InvalidOperationException($"tests need {names[0]} (package {package}), which is not there and could not be installed: {problem}");
    }

    private static string? Find(string[] names)
    {
        var versions = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        var folders = versions.OrderByDescending(v => v.Length).ThenByDescending(v => v, StringComparer.Ordinal).Select(v => Path.Combine(v, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
            .Concat(["/usr/local/bin", "/usr/bin", "/usr/sbin"]);
        return folders.SelectMany(_ => names, Path.Combine).FirstOrDefault(File.Exists);
    }

    private static FileStream Lock()
    {
        using var tick = new ManualResetEventSlim();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(Path.Combine(Path.GetTempPath(), "corpusforge-install.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 6000)
            {
                tick.Wait(100);
            }
        }
    }

    // A package that brings a service must not start it, hence policy-rc.d.
    private static string Install(string package)
    {
        const string script =
            """
            set -e
            export DEBIAN_FRONTEND=noninteractive
            if [ ! -e /usr/sbin/policy-rc.d ]; then
                printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
                chmod +x /usr/sbin/policy-rc.d
                trap 'rm /usr/sbin/policy-rc.d' EXIT
            fi
            get() { apt-get -qq -o DPkg::Lock::Timeout=300 "$@"; }
            get install -y --no-install-recommends "$0" || { get update && get install -y --no-install-recommends "$0"; }
            """;
        string[] command = ["sh", "-c", script, package];
        if (Find(["apt-get"]) is null)
            return "there is no apt-get here";
        if (Environment.UserName != "root")
        {
            if (Find(["sudo"]) is null)
                return "apt-get needs root, and there is no sudo here";
            command = ["sudo", "-n", .. command];
        }
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return $"apt-get ended with {process.ExitCode}: {error.Result}{output}".Trim();
    }
}
