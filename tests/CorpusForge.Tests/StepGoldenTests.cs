using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CorpusForge.Deduplicate;
using CorpusForge.Filter;
using CorpusForge.Tests.Filter;
using Xunit;

namespace CorpusForge.Tests;

/// <summary>Holds every step to what its version did: one digest a step over the texts of <see cref="StepGoldenInputs"/>.</summary>
/// <remarks>The digests are in `step-goldens.json` by `name@version`; CORPUSFORGE_UPDATE=1 rewrites the file.</remarks>
public class StepGoldenTests
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    // Steps that do nothing, or cannot be opened, without settings.
    private static readonly Dictionary<string, IStep> s_configured = new()
    {
        ["consent"] = new ConsentFilter { Policy = ConsentPolicy.OptIn },
        ["decontaminate"] = new Decontaminate { Against = [WriteList("the quick brown fox jumps over the lazy dog\n")] },
        ["exclude"] = new Exclude { From = WriteList("domain:blocked.example\n") },
        ["fasttext"] = new FastTextFilter { Model = TinyModel.Path, Label = "animals", MinScore = 0.5 },
        ["license"] = new LicenseFilter { Allow = ["MIT", "Apache-2.0"], Deny = ["GPL-3.0-only"] },
        ["perplexity"] = new PerplexityFilter { Model = TinyNGrams.Path, HeadLimit = 5, TailLimit = 20 },
        ["url-blocklist"] = new UrlBlocklist { Domains = ["blocked.example"] },
    };

    private static string WriteList(string lines)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, lines);
        return file;
    }

    [Theory, InlineData(""), InlineData("tr-TR"), InlineData("fa-IR")]
    public void No_step_changes_what_it_does_without_a_new_version(string culture)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var former = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            foreach (var entry in Steps.Catalogue)
            {
                var step = s_configured.TryGetValue(entry.Name, out var configured) ? configured : (IStep)entry.Create();
                found.Add($"{entry.Name}@{step.Version}", DigestOf(step));
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = former;
        }

        if (Environment.GetEnvironmentVariable("CORPUSFORGE_UPDATE") == "1")
        {
            if (culture.Length == 0)
                File.WriteAllText(GoldenFile(), JsonSerializer.Serialize(found, s_json) + "\n");
            return;
        }
        var golden = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(GoldenFile()))!;
        var problems = found.Where(f => golden.GetValueOrDefault(f.Key) != f.Value).Select(f => golden.ContainsKey(f.Key)
            ? $"{f.Key} does not do what this version did: raise Version in the step, then run the tests with CORPUSFORGE_UPDATE=1."
            : $"{f.Key} has no golden digest: run the tests with CORPUSFORGE_UPDATE=1 and commit step-goldens.json.");
        var stale = golden.Keys.Except(found.Keys).Select(k => $"{k} is no step of the catalogue: run the tests with CORPUSFORGE_UPDATE=1.");
        Assert.Equal("", string.Join('\n', problems.Concat(stale)));
    }

    [Fact]
    public void Every_step_is_in_the_catalogue_under_one_name()
    {
        var types = typeof(IStep).Assembly.GetExportedTypes().Where(t => typeof(IStep).IsAssignableFrom(t) && !t.IsAbstract);
        Assert.Equal(types.OrderBy(t => t.FullName, StringComparer.Ordinal), Steps.Catalogue.Select(e => e.Type).OrderBy(t => t.FullName, StringComparer.Ordinal));
        Assert.Equal(Steps.Catalogue.Count, Steps.Catalogue.Select(e => e.Name).Distinct().Count());
        Assert.All(Steps.Catalogue, e => Assert.Matches("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", e.Name));
    }

    [Fact]
    public void Rules_are_named_in_kebab_case() => Assert.All(
        Steps.Catalogue.Select(e => e.Create()).OfType<IFilter>().Where(f => f is not IOpenable).SelectMany(f => StepGoldenInputs.Documents.Select(d => (f, d))),
        pair =>
        {
            var recorder = new SignalRecorder { Step = "step" };
            pair.f.Judge(Texts.View(pair.d, recorder));
            Assert.All(recorder.Values.Keys, k => Assert.Matches("^step\\.[a-z][a-z0-9]*(-[a-z0-9]+)*$", k));
        });

    private static string DigestOf(IStep configured)
    {
        var step = configured is IOpenable openable ? openable.Open() : configured;
        var log = new StringBuilder();
        if (step is IExtractor extractor)
            foreach (var raw in StepGoldenInputs.RawDocuments.Where(extractor.Handles))
                log.AppendLine(JsonSerializer.Serialize(extractor.Extract(raw), s_json));
        var recorder = new SignalRecorder { Step = "step" };
        var view = new TextView(recorder);
        var changes = new Changes { Step = "step" };
        foreach (var document in StepGoldenInputs.Documents.Where(d => configured.For.HasFlag(StepRunner.KindsOf(d.Kind))))
        {
            view.Reset(document);
            recorder.Clear();
            if (step is ITransform transform)
                log.AppendLine(JsonSerializer.Serialize(transform.Apply(document, changes), s_json));
            if (step is ITagger tagger)
            {
                log.AppendLine(JsonSerializer.Serialize(tagger.Tag(view), s_json));
                view.Tagged(tagger.Tag(view).On(document));
            }
            if (step is IFilter filter)
            {
                log.AppendLine(filter.Judge(view).Rule ?? "kept");
                log.AppendLine(JsonSerializer.Serialize(recorder.Values.OrderBy(v => v.Key, StringComparer.Ordinal), s_json));
            }
        }
        log.AppendLine(JsonSerializer.Serialize(changes.Counts, s_json));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(log.ToString())));
    }

    private static string GoldenFile([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "step-goldens.json");
}
