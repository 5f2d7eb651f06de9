using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Filter;

public class ToxicityModelTests
{
    private static readonly ToxicityModel s_model = ToxicityModel.English;

    // Plural, and singular with its article.
    private static readonly (string Plural, string Singular)[] s_groups =
    [
        ("women", "a woman"), ("gay people", "a gay man"), ("trans people", "a trans woman"), ("black people", "a black man"), ("Muslims", "a Muslim"),
        ("immigrants", "an immigrant"), ("disabled people", "a disabled person"), ("Jews", "a Jew"), ("Mexicans", "a Mexican"), ("old people", "an old woman"),
    ];

    // Plural, plural behind an article, dative plural; singular with its article, accusative and dative.
    private static readonly string[][] s_germanGroups =
    [
        ["Frauen", "Frauen", "Frauen", "eine Frau", "eine Frau", "einer Frau"], ["Schwule", "Schwulen", "Schwulen", "ein Schwuler", "einen Schwulen", "einem Schwulen"],
        ["trans Menschen", "trans Menschen", "trans Menschen", "eine trans Frau", "eine trans Frau", "einer trans Frau"], ["Schwarze", "Schwarzen", "Schwarzen", "ein Schwarzer", "einen Schwarzen", "einem Schwarzen"],
        ["Muslime", "Muslime", "Muslimen", "ein Muslim", "einen Muslim", "einem Muslim"], ["Flüchtlinge", "Flüchtlinge", "Flüchtlingen", "ein Flüchtling", "einen Flüchtling", "einem Flüchtling"],
        ["Behinderte", "Behinderten", "Behinderten", "ein Behinderter", "einen Behinderten", "einem Behinderten"], ["Juden", "Juden", "Juden", "ein Jude", "einen Juden", "einem Juden"],
        ["Türken", "Türken", "Türken", "ein Türke", "einen Türken", "einem Türken"], ["Rentner", "Rentner", "Rentnern", "ein Rentner", "einen Rentner", "einem Rentner"],
    ];

    private static readonly string[] s_germanForms = ["{}", "{W}", "{D}", "[]", "[A]", "[D]"];

    [Fact]
    public void Hateful_and_benign_statements_of_many_kinds_are_told_apart()
    {
        var cases = Cases().SelectMany(c => Of(c.Text).Select(t => (c.Function, c.Hateful, Flagged: Score(t) > 0.5))).ToArray();
        var (found, kept) = (Share(cases.Where(c => c.Hateful), c => c.Flagged), Share(cases.Where(c => !c.Hateful), c => !c.Flagged));
        Assert.InRange((found + kept) / 2, 0.85, 1);
        Assert.InRange(Share(cases.Where(c => c.Function.StartsWith("counter", StringComparison.Ordinal)), c => !c.Flagged), 0.9, 1);
        Assert.InRange(Share(cases.Where(c => c.Function is "neutral" or "positive" or "negated"), c => !c.Flagged), 0.95, 1);
        Assert.InRange(Share(cases.Where(c => c.Function == "threat"), c => c.Flagged), 0.95, 1);
    }

    [Theory]
    [InlineData("toxicity-functions.tsv", 0.72, 0.8)]
    [InlineData("toxicity-statements.tsv", 0.8, 0.95)]
    [InlineData("toxicity-blind.tsv", 0.9, 0.95)]
    public void Statements_in_other_words_than_any_that_was_learnt_are_told_apart(string file, double balanced, double counter)
    {
        var cases = Cases(file).SelectMany(c => Of(c.Text).Select((t, group) => (c.Function, c.Hateful, Group: c.Text.Contains("{}") || c.Text.Contains("[]") ? group : -1, Flagged: Score(t) > 0.5))).ToArray();
        var (found, kept) = (Share(cases.Where(c => c.Hateful), c => c.Flagged), Share(cases.Where(c => !c.Hateful), c => !c.Flagged));
        Assert.InRange((found + kept) / 2, balanced, 1);
        Assert.InRange(Share(cases.Where(c => c.Function.StartsWith("counter", StringComparison.Ordinal)), c => !c.Flagged), counter, 1);
        Assert.InRange(Share(cases.Where(c => c.Function is "swearing" or "profanity"), c => !c.Flagged), 0.7, 1);
        var wrong = cases.Where(c => !c.Hateful && c.Group >= 0).GroupBy(c => c.Group).Select(g => Share(g, c => c.Flagged)).ToArray();
        Assert.Equal(s_groups.Length, wrong.Length);
        Assert.InRange(wrong.Max() - wrong.Min(), 0, 0.1);
    }

    [Fact]
    public void Comments_that_attack_somebody_are_told_from_harsh_and_harmless_ones()
    {
        var comments = Cases("toxicity-comments.tsv").Select(c => (c.Function, Toxic: c.Hateful, c.Text, Score: Score(c.Text))).ToArray();
        Assert.InRange(Auc([.. comments.Select(c => (c.Toxic, c.Score))]), 0.9, 1);
        Assert.InRange(Share(comments.Where(c => c.Toxic), c => c.Score > 0.5), 0.58, 1);
        Assert.InRange(Share(comments.Where(c => !c.Toxic), c => c.Score <= 0.5), 0.93, 1);
        Assert.InRange(Share(comments.Where(c => c.Function == "quote"), c => c.Score <= 0.5), 0.95, 1);
        // Each before a harmless one.
        var harmless = comments.Where(c => !c.Toxic).ToArray();
        var pairs = comments.Select((c, i) => (c.Toxic, Score: Score($"{c.Text} {harmless[i % harmless.Length].Text}"))).ToArray();
        Assert.InRange(Auc(pairs), 0.86, 1);
        Assert.InRange(Share(pairs.Where(p => !p.Toxic), p => p.Score <= 0.5), 0.93, 1);
    }

    [Fact]
    public void Comments_and_statements_by_somebody_who_did_not_know_the_model_are_told_apart_by_probabilities_that_hold()
    {
        var comments = Cases("toxicity-unseen-comments.tsv").Select(c => (Toxic: c.Hateful, Score: Score(c.Text))).ToArray();
        Assert.InRange(Auc(comments), 0.9, 1);
        Assert.InRange(comments.GroupBy(c => (int)Math.Min(9, c.Score * 10)).Sum(bin => Math.Abs(bin.Sum(c => (c.Toxic ? 1 : 0) - c.Score))) / comments.Length, 0, 0.05);
        Assert.InRange(Share(comments.Where(c => c.Toxic), c => c.Score > 0.5), 0.66, 1);
        Assert.InRange(Share(comments.Where(c => !c.Toxic), c => c.Score <= 0.5), 0.92, 1);
        var statements = Cases("toxicity-unseen-statements.tsv").Select(c => (c.Function, c.Hateful, Flagged: Score(c.Text) > 0.5)).ToArray();
        Assert.InRange((Share(statements.Where(c => c.Hateful), c => c.Flagged) + Share(statements.Where(c => !c.Hateful), c => !c.Flagged)) / 2, 0.77, 1);
        Assert.InRange(Share(statements.Where(c => c.Function is "quote_counter" or "ref_counter"), c => !c.Flagged), 0.92, 1);
    }

    [Fact]
    public void A_vile_sentence_counts_among_friendly_ones()
    {
        Assert.InRange(Score("We moved here in spring and like the garden. You are a disgusting piece of filth. The bus leaves at nine."), 0.8, 1);
        Assert.InRange(Score("We moved here in spring and like the garden. You are a wonderful baker. The bus leaves at nine."), 0, 0.2);
        // All of it and the harshest sentence, where that is harsher: never above it.
        var (alone, among, twice) = (Logit("You are filth."), Logit("You are filth. The bus leaves at nine."), Logit("The bus leaves at nine. The bus leaves at nine."));
        Assert.InRange(among, twice, alone);
        Assert.True(Logit("You are filth. You are scum. You are vermin.") > alone);

        double Logit(string text)
        {
            var logits = new double[5];
            Assert.True(s_model.TryLogits(text, logits));
            return logits[0];
        }
    }

    [Theory, InlineData(1, 1), InlineData(2, 1), InlineData(8, 1), InlineData(20, 1), InlineData(60, 3)]
    public void The_odds_of_many_windows_are_divided_by_the_cube_root_of_how_many_there_are_for_each_that_counts(int windows, int vile)
    {
        var (calm, bad) = (string.Concat(Enumerable.Repeat("library ", 40)), string.Concat(Enumerable.Repeat("stupid ", 40)));
        var odds = Score(bad) / (1 - Score(bad));
        var expected = odds / Math.Cbrt((double)windows / vile);
        Assert.Equal(expected / (1 + expected), Score(string.Concat(Enumerable.Repeat(calm, windows - vile)) + string.Concat(Enumerable.Repeat(bad, vile))), 1e-5);
    }

    [Fact]
    public void German_statements_in_other_words_than_any_that_was_learnt_are_told_apart()
    {
        var cases = Cases("toxicity-german.tsv").SelectMany(c => s_germanGroups.Select((g, group) => (c.Function, c.Hateful, Group: c.Text.IndexOfAny(['{', '[']) >= 0 ? group : -1, Text: Of(c.Text, g))))
            .DistinctBy(c => c.Text).Select(c => (c.Function, c.Hateful, c.Group, Flagged: Score(c.Text, model: ToxicityModel.German) > 0.5)).ToArray();
        var (found, kept) = (Share(cases.Where(c => c.Hateful), c => c.Flagged), Share(cases.Where(c => !c.Hateful), c => !c.Flagged));
        Assert.InRange((found + kept) / 2, 0.82, 1);
        Assert.InRange(Share(cases.Where(c => c.Function.StartsWith("counter", StringComparison.Ordinal)), c => !c.Flagged), 0.95, 1);
        Assert.InRange(Share(cases.Where(c => c.Function is "neutral" or "positive" or "report" or "politics"), c => !c.Flagged), 0.95, 1);
        Assert.InRange(Share(cases.Where(c => c.Function == "swearing"), c => !c.Flagged), 0.7, 1);
        var wrong = cases.Where(c => !c.Hateful && c.Group >= 0).GroupBy(c => c.Group).Select(g => Share(g, c => c.Flagged)).ToArray();
        Assert.Equal(s_germanGroups.Length, wrong.Length);
        Assert.InRange(wrong.Max() - wrong.Min(), 0, 0.1);

        static string Of(string text, string[] group)
        {
            text = s_germanForms.Zip(group).Aggregate(text, (t, form) => t.Replace(form.First, form.Second, StringComparison.Ordinal));
            return char.ToUpperInvariant(text[0]) + text[1..];
        }
    }

    [Fact]
    public void What_is_said_of_one_group_scores_the_same_of_every_other()
    {
        foreach (var (_, _, text) in Cases().Where(c => c.Text.Contains("{}")))
            Assert.Single(s_groups.Select(g => Score(text.Replace("{}", g.Plural))).Distinct());
        foreach (var (_, _, text) in Cases("toxicity-german.tsv").Where(c => c.Text.Contains("{}")))
            Assert.Single(s_germanGroups.Select(g => Score(text.Replace("{}", g[0]), model: ToxicityModel.German)).Distinct());
    }

    [Theory, InlineData("toxicity-plain.tsv", "en", 38), InlineData("toxicity-plain-german.tsv", "de", 22)]
    public void Plain_prose_with_words_that_are_harsh_elsewhere_stays(string file, string language, int count)
    {
        var texts = Lines(file).Select(l => l.Split('\t')).Select(l => l[1]).ToArray();
        Assert.Equal(count, texts.Length);
        Assert.InRange(Share(texts, t => Score(t, model: ToxicityModel.For(language, t)) <= 0.5), 0.9, 1);
    }

    [Theory]
    [InlineData(null, "Du bist ein Idiot.", "de")]
    [InlineData(null, "You are an idiot.", "en")]
    [InlineData(null, "The school paid for much of the schedule.", "en")]
    [InlineData(null, "Tu es un idiot.", "en")]
    [InlineData(null, "", "en")]
    [InlineData("de", "You are an idiot.", "de")]
    [InlineData("en", "Du bist ein Idiot.", "en")]
    [InlineData("fr", "You are an idiot.", null)]
    public void A_text_is_read_by_the_model_of_its_language_and_without_one_by_that_of_its_beginning(string? language, string text, string? model) =>
        Assert.Same(model switch { "en" => ToxicityModel.English, "de" => ToxicityModel.German, _ => null }, ToxicityModel.For(language, text));

    [Theory]
    [InlineData("hate", "Alle Muslime sind Ungeziefer und gehören abgeschoben.", "Die Muslime der Stadt luden uns zum Essen ein.", 0.5)]
    [InlineData("insult", "Du bist ein verdammter Idiot.", "Du bist ein guter Koch.", 0.5)]
    [InlineData("threat", "Ich finde dich und bringe dich um.", "Der Ausschuss tagt am Montag im Rathaus.", 0.4)]
    public void Heads_of_german_know_their_kind(string head, string high, string low, double least)
    {
        Assert.InRange(Score(high, head, ToxicityModel.German), least, 1);
        Assert.InRange(Score(low, head, ToxicityModel.German), 0, 0.4);
    }

    [Theory]
    [InlineData("hate", "They should deport all Muslims, they are vermin.", "The Muslims of the town invited us to dinner.")]
    [InlineData("insult", "You are a fucking idiot.", "You are a good cook.")]
    [InlineData("threat", "I will find you and kill you.", "I will find you and thank you.")]
    [InlineData("sexual", "Suck my dick and show me your tits.", "Show me the way to the station.")]
    public void Every_head_knows_its_kind(string head, string high, string low)
    {
        Assert.InRange(Score(high, head), 0.5, 1);
        Assert.InRange(Score(low, head), 0, 0.3);
    }

    [Theory]
    [InlineData("W o m e n are v e r m i n and must be k i l l e d.")]
    [InlineData("W0men are v3rmin and must be k1lled.")]
    [InlineData("Wömen are vérmin and müst bé killed.")]
    [InlineData("W\u200Bomen are ver\u200Dmin and must be k\u00ADilled.")]
    [InlineData("Wоmen аre vеrmin аnd must bе kіllеd.")]
    [InlineData("Women are vermiiiin and must be killllled.")]
    public void Obfuscated_words_are_the_words(string text)
    {
        Assert.Equal(Score("Women are vermin and must be killed."), Score(text));
        Assert.InRange(Score(text), 0.85, 1);
    }

    [Fact]
    public void The_reasons_of_a_sentence_add_up_and_point_to_its_words()
    {
        const string text = "We met at noon. All those women are disgusting vermin.";
        var sentences = s_model.Explain(text);
        Assert.Equal(["We met at noon", "All those women are disgusting vermin"], sentences.Select(s => text[s.Start..s.End]));
        Assert.True(sentences[0].Scores[0] < 0.3 && sentences[1].Scores[0] > 0.8);
        string[] heaviest = [.. sentences[1].Reasons.OrderByDescending(r => r.Weight).Take(2).Select(r => text[r.Start..r.End]).Order()];
        Assert.Equal(["disgusting", "vermin"], heaviest);
        var logits = new double[5];
        Assert.True(s_model.TryLogits("All those women are disgusting vermin", logits));
        Assert.Equal(logits[0] - Bias(), sentences[1].Reasons.Sum(r => r.Weight), 1e-5);
        // The same weights as in one window: a larger sum is a larger score.
        var sums = s_model.Explain("Women are vermin. Women are vermin and filth! Women are nice.").Select(s => (Sum: s.Reasons.Sum(r => r.Weight), Score: s.Scores[0])).ToArray();
        Assert.Equal(sums.OrderBy(s => s.Sum), sums.OrderBy(s => s.Score));
        Assert.Empty(s_model.Explain(""));
        Assert.Empty(s_model.Explain("12 \ud800 ..."));
    }

    [Fact]
    public void A_model_is_read_as_it_was_written_and_a_damaged_one_is_refused()
    {
        var bytes = s_model.Write();
        var read = ToxicityModel.Read(bytes, "m");
        Assert.Equal(s_model.Digest, read.Digest);
        Assert.Equal(["toxic", "hate", "insult", "threat", "sexual"], read.Heads);
        foreach (var length in (int[])[0, 3, 8, 39, 60, bytes.Length / 2, bytes.Length - 1])
            Assert.StartsWith("cut: at byte ", Assert.Throws<InputException>(() => ToxicityModel.Read(bytes.AsSpan(0, length), "cut")).Message);
        foreach (var (at, problem) in (ReadOnlySpan<(int, string)>)[(0, "no CFTX"), (4, "format"), (6, "header"), (8, "other terms"), (5000, "digest")])
        {
            byte[] damaged = [.. bytes];
            damaged[at] ^= 0x55;
            Assert.Contains(problem, Assert.Throws<InputException>(() => ToxicityModel.Read(damaged, "bad")).Message);
        }
        Assert.Contains("bytes after the end", Assert.Throws<InputException>(() => ToxicityModel.Read([.. bytes, 0], "long")).Message);
    }

    [Theory, InlineData(""), InlineData("\0"), InlineData("\ud800"), InlineData("@someone"), InlineData("* ** $$$ @ !!"), InlineData("https://example.com/kill")]
    public void A_text_without_words_has_no_score(string text) => Assert.False(s_model.TryScore(text, new double[5]));

    [Fact]
    public void Hostile_texts_do_no_harm()
    {
        var random = new SplitMix64(7);
        const string pieces = "a I\"“”'’.,!?*@$#-()\n\u200b\ud83d\u0301аe1 kill women";
        for (var i = 0; i < 2000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, (int)random.Next(200)).Select(_ => pieces[(int)random.Next((ulong)pieces.Length)]));
            var scores = new double[5];
            s_model.TryScore(text, scores);
            Assert.All(scores, s => Assert.InRange(s, 0, 1));
            Assert.All(s_model.Explain(text), s => Assert.True(s.Start >= 0 && s.End <= text.Length && s.Start < s.End));
        }
    }

    private static double Score(string text, string head = "toxic", ToxicityModel? model = null)
    {
        var scores = new double[s_model.Heads.Count];
        Assert.True((model ?? s_model).TryScore(text, scores));
        return scores[s_model.Heads.ToList().IndexOf(head)];
    }

    // Behind the header, the digest of the terms, the name of the first head and its scale.
    private static double Bias() => BitConverter.ToSingle(s_model.Write(), 8 + 32 + 1 + "toxic".Length + 4);

    private static IEnumerable<string> Of(string text) =>
        s_groups.Select(g => text.Replace("{}", g.Plural).Replace("[]", g.Singular)).Select(t => char.ToUpperInvariant(t[0]) + t[1..]).Distinct();

    private static double Share<T>(IEnumerable<T> items, Func<T, bool> right) => items.Average(i => right(i) ? 1.0 : 0);

    // Of all pairs of a text that is and one that is not, the share in which the first has the higher score.
    private static double Auc((bool Toxic, double Score)[] scored) =>
        scored.Where(s => s.Toxic).Average(t => scored.Where(s => !s.Toxic).Average(b => t.Score > b.Score ? 1 : t.Score == b.Score ? 0.5 : 0));

    private static IEnumerable<(string Function, bool Hateful, string Text)> Cases(string name = "toxicity-cases.tsv")
    {
        foreach (var line in Lines(name))
            if (line.Split('\t') is [var function, var label, var text])
                yield return (function, label == "1", text);
    }

    private static IEnumerable<string> Lines(string name)
    {
        using var reader = new StreamReader(typeof(ToxicityModelTests).Assembly.GetManifestResourceStream(name)!);
        while (reader.ReadLine() is { } line)
            if (!line.StartsWith('#'))
                yield return line;
    }
}
