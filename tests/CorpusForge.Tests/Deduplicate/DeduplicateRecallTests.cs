using CorpusForge.Deduplicate;
using Xunit;

namespace CorpusForge.Tests.Deduplicate;

public sealed class DeduplicateRecallTests
{
    [Theory, InlineData(400, 600), InlineData(4000, 80)]
    public void Planted_duplicates_are_found_and_hard_negatives_stay(int length, int pairs)
    {
        // Of n shingles k are replaced: (n - k) / (n + k) are shared, 0.8 at k = n / 9, and just below with one more.
        var limit = (length - 4) / 9;
        var (planted, negatives) = (Plant(1, pairs, length, i => i % (limit + 1)), Plant(2, pairs, length, i => limit + 1 + (i % 4)));
        var (found, rejects) = Run(new MinHashSettings(), planted, negatives);
        Assert.Empty(rejects.Intersect(negatives.SelectMany(p => p).Select(d => d.Id)));
        TestContext.Current.TestOutputHelper?.WriteLine($"{found} of {pairs}");
        Assert.True(found >= 0.995 * pairs, $"{found} of {pairs}");
    }

    [Theory]
    [InlineData(MinHashPreset.Default, 5, 18, 6), InlineData(MinHashPreset.Fineweb, 5, 14, 8), InlineData(MinHashPreset.Dclm, 5, 93, 15)]
    [InlineData(MinHashPreset.Bigcode, 5, 25, 10), InlineData(MinHashPreset.Redpajama, 13, 9, 13)]
    public void A_preset_finds_what_its_curve_says_and_what_is_given_counts_before_it(MinHashPreset preset, int ngram, int bands, int rows)
    {
        var settings = new MinHashSettings { Preset = preset };
        Assert.Equal((ngram, bands, rows), (settings.Ngram, settings.Bands, settings.Rows));
        Assert.Equal((ngram, 3, rows), (settings.Ngram, (settings with { Bands = 3 }).Bands, settings.Rows));
        const int length = 200, pairs = 400;
        var (n, expected) = (length - ngram + 1, 0.0);
        // k goes evenly from none to n / 9, so that the similarity goes from 1 to 0.8; the negatives lie just below it.
        var planted = Plant(3, pairs, length, i => i * (n / 9) / (pairs - 1));
        var negatives = Plant(4, pairs / 4, length, _ => (n / 9) + 1);
        for (var i = 0; i < pairs; i++)
        {
            var changed = i * (n / 9) / (pairs - 1);
            expected += 1 - Math.Pow(1 - Math.Pow((n - changed) / (double)(n + changed), rows), bands);
        }
        var (found, rejects) = Run(settings, planted, negatives);
        Assert.Empty(rejects.Intersect(negatives.SelectMany(p => p).Select(d => d.Id)));
        // Three standard deviations of so many independent pairs, at most.
        Assert.True(found >= expected - (3 * Math.Sqrt(expected * (pairs - expected) / pairs)) - 1, $"{found} of {expected:0.0}");
        Assert.True(preset != MinHashPreset.Default || found >= 0.995 * pairs, $"{found} of {pairs}");
    }

    /// <summary>Pairs of documents of which the second has other words at its end, so that as many shingles are replaced as <paramref name="changed"/> says of the pair.</summary>
    static Document[][] Plant(ulong seed, int pairs, int words, Func<int, int> changed) => [.. Enumerable.Range(0, pairs).Select(i =>
    {
        var random = new SplitMix64((seed << 32) + (ulong)i);
        string[] one = Words(ref random, words), two = [.. one[..^changed(i)], .. Words(ref random, changed(i))];
        return (Document[])[Document(one), Document(two)];
    })];

    /// <summary>How many planted pairs were found, and what was dropped; of every dropped document the survivor is kept and as similar as it says.</summary>
    static (int Found, HashSet<string> Rejects) Run(MinHashSettings settings, Document[][] planted, Document[][] negatives)
    {
        using var harness = new StageHarness();
        Document[][] all = [.. planted, .. negatives];
        var result = harness.Run(new DeduplicateStage { Exact = false, Minhash = settings }, [.. all.Select(p => p[0])], [.. all.Select(p => p[1])]);
        var texts = all.SelectMany(p => p).ToDictionary(d => d.Id, d => d.Text);
        var kept = harness.Documents(result).Select(d => d.Id).ToHashSet();
        var rejects = harness.Rejects(result).ToArray();
        Assert.All(rejects, r =>
        {
            var jaccard = Math.Round(NaiveJaccard.Of(r.Document.Text, texts[r.Document.Cluster!], settings.Ngram), 6, MidpointRounding.AwayFromZero);
            Assert.True(jaccard >= 0.8);
            Assert.Equal(jaccard, r.Measured);
            Assert.Equal(("near-duplicate", 0.8, "stage", 5), (r.Rule, r.Limit, r.Step, r.StepVersion));
            Assert.Contains(r.Document.Cluster!, kept);
        });
        var gone = rejects.Select(r => r.Document.Id).ToHashSet();
        return (planted.Count(p => gone.Contains(p[0].Id) || gone.Contains(p[1].Id)), gone);
    }

    static string[] Words(ref SplitMix64 random, int count)
    {
        var words = new string[count];
        for (var i = 0; i < count; i++)
            words[i] = string.Create(6, random.Next(), (span, bits) => { foreach (ref var c in span) (c, bits) = ((char)('a' + (bits % 26)), bits / 26); });
        return words;
    }

    static int s_made;

    static Document Document(string[] words) => new()
    {
        Id = CorpusForge.Document.IdOf($"{Interlocked.Increment(ref s_made)}", "x"u8),
        Kind = Kind.Text,
        Text = string.Join(' ', words),
        Source = "s",
        Locator = "x",
    };
}
