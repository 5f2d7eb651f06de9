using System.Text;
using CorpusForge.Tokenize;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Tokenize;

public class BytePairTrainerTests
{
    static string[] Learned(IEnumerable<string> texts, BytePairTraining settings) => [.. BytePairTrainer.Train(texts, settings).Skip(256).Select(t => Encoding.UTF8.GetString(t))];

    [Fact]
    public void The_most_frequent_pair_merges_first_and_of_equals_that_of_the_lowest_ids()
    {
        // Pieces: hug 10, pug 5, pun 12, bun 4, hugs 5 (the example of the literature), each a text of its own.
        var texts = new[] { ("hug", 10), ("pug", 5), ("pun", 12), ("bun", 4), ("hugs", 5) }.SelectMany(t => Enumerable.Repeat(t.Item1, t.Item2));
        Assert.Equal(["ug", "un", "hug", "pun", "pug", "hugs", "bun"], Learned(texts, new BytePairTraining { VocabularySize = 300 }));
    }

    [Fact]
    public void Runs_that_overlap_are_merged_from_the_left() =>
        Assert.Equal(["aa", "aaa", "aaaaa"], Learned(["aaaaa", "aaaaa"], new BytePairTraining { VocabularySize = 300 }));

    [Fact]
    public void Any_texts_give_the_merges_of_the_definition_with_one_thread_and_with_four()
    {
        Gen.Char["abcd é "].Array[0, 30].Select(c => new string(c)).Array[1, 30].Sample(
            texts =>
            {
                var defined = Define(texts, 300);
                return Learned(texts, new BytePairTraining { VocabularySize = 300, Threads = 1 }).SequenceEqual(defined)
                    && Learned(texts.Reverse(), new BytePairTraining { VocabularySize = 300, Threads = 4 }).SequenceEqual(defined);
            },
            iter: 100);
    }

    [Fact]
    public void A_token_has_no_more_bytes_than_it_may()
    {
        var learned = Learned([new string('x', 1000), "abcabcabc abcabcabc"], new BytePairTraining { VocabularySize = 300, MaxTokenBytes = 4 });
        Assert.Equal(4, learned.Max(t => t.Length));
        Assert.Contains("xxxx", learned);
    }

    [Theory, InlineData(255), InlineData(2_000_000)]
    public void A_vocabulary_of_no_sense_is_an_error(int size) =>
        Assert.Contains("from 256 to", Assert.Throws<PipelineException>(() => BytePairTrainer.Train([], new BytePairTraining { VocabularySize = size })).Message);

    [Fact]
    public void Without_text_there_are_the_bytes() => Assert.Equal(256, BytePairTrainer.Train([], new BytePairTraining()).Count);

    // All pairs counted anew for each merge.
    static List<string> Define(string[] texts, int size)
    {
        var pieces = new List<List<string>>();
        foreach (var text in texts)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            for (var at = 0; at < utf8.Length;)
            {
                var end = new Cl100kSplitter(3).End(utf8, at);
                pieces.Add([.. utf8[at..end].Select(b => ((char)b).ToString())]);
                at = end;
            }
        }
        var tokens = Enumerable.Range(0, 256).Select(b => ((char)b).ToString()).ToList();
        while (tokens.Count < size)
        {
            var counts = new Dictionary<(int, int), int>();
            foreach (var piece in pieces)
            {
                for (var i = 0; i + 1 < piece.Count; i++)
                    counts[(tokens.IndexOf(piece[i]), tokens.IndexOf(piece[i + 1]))] = counts.GetValueOrDefault((tokens.IndexOf(piece[i]), tokens.IndexOf(piece[i + 1]))) + 1;
            }
            if (counts.Count == 0 || counts.Values.Max() < 2)
                break;
            var (left, right) = counts.Where(c => c.Value == counts.Values.Max()).Min(c => c.Key);
            tokens.Add(tokens[left] + tokens[right]);
            foreach (var piece in pieces)
            {
                for (var i = 0; i + 1 < piece.Count; i++)
                {
                    if (piece[i] == tokens[left] && piece[i + 1] == tokens[right])
                    {
                        piece[i] = tokens[^1];
                        piece.RemoveAt(i + 1);
                    }
                }
            }
        }
        return [.. tokens.Skip(256).Select(t => Encoding.UTF8.GetString([.. t.Select(c => (byte)c)]))];
    }
}
