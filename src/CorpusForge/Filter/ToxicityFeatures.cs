namespace CorpusForge.Filter;

/// <summary>Takes the features of the words of a text; each belongs to the words from first to last.</summary>
internal interface IToxicitySink
{
    void Add(ulong feature, int first, int last);

    /// <summary>The features of a word by itself, <see cref="ToxicityFeatures.Word"/>; returns how many.</summary>
    int AddWord(ulong hash, ReadOnlySpan<char> letters, int at);

    /// <summary>A feature of the parts that words play, which knows no word.</summary>
    void AddRole(ulong feature, int at);

    /// <summary>What came since the last sentence are the features of one; they are so many.</summary>
    void EndSentence(int count);
}

/// <summary>What the toxicity model reads of words: what is said, about whom, and in which scope.</summary>
/// <remarks>
/// Every name of a group is one and the same feature, so that no group can weigh more than another. A word is a feature by
/// itself, by its character n-grams, and together with whom its sentence is about (a group, you, nobody) and with its scope
/// (negated, quoted, reported). Neighbours in the same scope are pairs, and pairs over one word.
/// The roles of words are features in the same way, up to four in a row over whatever stands between them, so that a frame
/// learnt with one word holds for its like; and so are the harshest role of a sentence and how many harsh ones it has.
/// </remarks>
internal static class ToxicityFeatures
{
    private const int NegatedWords = 4;
    private const ulong P1 = 0x9E3779B97F4A7C15, P2 = 0xC2B2AE3D27D4EB4F, P3 = 0xD6E8FEB86659FD93;

    // By role: how much a word of it says of what its sentence is up to. Words of rank 2 and above count as harsh.
    private static readonly int[] s_ranks = Ranks();

    private enum Target
    {
        Nobody,
        You,
        Group,
        Me,
    }

    [Flags]
    private enum Scope
    {
        Plain = 0,
        Negated = 1,
        Quoted = 2,
        Reported = 4,
    }

    /// <summary>Emits the features of the words and returns how many they are.</summary>
    public static int Read<TSink>(ToxicityWords source, ReadOnlySpan<ToxicityWord> words, ref TSink sink) where TSink : struct, IToxicitySink, allows ref struct
    {
        var count = 0;
        var quotes = Outside(words) >= 2;
        var before = Target.Nobody;
        for (var start = 0; start < words.Length;)
        {
            var end = start + 1;
            while (end < words.Length && words[end].Sentence == words[start].Sentence)
                end++;
            before = TargetOf(words[start..end], before);
            var features = Sentence(source, words, start, end, before, quotes, ref sink);
            sink.EndSentence(features);
            count += features;
            start = end;
        }
        return count;
    }

    private static int[] Ranks()
    {
        var ranks = new int[(int)TermRole.Sweet + 1];
        ReadOnlySpan<TermRole> order = [TermRole.Sweet, TermRole.Sour, TermRole.Expel, TermRole.Sharp, TermRole.Bad, TermRole.Harm, TermRole.Hate, TermRole.Attack, TermRole.Profane, TermRole.Slur];
        for (var i = 0; i < order.Length; i++)
            ranks[(int)order[i]] = i + 1;
        return ranks;
    }

    private static int Outside(ReadOnlySpan<ToxicityWord> words)
    {
        var outside = 0;
        foreach (ref readonly var word in words)
            outside += word.Quoted ? 0 : 1;
        return outside;
    }

    private static Target TargetOf(ReadOnlySpan<ToxicityWord> sentence, Target before)
    {
        var target = Target.Nobody;
        foreach (ref readonly var word in sentence)
            switch (word.Role)
            {
                case TermRole.Identity:
                case TermRole.They when before == Target.Group:
                    return Target.Group;
                case TermRole.You:
                    target = Target.You;
                    break;
                case TermRole.Me when target == Target.Nobody:
                    target = Target.Me;
                    break;
            }
        return target;
    }

    private static int Sentence<TSink>(
        ToxicityWords source, ReadOnlySpan<ToxicityWord> words, int start, int end, Target target, bool quotes, ref TSink sink) where TSink : struct, IToxicitySink, allows ref struct
    {
        var (count, negated, reported, roles) = (0, 0, false, 0UL);
        var (worst, worstRank, worstScope, harsh) = (start, 0, 0UL, 0);
        ulong one = 1, two = 2; // the words before, as pairs and triples see them
        for (var i = start; i < end; i++)
        {
            ref readonly var word = ref words[i];
            if (word.AfterMark || word.Role == TermRole.Break)
                negated = 0;
            var scope = (negated > 0 ? Scope.Negated : 0) | (quotes && word.Quoted ? Scope.Quoted : 0) | (reported ? Scope.Reported : 0);
            negated--;
            var context = ((ulong)target << 8) | (ulong)scope;
            count += 3 + sink.AddWord(word.Hash, word.Role == TermRole.Identity ? [] : source.LettersOf(word), i);
            sink.Add((word.Hash * P2) + context + 1, i, i);
            sink.Add((((one * P3) ^ word.Hash) * P1) + (ulong)scope, Math.Max(start, i - 1), i);
            sink.Add((((two * P2) ^ word.Hash) * P3) + (ulong)scope, Math.Max(start, i - 2), i);
            if (word.Role != TermRole.None)
            {
                sink.AddRole((((ulong)word.Role << 16 | context) * P3) + 5, i);
                count++;
                var rank = s_ranks[(int)word.Role];
                harsh += rank > 1 ? 1 : 0;
                if (rank > worstRank)
                    (worst, worstRank, worstScope) = (i, rank, (ulong)scope);
            }
            if (word.Role is > TermRole.None and < TermRole.Sour)
            {
                // The last four roles of the sentence, whatever stands between them.
                roles = (roles << 8 | (ulong)(word.Role == TermRole.Sharp ? TermRole.Bad : word.Role)) & 0xFFFFFFFF;
                sink.AddRole(((roles & 0xFFFF) * P1) + 6, i);
                sink.AddRole(((roles & 0xFFFFFF) * P2) + 7, i);
                sink.AddRole((roles * P3) + 8, i);
                count += 3;
            }
            (two, one) = (one, word.Hash);
            if (word.Role == TermRole.Negator)
                negated = NegatedWords;
            // What I say myself is no report.
            reported |= word.Role == TermRole.Report && !(i > start && words[i - 1].Role == TermRole.Me);
        }
        sink.AddRole(((ulong)worstRank * P1) + 9, worst);
        sink.AddRole((((ulong)worstRank << 16 | (ulong)target << 8 | worstScope) * P2) + 10, worst);
        sink.AddRole((((ulong)Math.Min(harsh, 4) << 8 | (ulong)target) * P3) + 11, worst);
        return count + 3;
    }

    /// <summary>Emits what a word says by itself: it, and the character n-grams of its letters, of which a group shows none; returns how many.</summary>
    public static int Word<TSink>(ulong hash, ReadOnlySpan<char> letters, int at, ref TSink sink) where TSink : struct, IToxicitySink, allows ref struct
    {
        sink.Add(hash * P1, at, at);
        if (letters.Length <= 2)
            return 1;
        var count = 1;
        ulong a = 0, b = 0, c = 1; // the three units before, the start of the word being 1
        for (var i = 0; i <= letters.Length; i++)
        {
            var unit = i < letters.Length ? letters[i] : 2UL;
            if (i >= 1)
            {
                sink.Add((((b << 32) ^ (c << 16) ^ unit) * P1) + 3, at, at);
                count++;
            }
            if (i >= 2)
            {
                sink.Add((((a << 48) ^ (b << 32) ^ (c << 16) ^ unit) * P2) + 4, at, at);
                count++;
            }
            (a, b, c) = (b, c, unit);
        }
        return count;
    }
}
