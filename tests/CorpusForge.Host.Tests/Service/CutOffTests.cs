using System.Diagnostics;
using System.Globalization;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Host.Tests.Service;

/// <summary>Workers on machines of their own, as far as the network knows: a namespace each on one bridge.</summary>
/// <remarks>Needs root and sets up interfaces, so `dotnet test` leaves it out; `tests/three-workers.sh --netns` runs it.</remarks>
[Collection("service")]
public sealed class CutOffTests(FaultTests.Corpus corpus, ITestOutputHelper output) : IClassFixture<FaultTests.Corpus>
{
    [Theory(Explicit = true)]
    [MemberData(nameof(FaultTests.Stores), MemberType = typeof(FaultTests))]
    public void A_worker_is_cut_off_for_a_minute(string dispatch)
    {
        using var network = new Network("killed", "cut", "third");
        using var postgres = new PostgresServer(network.Address);
        using var redis = new RedisServer(network.Address);
        using var service = new Fleet(dispatch, postgres, redis) { Before = network.Enter };
        service.Serve();
        var (killed, cut) = (service.Worker("killed"), service.Worker("cut"));
        service.Worker("third");
        var run = service.Submit(corpus.Yaml);
        service.Reach(run, 20);

        var lost = killed.FreezeAtWork();
        var at = service.Clock;
        killed.Signal("KILL");
        // Frozen for a moment only, so that it has units in work when the cable is pulled.
        var held = cut.FreezeAtWork();
        network.Link("cut", "down");
        cut.Signal("CONT");
        var cutAt = service.Clock;
        service.Until(() => lost.Concat(held).All(u => service.AgainAt(u) is not null), 60, "the units of both to be begun again");
        var again = lost.Max(u => service.AgainAt(u)!.Value - at);
        var afterCut = held.Max(u => service.AgainAt(u)!.Value - cutAt);
        output.WriteLine($"{dispatch}: {lost.Count} units of the killed worker began again after {again.TotalSeconds:0.0} s, {held.Count} of the one cut off after {afterCut.TotalSeconds:0.0} s");
        service.Until(() => service.Clock - cutAt > TimeSpan.FromMinutes(1), 90, "a minute to pass");
        network.Link("cut", "up");
        service.Until(() => service.Ask<string>("SELECT state FROM workers WHERE id = @id", new { id = cut.Id }) == "live", 60, "the worker that was cut off to be back");
        output.WriteLine($"the worker was back {(service.Clock - cutAt).TotalSeconds - 60:0.0} s after the cable; the run was {service.StateOf(run)} with {service.Done(run)} units done");
        service.Finish(run, 600);

        Assert.InRange(again, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.InRange(afterCut, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        corpus.Same(service);
    }

    /// <summary>A bridge, and a network namespace on it for each name.</summary>
    sealed class Network : IDisposable
    {
        // Another of these may run on the machine, and names of interfaces are short.
        readonly int _number = Environment.ProcessId % 250;
        readonly string[] _names;

        public Network(params string[] names)
        {
            _names = names;
            Ip($"link add cfb{_number} type bridge");
            Ip($"addr add {Address}/24 dev cfb{_number}");
            Ip($"link set cfb{_number} up");
            for (var i = 0; i < names.Length; i++)
            {
                var (space, inside) = (Space(names[i]), $"cfi{_number}n{i}");
                Ip($"netns add {space}");
                Ip($"link add {Outside(names[i])} type veth peer name {inside}");
                Ip($"link set {inside} netns {space}");
                Ip($"link set {Outside(names[i])} master cfb{_number} up");
                Ip($"-n {space} addr add 10.231.{_number}.{i + 2}/24 dev {inside}");
                Ip($"-n {space} link set {inside} up");
                Ip($"-n {space} link set lo up");
            }
        }

        public string Address => $"10.231.{_number}.1";

        public string[] Enter(string name) => _names.Contains(name) ? ["ip", "netns", "exec", Space(name)] : [];

        /// <summary>Pulls the cable of one, or puts it back.</summary>
        public void Link(string name, string state) => Ip($"link set {Outside(name)} {state}");

        string Space(string name) => string.Create(CultureInfo.InvariantCulture, $"cf{_number}-{name}");

        string Outside(string name) => $"cfo{_number}n{Array.IndexOf(_names, name)}";

        static void Ip(string arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(Installed.Program("iproute2", "ip"), arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"ip {arguments}: {error}");
        }

        public void Dispose()
        {
            foreach (var name in _names)
                Ip($"netns del {Space(name)}");
            Ip($"link del cfb{_number}");
        }
    }
}
