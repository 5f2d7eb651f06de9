using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Servers;

/// <summary>A real Redis for tests, on a free port, in a temporary folder; it is gone when the process is.</summary>
public sealed class RedisServer : IDisposable
{
    private static readonly Lazy<RedisServer> One = new(() => new RedisServer());
    private static int _databases = -1;

    private readonly string _address;
    private readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-redis-").FullName;
    private readonly string _password = RandomNumberGenerator.GetHexString(24);
    private readonly string _program = Installed.Program("redis-server", "redis-server");
    private int _port;
    private ServerProcess? _process;

    /// <param name="address">Where it listens.</param>
    public RedisServer(string address = "127.0.0.1")
    {
        _address = address;
        Start();
    }

    /// <summary>The server that the tests of this process share; they take a database each.</summary>
    public static RedisServer Shared => One.Value;

    /// <summary>The connection string of a database that nobody else has.</summary>
    public string NewDatabase() => $"{_address}:{_port},password={_password},defaultDatabase={Interlocked.Increment(ref _databases)}";

    /// <summary>Starts it, or starts it again on the same port with what it had.</summary>
    public void Start()
    {
        var again = _port > 0;
        for (var left = 5; left > 0; left--)
        {
            if (!again)
                _port = ServerProcess.FreePort();
            _process = new ServerProcess(_folder, "INT", _program, "--bind", _address, "--port", $"{_port}", "--requirepass", _password, "--databases", "1000",
                "--dir", _folder, "--save", "", "--appendonly", "yes");
            if (_process.Answers(() => Command("PING").StartsWith("+PONG", StringComparison.Ordinal)))
                return;
            _process.Stop();
        }
        throw new InvalidOperationException($"Redis does not start: {_process!.Log}");
    }

    /// <summary>Stops it; its clients lose their connections at once.</summary>
    public void Stop() => _process!.Stop();

    /// <summary>Forgets everything in every database.</summary>
    public void Wipe() => Command("FLUSHALL");

    // The two commands that are needed do not make a client library necessary.
    private string Command(string command)
    {
        try
        {
            using var client = new TcpClient(_address, _port);
            using var stream = client.GetStream();
            stream.Write(Encoding.ASCII.GetBytes($"AUTH {_password}\r\n{command}\r\nQUIT\r\n"));
            var answer = new StreamReader(stream).ReadToEnd();
            return answer[(answer.IndexOf('\n', StringComparison.Ordinal) + 1)..];
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return "";
        }
    }

    public void Dispose() => _process?.Dispose();
}
