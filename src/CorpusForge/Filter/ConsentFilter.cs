using CorpusForge.Crawl;

namespace CorpusForge.Filter;

/// <summary>How far what sites say about the use of their pages decides.</summary>
public enum ConsentPolicy
{
    /// <summary>Only robots.txt, for our own crawler.</summary>
    Robots,

    /// <summary>Also every statement that forbids training or text mining.</summary>
    OptOut,

    /// <summary>Also statements that are about AI or indexes in general.</summary>
    Strict,

    /// <summary>Also, something must permit it.</summary>
    OptIn,
}

/// <summary>Keeps documents whose sites do not forbid their use, by a policy.</summary>
/// <remarks>
/// <para>Reads the raw evidence in <see cref="Document.Consent"/>, so the decision can be made again under another policy without fetching anything; measures nothing.
/// A document without evidence forbids nothing and permits nothing.</para>
/// <para>Every policy has the rules of those before it. `robots`: `robots`. `opt-out`: `robots-ai-agent` (one of the agents is named and forbidden), `noai`, `noimageai` (images), `tdm-reserved`,
/// `ai-preference`, `ai-txt`. `strict`: `any-ai-agent`, `noindex`, `nosnippet`, and `noimageai` for text, too. `opt-in`: `no-permission`, which an AIPREF preference, a TDM reservation of 0 or
/// one of the licences gives. Under a milder policy a rule has the limit 1 (agents: any number), so that signals show what it would drop.</para>
/// </remarks>
public sealed record ConsentFilter : IFilter
{
    public ConsentPolicy Policy { get; init; } = ConsentPolicy.OptOut;

    /// <summary>Product tokens of robots.txt that speak for us under `opt-out`; empty is every known agent that gathers for training.</summary>
    public IReadOnlyList<string> Agents { get; init; } = s_none;

    /// <summary>Beginnings of SPDX ids of licences that permit under `opt-in`.</summary>
    public IReadOnlyList<string> Licenses { get; init; } = s_open;

    private static readonly IReadOnlyList<string> s_none = [];
    private static readonly IReadOnlyList<string> s_open =
        ["CC0-", "CC-PDM-", "PDDL-", "Unlicense", "0BSD", "CC-BY-1", "CC-BY-2", "CC-BY-3", "CC-BY-4", "CC-BY-SA-", "ODC-By-", "MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC"];

    public string? Problem(IReadOnlyList<PipelineSource> sources) =>
        Licenses.FirstOrDefault(l => !Read.Spdx.Ids.Any(id => id.StartsWith(l, StringComparison.OrdinalIgnoreCase))) is { } unknown
            ? $"licenses: no SPDX id begins with '{unknown}'{Settings.SettingsBinder.Nearest(unknown, Read.Spdx.Ids.Order(StringComparer.Ordinal))}"
            : null;

    public Verdict Judge(TextView text)
    {
        var evidence = ConsentEvidence.Of(text.Document.Consent);
        var agents = evidence.ForbiddenAgents.Count(a => Agents.Count == 0 ? AiAgents.Training.Contains(a) : Agents.Contains(a, StringComparer.OrdinalIgnoreCase));
        var permitted = evidence.Training == true || evidence.Reserved == false
            || (LicenseExpression.Parse(text.Document.License ?? "")?.Permits(l => Licenses.Any(o => l.Id.StartsWith(o, StringComparison.OrdinalIgnoreCase))) ?? false);
        var images = text.Document.Kind == Kind.Caption ? ConsentPolicy.OptOut : ConsentPolicy.Strict;
        return text.Verdict
            .AtMost("robots", Found(evidence.RobotsForbids), 0)
            .AtMost("robots-ai-agent", agents, From(ConsentPolicy.OptOut, int.MaxValue))
            .AtMost("noai", Found(evidence.Says("noai")), From(ConsentPolicy.OptOut))
            .AtMost("noimageai", Found(evidence.Says("noimageai")), From(images))
            .AtMost("tdm-reserved", Found(evidence.Reserved == true), From(ConsentPolicy.OptOut))
            .AtMost("ai-preference", Found(evidence.Training == false), From(ConsentPolicy.OptOut))
            .AtMost("ai-txt", Found(evidence.AiTxtForbids), From(ConsentPolicy.OptOut))
            .AtMost("any-ai-agent", evidence.ForbiddenAgents.Count, From(ConsentPolicy.Strict, int.MaxValue))
            .AtMost("noindex", Found(evidence.Says("noindex")), From(ConsentPolicy.Strict))
            .AtMost("nosnippet", Found(evidence.Says("nosnippet")), From(ConsentPolicy.Strict))
            .AtLeast("no-permission", Found(permitted), Policy == ConsentPolicy.OptIn ? 1 : 0);
    }

    private static int Found(bool found) => found ? 1 : 0;

    // The limit of a rule that begins with a policy.
    private int From(ConsentPolicy first, int otherwise = 1) => Policy >= first ? 0 : otherwise;
}
