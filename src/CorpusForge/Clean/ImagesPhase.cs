using CorpusForge.Crawl;
using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Clean;

/// <summary>How the images of captions are fetched: as politely as pages are, and kept as WARC files.</summary>
public sealed record ImageFetch
{
    /// <summary>The least time between two requests to a host; a site's Crawl-delay can make it longer.</summary>
    [Range(0, 3600)]
    public double DelaySeconds { get; init; } = 1;

    /// <summary>For one exchange, from the name to the last byte.</summary>
    [Range(0.001, 3600)]
    public double TimeoutSeconds { get; init; } = 30;

    /// <summary>A larger image is dropped.</summary>
    [Range(1, 1 << 30)]
    public int MaxBytes { get; init; } = 20 << 20;

    /// <summary>A URL or address for the owners of the sites, sent with every request.</summary>
    public string UserAgentContact { get; init; } = "";

    /// <summary>Hosts that may be in a private network and at any port; no other host may.</summary>
    [Reaches(Reach.PrivateHosts)]
    public IReadOnlyList<string> AllowHosts { get; init; } = [];
}

/// <summary>A source whose captions may name images by URL.</summary>
public interface IImageSource : ISource
{
    ImageFetch Fetch { get; }
}

/// <summary>Fetches the images that captions wait for, each URL of a part once, robots.txt obeyed.</summary>
internal sealed record FetchPhase : IPhase
{
    public string Name => "fetch";
    public string Queue => Queues.Net;
    public bool Result => false;
    public bool Pure => false;

    public IEnumerable<Unit> Plan(PhaseInput input) =>
        from part in input.Phases["extract"]
        where part.File(ExtractPhase.Pending) is not null
        select Unit.Of(input, this, "", [new UnitInput(part.Unit, part.File(ExtractPhase.Pending)!.Sha256)]);

    public void Execute(UnitWork work)
    {
        var digests = new List<string>();
        var files = 0;
        foreach (var group in Pending(work).GroupBy(d => d.Source, StringComparer.Ordinal))
        {
            var settings = (work.Input.Pipeline.Sources.First(s => s.Id == group.Key).Source as IImageSource)?.Fetch ?? new ImageFetch();
            var urls = group.Select(d => d.Url!).Distinct(StringComparer.Ordinal).ToArray();
            var crawl = new CrawlSource
            {
                Seeds = urls,
                MaxDepth = 0,
                MaxPages = int.MaxValue,
                MaxBytes = long.MaxValue,
                SameSite = false,
                MaxBodyBytes = settings.MaxBytes,
                DelaySeconds = settings.DelaySeconds,
                TimeoutSeconds = settings.TimeoutSeconds,
                UserAgentContact = settings.UserAgentContact,
                AllowHosts = settings.AllowHosts,
                Sitemaps = false,
            };
            var result = CrawlUnit.Run(work, crawl, Digests.Short($"images {work.Unit.Key} {group.Key}"), 0, files, null);
            files = work.Files.Count(f => f.Role.StartsWith(Roles.Warc, StringComparison.Ordinal));
            digests.Add(result.ContentDigest);
        }
        work.ContentDigest = Digests.Of(string.Join('\n', digests));
    }

    /// <summary>The captions of the unit's extract part that wait for an image.</summary>
    public static IEnumerable<Document> Pending(UnitWork work)
    {
        var part = work.Input.Phases["extract"].First(p => p.Unit == work.Unit.Inputs[0].Name);
        return DocumentShard.Read(work.OpenRead(part.File(ExtractPhase.Pending)!));
    }
}

/// <summary>Joins the captions that waited with the images that came, and runs the steps on them.</summary>
/// <remarks>Images stream past; a caption whose image did not come is dropped as `image-unreachable`.</remarks>
internal sealed record ImagesPhase(CleanStage Stage) : IPhase
{
    // A chain may be pieced together from several that the crawler followed; a longer one is a loop.
    private const int MaxHops = 20;

    public string Name => "images";
    public bool Result => true;

    public IEnumerable<Unit> Plan(PhaseInput input) =>
        from fetched in input.Phases["fetch"]
        select Unit.Of(input, this, "", [new UnitInput(fetched.Inputs[0].Name, fetched.Inputs[0].Digest), UnitInput.Of(fetched)]);

    public void Execute(UnitWork work)
    {
        var fetched = work.Input.Phases["fetch"].First(p => p.Unit == work.Unit.Inputs[1].Name);
        // A redirect may lead to what was fetched before it, so all are known before any image is taken.
        var redirects = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var answer in Answers(work, fetched))
        {
            if (answer.Redirect is { } to)
                redirects[answer.Url] = to;
        }
        var waiting = new Dictionary<string, List<Document>>(StringComparer.Ordinal);
        foreach (var pending in FetchPhase.Pending(work))
        {
            var url = CrawlUrl.Resolve(null, pending.Url!)?.AbsoluteUri ?? pending.Url!;
            for (var hop = 0; hop < MaxHops && redirects.TryGetValue(url, out var next); hop++)
                url = next;
            (waiting.TryGetValue(url, out var list) ? list : waiting[url] = []).Add(pending);
        }
        using var output = new DocumentOutput(work);
        var intake = new RawIntake(Stage, work, output) { Defer = raw => throw new InvalidOperationException($"{raw.Locator} was fetched and has no bytes") };
        foreach (var answer in Answers(work, fetched))
        {
            if (answer.Image is { Bytes.IsEmpty: false } image && waiting.Remove(answer.Url, out var captions))
                captions.ForEach(c => Take(intake, c, image));
        }
        foreach (var unreachable in waiting.Values.SelectMany(c => c).OrderBy(c => c.Locator, StringComparer.Ordinal).ThenBy(c => c.Id, StringComparer.Ordinal))
            intake.Take(DeferredCaptions.Restore(unreachable) with { Verdict = Verdict.Drop("image-unreachable") });
        intake.Close();
        // These documents did not come from outside: the extract phase found them.
        (work.Tally.Created, work.Tally.In) = (work.Tally.In, 0);
    }

    private static void Take(RawIntake intake, Document caption, RawDocument image) =>
        intake.Take(DeferredCaptions.Restore(caption) with { Bytes = image.Bytes, Consent = caption.Consent ?? image.Consent });

    private static IEnumerable<(string Url, string? Redirect, RawDocument? Image)> Answers(UnitWork work, Manifest fetched)
    {
        foreach (var file in fetched.Files.Where(f => f.Role.StartsWith(Roles.Warc, StringComparison.Ordinal)))
        {
            foreach (var raw in WarcDocuments.Read(at => work.Storage.OpenRead(work.NameOf(file), at), file.Name, "", locate: LocateBy.Ordinal, cancel: work.Cancel))
            {
                var redirect = raw.Metadata.GetValueOrDefault("location") is { } location ? CrawlUrl.Resolve(new Uri(raw.Url!), location)?.AbsoluteUri : null;
                yield return (raw.Url!, redirect, raw.Verdict.Kept ? raw : null);
            }
        }
    }
}
