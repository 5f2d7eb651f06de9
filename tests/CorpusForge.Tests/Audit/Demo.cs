using CorpusForge.Runs;
using static CorpusForge.Tests.Audit.AuditCorpus;

namespace CorpusForge.Tests.Audit;

/// <summary>A corpus that fills every section of a report.</summary>
static class Demo
{
    static readonly string[] s_words = ["river", "woman", "house", "stone", "Muslim", "garden", "winter", "deaf", "market", "letter", "engine", "Chinese", "harbour", "gay", "library"];
    static readonly string?[] s_licenses = ["CC-BY-4.0", null, "MIT", "CC-BY-SA-4.0", null, "Apache-2.0", "CC-BY-NC-4.0", "GPL-3.0-or-later"];

    public static AuditCorpus Corpus(int size = 1500)
    {
        var random = new SplitMix64(3);
        var all = Enumerable.Range(0, size).Select(i => Document(i, ref random)).ToArray();
        var (unclean, clean) = Split(all, d => d.Id[0] is '0' or '1');
        // The rule drops the documents with one word three times as often as the others.
        var (dropped, filtered) = Split(clean, d => Digit(d, 5) < (d.Text.Contains("Muslim", StringComparison.Ordinal) ? 12 : 4));
        var (copies, single) = Split(filtered, d => d.Id[9] is '0' or '1' or '2');
        var kept = single.Select((d, i) => i < 40 ? d with { Cluster = d.Id, ClusterSize = 2 + (i * i % 23) } : d).ToArray();
        return new AuditCorpus()
            .Documents("clean", [clean[..(clean.Length / 2)], clean[(clean.Length / 2)..]],
                [.. unclean.Select(d => new Reject(d with { Text = "" }, "extract-html", 2, d.Id[1] < '8' ? "no-text" : "not-html", 0, 1))],
                new Dictionary<string, long> { ["redact-pii.email"] = 212, ["redact-pii.ip-address"] = 31, ["repair-text.mojibake"] = 1207 })
            .Documents("filter", [filtered],
                [.. dropped.Select(d => new Reject(d, d.Id[2] < '4' ? "gopher-quality" : "toxicity", 1, d.Id[2] < '4' ? "too-few-words" : "too-toxic", 0.9, 0.5))])
            .Documents("deduplicate", [kept], [.. copies.Select(d => new Reject(d, "minhash", 1, "near-duplicate", 0.9, 0.8))])
            .Tokens(kept, d => [.. d.Text.Select(c => (int)c % 256)], d => d.Id[12] == '0', vocabulary: 257, endOfText: 256)
            .Training(
                ("curve", ".jsonl", string.Concat(Enumerable.Range(1, 200).Select(i => FormattableString.Invariant(
                    $"{{\"step\":{i},\"loss\":{1.2 + (4.3 / (1 + (i / 20.0))) + (0.06 * Math.Sin(i * 7.1)):0.0000}{(i % 20 == 0 ? FormattableString.Invariant($",\"validationLoss\":{1.35 + (4.2 / (1 + (i / 20.0))):0.0000}") : "")}}}\n")))),
                ("samples", ".jsonl", "{\"step\":200,\"text\":\"The river runs by the house and the market, where a letter came in winter.\"}\n{\"step\":200,\"text\":\"Stone engine garden.\\nSecond line.\"}\n"));
    }

    static Document Document(int i, ref SplitMix64 random)
    {
        var words = new List<string>();
        for (var n = 20 + (random.Next() % 200); n > 0; n--)
            words.Add(random.Next() % 40 == 0 ? s_words[random.Next() % 15] : s_words[(int)(random.Next() % 5) * 2 is var w and not 4 ? w : 0]);
        var kind = (i % 10) switch { 0 => Kind.Code, 1 => Kind.Caption, _ => Kind.Text };
        return Doc(i, string.Join(' ', words), (i % 10) switch { 0 => "code", 1 => "captions", < 6 => "crawl", _ => "news-archive" }, kind,
            s_licenses[random.Next() % 8], i % 10 == 0 ? null : $"https://www.site-{random.Next() % (1 + (random.Next() % 90))}.example/page/{i}") with
        {
            LicenseEvidence = "html:rel-license",
            Consent = (random.Next() % 5) switch { 0 => """{"robots":"allow","x-robots-tag":["noai"]}""", 1 => """{"robots":"allow"}""", _ => null },
        };
    }

    static int Digit(Document d, int at) => Convert.ToInt32(d.Id.Substring(at, 2), 16) % 40;

    static (Document[] Yes, Document[] No) Split(Document[] all, Func<Document, bool> by) => ([.. all.Where(by)], [.. all.Where(d => !by(d))]);
}
