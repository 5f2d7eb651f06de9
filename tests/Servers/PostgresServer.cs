using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;

namespace CorpusForge.Servers;

/// <summary>A real PostgreSQL for tests, on a free port, in a temporary folder; it is gone when the process is.</summary>
/// <remarks>
/// fsync is off, so it survives being stopped and killed but not a power cut. PostgreSQL refuses to run as root: then it runs as the user
/// that its package made, or as nobody.
/// </remarks>
public sealed class PostgresServer : IDisposable
{
    private static readonly Lazy<PostgresServer> One = new(() => new PostgresServer());
    private static int _databases;

    private readonly string _address;
    private readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-postgres-").FullName;
    private readonly string _password = RandomNumberGenerator.GetHexString(24);
    private readonly string _program = Installed.Program("postgresql", "postgres");
    private readonly string[] _asUser = Environment.UserName == "root" ? ["setpriv", $"--reuid={Account}", $"--regid={Account}", "--clear-groups", "--"] : [];
    private int _port;
    private ServerProcess? _process;

    /// <param name="address">Where it listens.</param>
    public PostgresServer(string address = "127.0.0.1")
    {
        _address = address;
        var password = Path.Combine(_folder, "password");
        File.WriteAllText(password, _password);
        if (_asUser.Length > 0)
            Run("chown", "-R", Account, _folder);
        Run([.. _asUser, Path.Combine(Path.GetDirectoryName(_program)!, "initdb"), "--no-sync", "-D", Data, "-U", "corpusforge", "-A", "scram-sha-256",
            $"--pwfile={password}", "-E", "UTF8", "--locale=C.UTF-8"]);
        File.AppendAllText(Path.Combine(Data, "pg_hba.conf"), "host all all samenet scram-sha-256\n");
        Start();
    }

    /// <summary>The server that the tests of this process share; they take a database each.</summary>
    public static PostgresServer Shared => One.Value;

    private static string Account => File.ReadLines("/etc/passwd").Any(l => l.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Makes an empty database; the connection string that leads to it.</summary>
    public string NewDatabase()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        using var connection = new NpgsqlConnection(ConnectionTo("postgres"));
        connection.Open();
        using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        command.ExecuteNonQuery();
        return ConnectionTo(name);
    }

    /// <summary>Starts it, or starts it again on the same port with what it had.</summary>
    public void Start()
    {
        var again = _port > 0;
        for (var left = 5; left > 0; left--)
        {
            if (!again)
                _port = ServerProcess.FreePort();
            _process = new ServerProcess(_folder, "INT", [.. _asUser, _program, "-D", Data, "-h", _address, "-p", $"{_port}", "-k", "", "-c", "fsync=off",
                "-c", "max_connections=400", "-c", "shared_buffers=64MB", "-c", "dynamic_shared_memory_type=mmap"]);
            if (_process.Answers(CanConnect))
                return;
            _process.Stop();
        }
        throw new InvalidOperationException($"PostgreSQL does not start: {_process!.Log}");
    }

    /// <summary>Stops it; its clients lose their connections at once.</summary>
    public void Stop() => _process!.Stop();

    /// <summary>Freezes the server's main process (STOP), or lets it go on (CONT): connections are accepted by nobody, and nobody refuses them.</summary>
    public void Signal(string signal) => _process!.Signal(signal);

    private string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _address,
        Port = _port,
        Database = database,
        Username = "corpusforge",
        Password = _password,
        MaxPoolSize = 40,
    }.ToString();

    private bool CanConnect()
    {
        try
        {
            using var connection = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false");
            connection.Open();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static void Run(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{command[0]} ended with {process.ExitCode}: {error.Result}");
    }

    public void Dispose() => _process?.Dispose();
}
