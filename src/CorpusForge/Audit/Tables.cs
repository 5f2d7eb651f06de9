using System.Runtime.InteropServices;
using System.Text.Json;

namespace CorpusForge.Audit;

/// <summary>Adds up documents, bytes and tokens by key.</summary>
internal sealed class Table
{
    private readonly Dictionary<string, Amount> _slots = new(StringComparer.Ordinal);

    public Amount this[string key]
    {
        get
        {
            ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_slots, key, out _);
            return slot ??= new Amount();
        }
    }

    /// <summary>The <paramref name="most"/> largest by documents, then in order of key, and the rest together.</summary>
    /// <exception cref="InvalidOperationException">The slots do not add up to <paramref name="total"/>.</exception>
    public Breakdown ToBreakdown(Amount total, string name, int most = int.MaxValue)
    {
        var all = _slots.Where(s => s.Value.Documents != 0 || s.Value.Bytes != 0 || s.Value.Tokens != 0)
            .OrderByDescending(s => s.Value.Documents).ThenBy(s => s.Key, StringComparer.Ordinal).ToArray();
        var (sum, rest) = (new Amount(), new Amount());
        foreach (var (_, amount) in all)
            sum.Add(amount);
        foreach (var (_, amount) in all.Skip(most))
            rest.Add(amount);
        if (sum != total)
            throw new InvalidOperationException($"the corpus by {name} adds up to {sum}, not to {total}");
        return new Breakdown(
            [.. all.Take(most).Select(s => new Slot(s.Key, s.Value.Documents, s.Value.Bytes, s.Value.Tokens, Statistics.Share(s.Value.Documents, total.Documents)))],
            Math.Max(0, all.Length - most), rest);
    }
}

/// <summary>Counts the rows of the final corpus by kind, language, licence, source, domain and consent evidence.</summary>
/// <remarks>Memory grows with the distinct values (a host takes about 150 bytes), not with the documents.</remarks>
internal sealed class CompositionCount
{
    public const string Unknown = "unknown";
    public const string None = "none";
    private const int DomainsListed = 50;

    private readonly Table _kinds = new(), _languages = new(), _licenses = new(), _groups = new(), _evidence = new(), _sources = new(), _domains = new();
    private readonly Dictionary<string, long> _consent = new(StringComparer.Ordinal);
    private long _withConsent;

    public Amount Total { get; } = new();

    /// <summary>Adds an amount to the slots of a row, whichever shard it was read from.</summary>
    public void Add(Kind kind, string? language, string? license, string source, string? url, Amount amount)
    {
        Total.Add(amount);
        _kinds[Runs.DocumentShard.NameOf(kind)].Add(amount);
        _languages[language ?? Unknown].Add(amount);
        _licenses[license ?? Unknown].Add(amount);
        _groups[Licenses.NameOf(Licenses.GroupOf(license))].Add(amount);
        _sources[source].Add(amount);
        _domains[DomainOf(url)].Add(amount);
    }

    /// <summary>Adds what only document shards have: the evidence for licence and consent.</summary>
    public void AddEvidence(Document document, Amount amount, int sign = 1)
    {
        var evidence = document.License is null ? None : document.LicenseEvidence is not { } e ? Unknown : e.Split(':', 2)[0];
        _evidence[evidence].Add(amount);
        if (document.Consent is null)
            return;
        _withConsent += sign;
        foreach (var key in KeysOf(document.Consent))
            _consent[key] = _consent.GetValueOrDefault(key) + sign;
    }

    public Composition ToComposition(Amount evidenceTotal) => new(
        _kinds.ToBreakdown(Total, "kind"),
        _languages.ToBreakdown(Total, "language"),
        _licenses.ToBreakdown(Total, "licence"),
        _groups.ToBreakdown(Total, "licence group"),
        _evidence.ToBreakdown(evidenceTotal, "licence evidence"),
        _sources.ToBreakdown(Total, "source"),
        _domains.ToBreakdown(Total, "domain", DomainsListed),
        [
            .. _consent.Where(c => c.Value > 0).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal)
                .Select(c => new CountOf(c.Key, c.Value, Statistics.Share(c.Value, Total.Documents))),
        ],
        new CountOf("any", _withConsent, Statistics.Share(_withConsent, Total.Documents)));

    /// <summary>The host of a web address, without `www.`.</summary>
    internal static string DomainOf(string? url)
    {
        if (url is null || !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            return None;
        var host = uri.IdnHost.ToLowerInvariant().TrimEnd('.');
        return host.StartsWith("www.", StringComparison.Ordinal) && host.Length > 4 ? host[4..] : host;
    }

    private static IEnumerable<string> KeysOf(string json)
    {
        try
        {
            using var parsed = JsonDocument.Parse(json);
            return parsed.RootElement.ValueKind == JsonValueKind.Object
                ? [.. parsed.RootElement.EnumerateObject().Select(p => p.Name).Distinct(StringComparer.Ordinal)]
                : ["unreadable"];
        }
        catch (JsonException)
        {
            return ["unreadable"];
        }
    }
}

/// <summary>Orders that do not depend on the machine's language.</summary>
internal static class ByOrdinal
{
    public static IComparer<(string, string)> Pairs { get; } = Comparer<(string, string)>.Create((a, b) =>
        string.CompareOrdinal(a.Item1, b.Item1) is var first && first != 0 ? first : string.CompareOrdinal(a.Item2, b.Item2));
}

/// <summary>A histogram whose bins end at powers of two: 0, 1, 2, 3–4, 5–8, ….</summary>
internal sealed class PowersOfTwo
{
    private readonly long[] _bins = new long[65];

    public void Add(long value) => _bins[value <= 0 ? 0 : value == 1 ? 1 : 65 - System.Numerics.BitOperations.LeadingZeroCount((ulong)value - 1)]++;

    /// <summary>The bins from the first that holds something to the last.</summary>
    public IReadOnlyList<Bin> ToBins()
    {
        var first = Array.FindIndex(_bins, b => b != 0);
        var last = Array.FindLastIndex(_bins, b => b != 0);
        return first < 0 ? [] : [.. Enumerable.Range(first, last - first + 1).Select(i => new Bin(From(i), i == 0 ? 0 : 1L << (i - 1), _bins[i]))];
    }

    private static long From(int bin) => bin < 2 ? bin : (1L << (bin - 2)) + 1;
}
