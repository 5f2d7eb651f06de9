using System.Text.Json;

namespace CorpusForge.Filter;

/// <summary>What the raw consent evidence of a document says, source by source; nothing is decided here.</summary>
/// <remarks>
/// RFC 9309; the robots directives of search engines with `noai` and `noimageai`; TDM Reservation Protocol, where the page counts before the header and that
/// before the site's file; AIPREF, where the most restrictive statement counts and a narrower category before a wider one; `ai.txt`.
/// What cannot be read says nothing.
/// </remarks>
public sealed class ConsentEvidence
{
    private static readonly string[] s_valued = ["unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"];
    private static readonly string[] s_uses = ["train-genai", "genai", "train-ai", "ai", "bots", "all"];

    private readonly HashSet<string> _directives = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _forbiddenAgents = new(StringComparer.Ordinal);

    /// <summary>Whether robots.txt forbids the page to our own crawler.</summary>
    public bool RobotsForbids { get; private set; }

    /// <summary>Whether `ai.txt` forbids the page.</summary>
    public bool AiTxtForbids { get; private set; }

    /// <summary>Whether text and data mining is reserved; null where nothing is said.</summary>
    public bool? Reserved { get; private set; }

    /// <summary>Whether training is preferred to happen; null where nothing is said.</summary>
    public bool? Training { get; private set; }

    /// <summary>Product tokens of those that robots.txt names and forbids the page to, in lower case; `*` is everybody else.</summary>
    public IReadOnlySet<string> ForbiddenAgents => _forbiddenAgents;

    /// <summary>Whether a robots directive that is not for somebody else says so, in lower case.</summary>
    public bool Says(string directive) => _directives.Contains(directive);

    /// <param name="consent">A JSON object; anything else says nothing.</param>
    public static ConsentEvidence Of(string? consent)
    {
        var evidence = new ConsentEvidence();
        if (consent is null)
            return evidence;
        try
        {
            using var json = JsonDocument.Parse(consent);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                evidence.Read(json.RootElement);
        }
        catch (JsonException)
        {
            // It may have come with the input, from anybody.
        }
        return evidence;
    }

    private void Read(JsonElement root)
    {
        foreach (var part in root.EnumerateObject())
            switch (part.Name)
            {
                case "robots":
                    RobotsForbids = Forbids(part.Value);
                    break;
                case "robots-ai-agents" when part.Value.ValueKind == JsonValueKind.Object:
                    _forbiddenAgents.UnionWith(part.Value.EnumerateObject().Where(a => Forbids(a.Value)).Select(a => a.Name.ToLowerInvariant()));
                    break;
                case "ai-txt":
                    AiTxtForbids = Forbids(part.Value);
                    break;
                case "robots-content-usage":
                    Prefer(Texts(Member(part.Value, "value")));
                    break;
                case "content-usage":
                    Prefer(Texts(part.Value));
                    break;
                case "x-robots-tag":
                    foreach (var value in Texts(part.Value))
                        Direct(value, "");
                    break;
                case var name when name.StartsWith("meta-", StringComparison.Ordinal) && !name.StartsWith("meta-tdm-", StringComparison.Ordinal):
                    foreach (var value in Texts(part.Value))
                        Direct(value, name[5..] == "robots" ? "" : name[5..]);
                    break;
            }
        Reserved = ReservedBy(root, "meta-tdm-reservation") ?? ReservedBy(root, "tdm-reservation")
            ?? (root.TryGetProperty("tdmrep", out var site) && site.ValueKind == JsonValueKind.Object ? ReservedBy(site, "tdm-reservation") : null);
    }

    private static bool Forbids(JsonElement rule) => Member(rule, "allowed")?.ValueKind == JsonValueKind.False;

    private static JsonElement? Member(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : null;

    private static IEnumerable<string> Texts(JsonElement? element) => element switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Number } one => [one.GetRawText()],
        { ValueKind: JsonValueKind.Array } many => many.EnumerateArray().Where(e => e.ValueKind is JsonValueKind.String or JsonValueKind.Number).Select(e => e.ToString()),
        _ => [],
    };

    // Of two values of one source the one that reserves counts.
    private static bool? ReservedBy(JsonElement from, string name)
    {
        string[] values = [.. Texts(Member(from, name)).SelectMany(v => v.Split(',')).Select(v => v.Trim())];
        return values.Contains("1") ? true : values.Contains("0") ? false : null;
    }

    // `agent: a, b` is for one agent, `a: value` for nobody in particular.
    private void Direct(string text, string agent)
    {
        foreach (var part in text.Split(','))
        {
            var directive = part.Trim().ToLowerInvariant();
            if (directive.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 && !s_valued.Contains(directive[..colon].Trim()))
                (agent, directive) = (directive[..colon].Trim(), directive[(colon + 1)..].Trim());
            // Who forbids training to one forbids it; what is said to a search engine about its index is for that one.
            if (agent.Length > 0 && directive is not ("noai" or "noimageai") && !agent.Equals(Crawl.Fetcher.ProductToken, StringComparison.OrdinalIgnoreCase))
                continue;
            _directives.Add(directive);
            if (directive == "none")
                _directives.Add("noindex");
        }
    }

    // A dictionary of structured fields (RFC 9651) whose values are the tokens y and n; parameters say nothing about it.
    private void Prefer(IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            var stated = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var member in value.Split(','))
                if (member.Split('=', 2) is [var name, var preference])
                    stated[name.Trim()] = preference.Split(';')[0].Trim();
            foreach (var use in s_uses)
                if (stated.GetValueOrDefault(use) is "y" or "n")
                {
                    Training = Training != false && stated[use] == "y";
                    break;
                }
        }
    }
}
