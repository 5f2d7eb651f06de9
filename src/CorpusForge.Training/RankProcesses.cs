using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CorpusForge.Settings;
using CorpusForge.Tokenize;

namespace CorpusForge.Training;

/// <summary>Starts the processes that train along with this one, and is what they do.</summary>
/// <remarks>
/// They meet at a socket in a folder that only this user can enter. Each ends when the first does, however it ends: its standard input ends then.
/// </remarks>
public static class RankProcesses
{
    /// <summary>The command of the program that <see cref="Run"/> stands behind.</summary>
    public const string Command = "train-rank";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>As many as the settings want devices, this process included.</summary>
    /// <param name="settings">Of the training.</param>
    /// <param name="shards">Paths and SHA-256.</param>
    /// <exception cref="TrainingException">They do not start.</exception>
    public static IRanks Start(Train settings, IReadOnlyList<(string Path, string Sha256)> shards) =>
        Start(settings, shards, Path.Combine(AppContext.BaseDirectory, "corpusforge"));

    internal static IRanks Start(Train settings, IReadOnlyList<(string Path, string Sha256)> shards, string program)
    {
        if (settings.Devices == 1)
            return new Alone();
        settings.Check();
        var folder = Directory.CreateTempSubdirectory("corpusforge-ranks-");
        var started = new List<Started>();
        try
        {
            var path = Path.Combine(folder.FullName, "socket");
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
            started.AddRange(Enumerable.Range(1, settings.Devices - 1).Select(rank => new Started(program, path, rank)));
            var job = JobOf(settings, shards);
            var streams = new Stream[settings.Devices - 1];
            for (var i = 0; i < streams.Length; i++)
            {
                var stream = new NetworkStream(Accept(listener, started), ownsSocket: true);
                streams[ReadNumber(stream) - 1] = stream;
                WriteNumber(stream, settings.Devices);
                WriteNumber(stream, job.Length);
                stream.Write(job);
            }
            return new StreamRanks(0, settings.Devices, streams, () => Why(started), () => started.ForEach(s => s.Dispose()));
        }
        catch (Exception e)
        {
            var why = e is IOException or SocketException ? Why(started) : null;
            started.ForEach(s => s.Dispose());
            if (why is null)
                throw;
            throw new TrainingException(why, e);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Trains along as another rank than the first.</summary>
    public static void Run(string socket, int rank)
    {
        EndWithTheFirst();
        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        connection.Connect(new UnixDomainSocketEndPoint(socket));
        using var stream = new NetworkStream(connection, ownsSocket: true);
        WriteNumber(stream, rank);
        var count = ReadNumber(stream);
        var job = new byte[ReadNumber(stream)];
        stream.ReadExactly(job);
        var root = JsonNode.Parse(job)!;
        var shards = new List<TokenShardReader>();
        try
        {
            shards.AddRange(root["shards"]!.AsArray().Select(s => TokenShards.Open(s!["path"]!.GetValue<string>(), s["sha256"]!.GetValue<string>())));
            using var trainer = new Trainer(root["settings"]!.Deserialize<Train>()!, shards, "", "", ranks: new StreamRanks(rank, count, [stream]));
            trainer.Run();
        }
        finally
        {
            shards.ForEach(s => s.Dispose());
        }
    }

    internal static byte[] JobOf(Train settings, IReadOnlyList<(string Path, string Sha256)> shards) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["settings"] = new JsonObject(Setting.Of(typeof(Train)).Select(s => KeyValuePair.Create(s.Property.Name, JsonSerializer.SerializeToNode(s.Property.GetValue(settings), s.Property.PropertyType)))),
        ["shards"] = new JsonArray([.. shards.Select(s => new JsonObject { ["path"] = Path.GetFullPath(s.Path), ["sha256"] = s.Sha256 })]),
    });

    private static void EndWithTheFirst() => new Thread(() =>
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
        }
        Environment.Exit(1);
    })
    { IsBackground = true }.Start();

    private static Socket Accept(Socket listener, List<Started> started)
    {
        for (var since = Stopwatch.GetTimestamp(); !listener.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead);)
        {
            if (started.Find(s => s.Ends(TimeSpan.Zero)) is { } ended)
                throw new TrainingException(ended.Why());
            if (Stopwatch.GetElapsedTime(since) > s_patience)
                throw new TrainingException($"A process for one of the devices did not come within {s_patience.TotalSeconds:0} seconds.");
        }
        return listener.Accept();
    }

    private static int ReadNumber(Stream stream)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        stream.ReadExactly(bytes);
        return BitConverter.ToInt32(bytes);
    }

    private static void WriteNumber(Stream stream, int number) => stream.Write(BitConverter.GetBytes(number));

    // A stream that breaks off is noticed before the end of its process is.
    private static string Why(List<Started> started) =>
        started.Find(s => s.Ends(TimeSpan.FromSeconds(5)))?.Why() ?? "a process of the training does not answer any more";

    private sealed class Started : IDisposable
    {
        private readonly Process _process;
        private readonly int _rank;
        private readonly StringBuilder _said = new();

        public Started(string program, string socket, int rank)
        {
            _rank = rank;
            if (!File.Exists(program))
                throw new TrainingException($"devices: the program is not at {program}, so no process can be started for another device.");
            var start = new ProcessStartInfo(program, [Command, socket, $"{rank}"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            var visible = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { Length: > 0 } list ? list.Split(',') : null;
            start.Environment["CUDA_VISIBLE_DEVICES"] = visible is null ? $"{rank}" : rank < visible.Length ? visible[rank] : "";
            _process = Process.Start(start)!;
            _process.ErrorDataReceived += (_, line) =>
            {
                lock (_said)
                    _said.AppendLine(line.Data);
            };
            _process.BeginErrorReadLine();
            _process.BeginOutputReadLine();
        }

        public bool Ends(TimeSpan within) => _process.WaitForExit(within);

        public string Why()
        {
            _process.WaitForExit();
            lock (_said)
                return $"The process for device {_rank} ended with {_process.ExitCode}: {_said.ToString().Trim()}";
        }

        // The end of its input ends it, unless it has ended by itself.
        public void Dispose()
        {
            _process.StandardInput.Dispose();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
                _process.Kill();
            _process.Dispose();
        }
    }
}
