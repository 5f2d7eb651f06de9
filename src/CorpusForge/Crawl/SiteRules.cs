using System.Text.Json;
using System.Text.Json.Nodes;

namespace CorpusForge.Crawl;

/// <summary>What the files of a site say about being crawled and about the use of its pages.</summary>
/// <remarks>
/// robots.txt (RFC 9309, with the Content-Usage rules of AIPREF), `/.well-known/tdmrep.json` (TDM Reservation Protocol of the W3C community group) and
/// `/ai.txt` (Spawning). Evidence is what they say, with the line, not what follows from it.
/// </remarks>
internal sealed class SiteRules
{
    private readonly (string Agent, Robots Robots)[] _agents;
    private readonly List<(string Pattern, JsonObject Rule)> _reservations = [];
    private readonly Robots? _others;
    private readonly Robots? _ai;
    private readonly int? _status;

    /// <param name="rule">Why nothing may be fetched at all; null when that is up to robots.txt.</param>
    /// <param name="status">Of robots.txt; null when there was no answer.</param>
    /// <param name="robots">The file, when there is one.</param>
    /// <param name="reservations">`tdmrep.json`, when there is one.</param>
    /// <param name="ai">`ai.txt`, when there is one.</param>
    public SiteRules(string? rule, int? status, ReadOnlyMemory<byte>? robots, ReadOnlyMemory<byte>? reservations = null, ReadOnlyMemory<byte>? ai = null)
    {
        (Rule, _status) = (rule, status);
        Robots = rule is not null ? Robots.DisallowAll : robots is { } file ? Robots.Parse(file.Span, Fetcher.ProductToken) : Robots.AllowAll;
        Sitemaps = robots is { } listed ? Robots.Sitemaps(listed.Span) : [];
        _agents = robots is { } named ? [.. Robots.Agents(named.Span).Where(AiAgents.All.Contains).Order(StringComparer.Ordinal).Select(a => (a, Robots.Parse(named.Span, a)))] : [];
        _others = robots is { } all && Robots.Group == Fetcher.ProductToken ? Robots.Parse(all.Span, "*") : null;
        _ai = ai is { } text && !LooksLikeHtml(text.Span) ? Robots.Parse(text.Span, Fetcher.ProductToken) : null;
        if (reservations is { } json)
            ReadReservations(json);
    }

    public string? Rule { get; }
    public Robots Robots { get; }
    public IReadOnlyList<string> Sitemaps { get; }

    /// <summary>As the crawl page shows it.</summary>
    public string Description => Rule is not null ? "unavailable" : _status is >= 200 and < 300 ? Robots.Restricts ? "restricted" : "allowed" : "absent";

    /// <summary>Everything that the files say about one URL, under the names `robots`, `robots-ai-agents`, `robots-content-usage`, `tdmrep` and `ai-txt`.</summary>
    public JsonObject EvidenceFor(string pathAndQuery)
    {
        var evidence = new JsonObject { ["robots"] = Told(Robots, pathAndQuery, new JsonObject { ["status"] = _status }) };
        var agents = new JsonObject();
        foreach (var (agent, robots) in _agents)
            agents[agent] = Told(robots, pathAndQuery, []);
        // Our own rules are those of everybody who is not named, unless we are.
        if (_others is not null)
            agents["*"] = Told(_others, pathAndQuery, []);
        if (agents.Count > 0)
            evidence["robots-ai-agents"] = agents;
        if (Robots.Usage(pathAndQuery) is { } usage)
            evidence["robots-content-usage"] = new JsonObject { ["value"] = usage.Text, ["line"] = usage.Line };
        var path = Robots.Normalise(pathAndQuery);
        if (_reservations.Where(r => Robots.Matches(r.Pattern, path)).OrderByDescending(r => r.Pattern.Length).Select(r => r.Rule).FirstOrDefault() is { } reserved)
            evidence["tdmrep"] = reserved.DeepClone();
        if (_ai?.Decide(pathAndQuery) is not null)
            evidence["ai-txt"] = Told(_ai, pathAndQuery, []);
        return evidence;
    }

    private static JsonObject Told(Robots robots, string path, JsonObject told)
    {
        var rule = robots.Decide(path);
        told["allowed"] = rule?.Allow != false;
        if (robots.Group is { } group)
            told["group"] = group;
        if (rule is { Line: > 0 })
            (told["rule"], told["line"]) = (rule.Text, rule.Line);
        return told;
    }

    private void ReadReservations(ReadOnlyMemory<byte> json)
    {
        try
        {
            if (JsonNode.Parse(json.Span, documentOptions: new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }) is not JsonArray rules)
                return;
            foreach (var rule in rules.OfType<JsonObject>())
                if (rule["location"] is JsonValue location && location.TryGetValue<string>(out var pattern) && rule["tdm-reservation"] is not null)
                    _reservations.Add((Robots.Normalise(pattern), rule));
        }
        catch (JsonException)
        {
            // What is no JSON reserves nothing that a machine could read.
        }
    }

    private static bool LooksLikeHtml(ReadOnlySpan<byte> bytes) => MediaTypes.Sniff(bytes) == "text/html";
}
