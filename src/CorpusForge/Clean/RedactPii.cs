using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using CorpusForge.Clean.Pii;
using CorpusForge.Filter;

namespace CorpusForge.Clean;

/// <summary>Finds personal data and secrets and masks them, puts fakes in their place, or drops the document; by type.</summary>
/// <remarks>
/// <para>A mask is the name of the type in angle brackets, such as `&lt;EMAIL&gt;`. A fake has the form of what it stands for, is the same wherever the value
/// stands, and belongs to nobody: see <see cref="Fakes"/>. What is a fake or a number for documentation already stays under `fake`.</para>
/// <para>Private addresses of networks, versions, image names and identifiers of programs are left alone. In source code telephone numbers count only with
/// their country's prefix, and identity numbers only with a word that names them. Names of people are not looked for.</para>
/// <para>The metadata key `redacted` says how many of which type, `redacted-spans` where they stand now; what was there is kept nowhere.</para>
/// </remarks>
public sealed record RedactPii : ITransform, IFilter
{
    public PiiPolicy Emails { get; init; } = PiiPolicy.Mask;
    public PiiPolicy Phones { get; init; } = PiiPolicy.Mask;

    /// <summary>Public IPv4 and IPv6 addresses.</summary>
    public PiiPolicy IpAddresses { get; init; } = PiiPolicy.Mask;

    /// <summary>International bank account numbers with the right check digits.</summary>
    public PiiPolicy Ibans { get; init; } = PiiPolicy.Mask;

    /// <summary>Payment cards of a known network with the right check digit.</summary>
    public PiiPolicy Cards { get; init; } = PiiPolicy.Mask;

    /// <summary>Identity, tax and insurance numbers of people, of about fifty countries, by form, check digits and the words around.</summary>
    public PiiPolicy NationalIds { get; init; } = PiiPolicy.Mask;

    /// <summary>Street with its number and town with its postcode, written out as in most of Europe and the Americas, Australia, India, Indonesia, Israel, Japan, Korea, China, Thailand or Vietnam.</summary>
    public PiiPolicy PostalAddresses { get; init; } = PiiPolicy.Mask;

    /// <summary>Addresses of crypto-currencies with the right checksum, and of Solana with its name nearby.</summary>
    public PiiPolicy Wallets { get; init; } = PiiPolicy.Mask;

    /// <summary>Keys and tokens of known issuers, private keys, and passwords where they are assigned.</summary>
    public PiiPolicy Keys { get; init; } = PiiPolicy.Mask;

    /// <summary>Countries (ISO 3166) whose telephone numbers are known without their prefix; by the document's language and domain unless given.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>What fakes depend on beside the value; give a secret, as `${env:NAME}`, lest somebody tries all numbers.</summary>
    public string FakeKey { get; init; } = "";

    /// <summary>Whether `redacted-spans` is kept: type, place in the new text and length of each.</summary>
    public bool Spans { get; init; }

    public int Version => 6;

    public string? Problem(IReadOnlyList<PipelineSource> sources) =>
        DialingRegions.Of(Regions).Zip(Regions).FirstOrDefault(r => !Telephones.Regions.Contains(r.First)).Second is { } unknown
            ? $"regions: '{unknown}' is no country (ISO 3166, two letters){Settings.SettingsBinder.Nearest(unknown, Telephones.Regions.Order(StringComparer.Ordinal))}"
            : null;

    private const string Counts = "redacted";

    private static readonly PiiType[] s_types = Enum.GetValues<PiiType>();
    private static readonly string[] s_masks = ["<EMAIL>", "<PHONE>", "<IP_ADDRESS>", "<IBAN>", "<CARD>", "<NATIONAL_ID>", "<POSTAL_ADDRESS>", "<WALLET>", "<KEY>"];
    private static readonly string[] s_names = ["email", "phone", "ip-address", "iban", "card", "national-id", "postal-address", "wallet", "key"];
    private static readonly ConcurrentDictionary<(RedactPii Step, bool Code, string Place), PiiScope> s_scopes = new();

    private PiiPolicy PolicyOf(PiiType type) => type switch
    {
        PiiType.Email => Emails,
        PiiType.Phone => Phones,
        PiiType.IpAddress => IpAddresses,
        PiiType.Iban => Ibans,
        PiiType.Card => Cards,
        PiiType.NationalId => NationalIds,
        PiiType.PostalAddress => PostalAddresses,
        PiiType.Wallet => Wallets,
        _ => Keys,
    };

    public Document Apply(Document document, Changes changes)
    {
        var text = document.Text;
        var narrow = PiiScanner.Narrow(text);
        if (PiiScanner.Scan(narrow, ScopeOf(document)) is not { } found)
            return document;
        var redacted = new StringBuilder(text.Length);
        var spans = new StringBuilder();
        var counts = new int[s_types.Length];
        var done = 0;
        var key = Encoding.UTF8.GetBytes(FakeKey);
        foreach (var span in found)
        {
            var with = PolicyOf(span.Type) == PiiPolicy.Fake ? Fakes.Of(span.Type, narrow.AsSpan(span.Start, span.Length), key) : s_masks[(int)span.Type];
            if (with is null)
                continue;
            redacted.Append(text, done, span.Start - done);
            spans.Append(CultureInfo.InvariantCulture, $" {s_names[(int)span.Type]}@{redacted.Length}+{with.Length}");
            redacted.Append(with);
            done = span.End;
            counts[(int)span.Type]++;
        }
        if (done == 0)
            return document;
        foreach (var type in s_types)
            changes.Count(type == PiiType.IpAddress || type == PiiType.PostalAddress ? $"{s_names[(int)type]}es" : $"{s_names[(int)type]}s", counts[(int)type]);
        var metadata = document.Metadata.SetItem(Counts, string.Join(' ', s_types.Where(t => counts[(int)t] > 0).Select(t => $"{s_names[(int)t]}:{counts[(int)t].ToString(CultureInfo.InvariantCulture)}")));
        if (Spans)
            metadata = metadata.SetItem($"{Counts}-spans", spans.ToString(1, spans.Length - 1));
        return document with { Text = redacted.Append(text, done, text.Length - done).ToString(), Metadata = metadata };
    }

    /// <summary>Drops what held a datum whose policy says so; the text is masked by now.</summary>
    public Verdict Judge(TextView text)
    {
        var verdict = text.Verdict;
        foreach (var type in s_types)
            if (PolicyOf(type) == PiiPolicy.Drop)
                verdict = verdict.AtMost(s_names[(int)type], Found(text.Document, s_names[(int)type]), 0);
        return verdict;
    }

    private static int Found(Document document, string name)
    {
        foreach (var part in document.Metadata.GetValueOrDefault(Counts, "").Split(' '))
            if (part.StartsWith(name, StringComparison.Ordinal) && part[name.Length..] is [':', .. var count])
                return int.TryParse(count, CultureInfo.InvariantCulture, out var found) ? found : 0;
        return 0;
    }

    private PiiScope ScopeOf(Document document)
    {
        var place = Regions.Count > 0 ? "" : DialingRegions.PlaceOf(document);
        return s_scopes.GetOrAdd((this, document.Kind == Kind.Code, place), static key => new PiiScope(
            s_types.Where(t => key.Step.PolicyOf(t) != PiiPolicy.Keep), key.Code, key.Step.Regions.Count > 0 ? DialingRegions.Of(key.Step.Regions) : DialingRegions.Of(key.Place)));
    }
}
