using CorpusForge.Clean.Pii;
using Xunit;

namespace CorpusForge.Tests.Clean.Pii;

public class PiiScannerTests(ITestOutputHelper output)
{
    private static readonly PiiType[] s_all = Enum.GetValues<PiiType>();

    private static string[] Found(string text, bool code = false, string? language = null) =>
        [.. (PiiScanner.Scan(text, new PiiScope(s_all, code, DialingRegions.Of(language ?? ""))) ?? []).Select(s => $"{s.Type}:{text.Substring(s.Start, s.Length)}")];

    [Theory, InlineData(false, 0.95), InlineData(true, 0.95)]
    public void Finds_what_is_planted_in_sentences_of_many_languages(bool reported, double floor)
    {
        var (hit, missed, wrong) = (new SortedDictionary<PiiType, int>(), new SortedDictionary<PiiType, int>(), 0);
        foreach (var sentence in PiiSentences.Make(reported, rounds: 20, seed: 20261124))
        {
            var spans = PiiScanner.Scan(sentence.Text, new PiiScope(s_all, false, DialingRegions.Of(""))) ?? [];
            foreach (var (type, value) in sentence.Planted)
            {
                var at = sentence.Text.IndexOf(value, StringComparison.Ordinal);
                var covered = spans.Any(s => s.Start <= at && s.End >= at + value.Length);
                var counts = covered ? hit : missed;
                counts[type] = counts.GetValueOrDefault(type) + 1;
                if (!covered && !reported)
                    output.WriteLine($"missed {type} {value} in {sentence.Text}");
            }
            foreach (var span in spans)
                if (!sentence.Planted.Any(p => sentence.Text.IndexOf(p.Value, StringComparison.Ordinal) is var at && span.Start < at + p.Value.Length && span.End > at))
                {
                    wrong++;
                    output.WriteLine($"wrong {span.Type} {sentence.Text.Substring(span.Start, span.Length)}");
                }
        }
        foreach (var type in s_all)
            output.WriteLine($"{type}: {hit.GetValueOrDefault(type)} of {hit.GetValueOrDefault(type) + missed.GetValueOrDefault(type)}");
        var recall = (double)hit.Values.Sum() / (hit.Values.Sum() + missed.Values.Sum());
        var precision = (double)hit.Values.Sum() / (hit.Values.Sum() + wrong);
        var f2 = 5 * precision * recall / ((4 * precision) + recall);
        output.WriteLine($"recall {recall:F4} precision {precision:F4} F2 {f2:F4}");
        Assert.True(f2 >= floor, $"F2 is {f2:F4}");
    }
}
