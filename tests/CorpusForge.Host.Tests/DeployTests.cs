using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using CorpusForge.Host.Tests.Telemetry;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace CorpusForge.Host.Tests;

/// <summary>The files in `deploy/`, as far as they can be checked without an engine.</summary>
public sealed partial class DeployTests
{
    static string Folder => Path.Combine(ServeTelemetryTests.Repository, "deploy");

    static string Read(string name) => File.ReadAllText(Path.Combine(Folder, name));

    public static TheoryData<string> Yaml => [.. Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f))];

    static YamlMappingNode[] Documents(string name)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Read(name)));
        return [.. stream.Documents.Select(d => (YamlMappingNode)d.RootNode)];
    }

    static string At(YamlNode node, params string[] path) => path.Aggregate(node, (n, key) => n is YamlSequenceNode list ? list[int.Parse(key, System.Globalization.CultureInfo.InvariantCulture)] : n[key]).ToString();

    [Theory, MemberData(nameof(Yaml))]
    public void Yaml_parses(string name) => Assert.NotEmpty(Documents(name));

    [Fact]
    public void The_kustomization_names_every_manifest_but_what_is_applied_by_hand()
    {
        var named = ((YamlSequenceNode)Documents("kubernetes/kustomization.yaml")[0]["resources"]).Select(r => r.ToString());
        var there = Directory.EnumerateFiles(Path.Combine(Folder, "kubernetes")).Select(f => Path.GetFileName(f)!).Except(["kustomization.yaml", "secret.template.yaml", "first-key.job.yaml"]);
        Assert.Equal(there.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    [Theory, InlineData("kubernetes/serve.yaml"), InlineData("kubernetes/worker.yaml")]
    public void Pods_end_later_than_units_are_drained_are_probed_and_write_nothing_to_their_root(string name)
    {
        var drain = TimeSpan.Parse(At(Documents("kubernetes/configuration.yaml")[0], "data", "CORPUSFORGE__DRAIN"), System.Globalization.CultureInfo.InvariantCulture);
        var pod = Documents(name).Single(d => At(d, "kind") == "Deployment")["spec"]["template"]["spec"];
        Assert.True(int.Parse(At(pod, "terminationGracePeriodSeconds"), System.Globalization.CultureInfo.InvariantCulture) > drain.TotalSeconds + 10);
        Assert.Equal("true", At(pod, "securityContext", "runAsNonRoot"));
        Assert.Equal("true", At(pod, "containers", "0", "securityContext", "readOnlyRootFilesystem"));
        Assert.Equal(("/healthz", "/readyz"), (At(pod, "containers", "0", "livenessProbe", "httpGet", "path"), At(pod, "containers", "0", "readinessProbe", "httpGet", "path")));
        Assert.Contains(Documents(name), d => At(d, "kind") == "PodDisruptionBudget");
    }

    [Fact]
    public void Settings_in_the_environment_are_settings_of_the_program()
    {
        var names = Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .SelectMany(f => Setting().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).Distinct().Order(StringComparer.Ordinal).ToArray();
        Assert.Contains("DISPATCH__STORAGE", names);
        foreach (var name in names)
        {
            var type = typeof(AppSettings);
            foreach (var part in name.Split("__").Where(p => !char.IsAsciiDigit(p[0])))
            {
                var property = type.GetProperty(part, System.Reflection.BindingFlags.IgnoreCase | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance);
                Assert.True(property is not null, $"CORPUSFORGE__{name}: there is no setting {part}");
                type = property.PropertyType;
            }
        }
    }

    [Fact]
    public void What_the_image_copies_is_there_and_everything_that_a_build_reads_is_copied()
    {
        var root = ServeTelemetryTests.Repository;
        var copied = Copy().Matches(Read("Containerfile")).SelectMany(m => m.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..^1]).ToArray();
        Assert.All(copied, name => Assert.True(Path.Exists(Path.Combine(root, name)), name));
        string[] read = ["global.json", "Directory.Build.props", "Directory.Packages.props", "BannedSymbols.txt", ".editorconfig", "appsettings.json", "src/", "docs/"];
        Assert.Empty(read.Except(copied));
        // Nothing that is copied is ignored.
        var ignored = File.ReadAllLines(Path.Combine(root, ".containerignore"));
        Assert.Empty(copied.Select(c => c.TrimEnd('/')).Intersect(ignored));
        Assert.Contains("RUN dotnet publish src/CorpusForge.Host -c Release -p:PublishReadyToRun=true -o /app", Read("Containerfile"));
        Assert.Matches(@"(?m)^USER \$APP_UID$", Read("Containerfile"));
    }

    [Theory, InlineData("corpusforge-serve.service"), InlineData("corpusforge-worker@.service")]
    public void Systemd_units_are_valid_where_systemd_can_say_so(string name)
    {
        var unit = Read($"systemd/{name}");
        var stop = int.Parse(Regex.Match(unit, @"(?m)^TimeoutStopSec=(\d+)$").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(stop > new AppSettings().Drain.TotalSeconds + 10);
        Assert.Contains("NoNewPrivileges=true", unit);
        if (!File.Exists("/usr/bin/systemd-analyze"))
            return;
        using var verify = Process.Start(new ProcessStartInfo("/usr/bin/systemd-analyze", ["verify", Path.Combine(Folder, "systemd", name)]) { RedirectStandardError = true })!;
        var said = verify.StandardError.ReadToEnd();
        verify.WaitForExit();
        // The program is not installed here; anything else is a mistake.
        Assert.All(said.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains("/opt/corpusforge/corpusforge is not executable", line));
    }

    [Fact]
    public void The_dashboard_is_one_that_grafana_takes()
    {
        var dashboard = JsonDocument.Parse(Read("grafana/dashboard.json")).RootElement;
        var panels = dashboard.GetProperty("panels").EnumerateArray().ToArray();
        Assert.Equal(panels.Length, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
        foreach (var panel in panels.Where(p => p.GetProperty("type").GetString() != "row"))
        {
            Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray());
            Assert.All(panel.GetProperty("targets").EnumerateArray(), t =>
            {
                var expression = t.GetProperty("expr").GetString()!;
                Assert.Equal(expression.Count(c => c == '('), expression.Count(c => c == ')'));
            });
        }
    }

    [GeneratedRegex("CORPUSFORGE__([A-Z0-9_]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Setting();

    [GeneratedRegex("(?m)^COPY (?!--from)(.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Copy();
}
