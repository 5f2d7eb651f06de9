using System.Buffers;

namespace CorpusForge.Filter;

/// <summary>C4's rules for whole documents, judged on the lines that <see cref="C4Lines"/> with the same settings would leave.</summary>
/// <remarks>
/// Raffel et al. 2020, arXiv:1910.10683, section 2.2. Set `terminalPunctuation: false` for FineWeb's variant. The rule on bad
/// words is left out, as in FineWeb; see `toxicity`.
/// </remarks>
public sealed record C4Quality : IFilter
{
    public Kinds For => Kinds.Text;
    public int Version => 3;

    /// <summary>`parity` measures as datatrove does, for English only; see the guide for the differences.</summary>
    public Mode Mode { get; init; }

    /// <summary>Lines must end with `.`, `?`, `!` or a quotation mark, and not with `...`.</summary>
    public bool TerminalPunctuation { get; init; } = true;

    /// <summary>Lines need as many words, divided by white space.</summary>
    public int MinWordsPerLine { get; init; } = 3;

    /// <summary>In characters; a line with a longer word does not count.</summary>
    public int MaxWordLength { get; init; } = 1000;

    /// <summary>On the lines that are left.</summary>
    public int MinSentences { get; init; } = 5;

    public Verdict Judge(TextView text)
    {
        if (Mode == Mode.Parity)
            return JudgeParity(text);
        var judge = new C4Line(TerminalPunctuation, MinWordsPerLine, MaxWordLength, Mode);
        var (lorem, curly, sentences) = (false, false, 0);
        var buffer = ArrayPool<char>.Shared.Rent(1024);
        foreach (var line in text.Lines)
        {
            var whole = text.TextOf(line).Trim();
            var content = WithoutCitations(whole, ref buffer);
            var fate = judge.Judge(whole, content);
            lorem |= fate == C4Fate.LoremIpsum;
            curly |= fate == C4Fate.CurlyBracket;
            if (!text.Records && (lorem || curly))
                break;
            if (fate == C4Fate.Keep && (text.Records || sentences < MinSentences))
                sentences += Sentences.Count(content);
        }
        ArrayPool<char>.Shared.Return(buffer);
        return text.Verdict
            .Never("lorem-ipsum", lorem)
            .Never("curly-bracket", curly)
            .AtLeast("too-few-sentences", sentences, MinSentences);
    }

    private Verdict JudgeParity(TextView text)
    {
        var judge = new C4Line(TerminalPunctuation, MinWordsPerLine, MaxWordLength, Mode);
        var (lorem, curly, sentences) = (false, false, 0);
        var buffer = ArrayPool<char>.Shared.Rent(1024);
        foreach (var line in new Parity.PythonLines(text.Text))
        {
            var whole = Parity.PythonLines.Trim(line);
            var content = WithoutCitations(whole, ref buffer);
            var fate = judge.Judge(whole, content);
            // The first of the two that a line has decides, as there.
            lorem |= fate == C4Fate.LoremIpsum && !curly;
            curly |= fate == C4Fate.CurlyBracket && !lorem;
            if (!text.Records && (lorem || curly))
                break;
            if (fate == C4Fate.Keep && (text.Records || sentences < MinSentences))
                sentences += text.Parity.CountSentences(content);
        }
        ArrayPool<char>.Shared.Return(buffer);
        return text.Verdict
            .Never("lorem-ipsum", lorem)
            .Never("curly-bracket", curly)
            .AtLeast("too-few-sentences", sentences, MinSentences);
    }

    private static ReadOnlySpan<char> WithoutCitations(ReadOnlySpan<char> line, ref char[] buffer)
    {
        if (!line.Contains('['))
            return line;
        if (buffer.Length < line.Length)
        {
            ArrayPool<char>.Shared.Return(buffer);
            buffer = ArrayPool<char>.Shared.Rent(line.Length);
        }
        var citations = 0;
        return buffer.AsSpan(0, C4Line.CopyWithoutCitations(line, buffer, ref citations));
    }
}
