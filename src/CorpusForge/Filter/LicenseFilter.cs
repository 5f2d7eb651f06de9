namespace CorpusForge.Filter;

/// <summary>Whether a document without a known licence stays.</summary>
public enum UnknownLicense
{
    Drop,
    Keep,
}

/// <summary>Keeps documents under licences that are allowed and not denied.</summary>
/// <remarks>
/// Reads the SPDX expression in <see cref="Document.License"/>; measures nothing. Of licences joined by OR one must pass, of those
/// joined by AND all. An exception (WITH) only adds permissions, so the licence alone decides unless the list names both together.
/// </remarks>
public sealed record LicenseFilter : IFilter
{
    /// <summary>SPDX ids, or ids with their exception; empty allows every licence that is not denied.</summary>
    public IReadOnlyList<string> Allow { get; init; } = s_none;

    /// <summary>SPDX ids, or ids with their exception.</summary>
    public IReadOnlyList<string> Deny { get; init; } = s_none;

    /// <summary>What becomes of documents with no licence, `NONE` or `NOASSERTION`.</summary>
    public UnknownLicense Unknown { get; init; }

    private static readonly IReadOnlyList<string> s_none = [];

    public string? Problem(IReadOnlyList<PipelineSource> sources) =>
        new[] { ("allow", Allow), ("deny", Deny) }.SelectMany(l => l.Item2.Select(id => (List: l.Item1, Id: id))).Select(e =>
            Read.Spdx.Problem(e.Id) is { } problem ? $"{e.List}: {problem}"
            : LicenseExpression.Parse(e.Id) is LicenseExpression.License ? null : $"{e.List}: '{e.Id}' is more than one licence: give each an entry of its own").FirstOrDefault(p => p is not null);

    public Verdict Judge(TextView text)
    {
        var license = text.Document.License;
        var unknown = license is null or "" or "NONE" or "NOASSERTION";
        var expression = unknown ? null : LicenseExpression.Parse(license!);
        return text.Verdict
            .Never("license-unknown", unknown && Unknown == UnknownLicense.Drop)
            .Never("license-malformed", !unknown && expression is null)
            .Never("license-denied", expression is not null && !expression.Permits(l => !Denies(l)))
            .Never("license-not-allowed", expression is not null && !expression.Permits(l => !Denies(l) && Allows(l)));
    }

    private bool Denies(LicenseExpression.License license) =>
        Names(Deny, license.ToString()) || (Names(Deny, license.Id) && !Names(Allow, license.ToString()));

    private bool Allows(LicenseExpression.License license) =>
        Allow.Count == 0 || Names(Allow, license.ToString()) || Names(Allow, license.Id);

    private static bool Names(IReadOnlyList<string> list, string id) => list.Contains(id, StringComparer.OrdinalIgnoreCase);
}
