using System.Globalization;
using CorpusForge.Deduplicate;
using CorpusForge.Filter.FastText;

namespace CorpusForge.Filter.RedPajama;

/// <summary>Takes the 46 signals of one document after the other. Owned by one worker.</summary>
internal sealed class RedPajamaMeasures(RedPajamaModels models, IReadOnlyList<string> stopWords)
{
    private const int Permutations = 128, Shingle = 13;

    private static readonly (string Name, int Rows)[] s_signatures = [("0.7", 9), ("0.8", 13), ("0.9", 25), ("1.0", 128)];

    private readonly RedPajamaText _text = new();
    private readonly NGrams _grams = new();
    private readonly HashTable _stopWords = new([.. stopWords.Select(w => Token.HashOf(w))]);
    private readonly (uint[] A, uint[] B) _coefficients = MinHash.Coefficients(Permutations, 42);
    private readonly uint[] _signature = new uint[Permutations];
    private uint[] _shingles = [];

    public Verdict Measure(TextView text)
    {
        var document = text.Document;
        _text.Count(document.Text, _stopWords);
        _grams.Count(_text.Words);
        Sign();
        return Importances(Grams(LinesOf(Language(Source(text.Verdict, document), document))));
    }

    private Verdict Source(Verdict verdict, Document document) => verdict
        .Measure("ccnet-bucket", Known(document, "ccnet-bucket"))
        .Measure("ccnet-language-score", document.LanguageScore ?? double.NaN)
        .Measure("ccnet-length", document.Text.Length)
        .Measure("ccnet-nlines", _text.Lines)
        .Measure("ccnet-original-length", Known(document, "ccnet-original-length"))
        .Measure("ccnet-original-nlines", Known(document, "ccnet-original-nlines"))
        .Measure("ccnet-perplexity", Known(document, "ccnet-perplexity"))
        .Measure("rps-doc-ml-wikiref-score", Score(models.WikiRef, "wiki", document))
        .Measure("rps-doc-ml-palm-score", Score(models.Palm, "hq", document))
        .Measure("rps-doc-ml-wikipedia-score", Score(models.Wikipedia, "wikipedia", document))
        .Measure("rps-doc-ldnoobw-words", BadWords())
        .Measure("rps-doc-ut1-blacklist", Ut1(document));

    private Verdict Language(Verdict verdict, Document document) => verdict
        .Measure("rps-doc-curly-bracket", Share(document.Text.AsSpan().Count('{') + document.Text.AsSpan().Count('}'), Math.Max(1, document.Text.Length)))
        .Measure("rps-doc-lorem-ipsum", Share(_text.LoremIpsum, Math.Max(1, _text.NormalChars)))
        .Measure("rps-doc-stop-word-fraction", Share(_text.StopWords, Math.Max(1, _text.RawWords)))
        .Measure("rps-doc-symbol-to-word-ratio", Share(Symbols(document.Text), _text.RawWords))
        .Measure("rps-doc-frac-all-caps-words", Share(_text.UpperWords, _text.RawWords))
        .Measure("rps-doc-frac-no-alph-words", Share(_text.RawWords - _text.AlphabeticWords, _text.RawWords))
        .Measure("rps-doc-frac-lines-end-with-ellipsis", Share(_text.EllipsisLines, _text.Lines))
        .Measure("rps-doc-word-count", _text.Words.Length)
        .Measure("rps-doc-mean-word-length", Share(_text.WordChars, _text.Words.Length))
        .Measure("rps-doc-frac-unique-words", Share(_text.UniqueWords, _text.Words.Length))
        .Measure("rps-doc-unigram-entropy", _text.Entropy)
        .Measure("rps-doc-num-sentences", _text.Sentences);

    private Verdict LinesOf(Verdict verdict) => verdict
        .Measure("rps-lines-ending-with-terminal-punctution-mark", Share(_text.TerminalLines, _text.Lines))
        .Measure("rps-lines-javascript-counts", _text.JavascriptWords)
        .Measure("rps-lines-num-words", Share(_text.Words.Length, _text.Lines))
        .Measure("rps-lines-numerical-chars-fraction", _text.NumberShares / _text.Lines)
        .Measure("rps-lines-start-with-bulletpoint", Share(_text.BulletLines, _text.Lines))
        .Measure("rps-lines-uppercase-letter-fraction", _text.UpperShares / _text.Lines);

    private Verdict Grams(Verdict verdict)
    {
        for (var n = 2; n <= 4; n++)
            verdict = verdict.Measure(s_top[n - 2], Share(_grams.Top(n).Count * _grams.Top(n).Chars, Math.Max(1, _text.WordChars)));
        for (var n = 5; n <= 10; n++)
            verdict = verdict.Measure(s_dupe[n - 5], Share(_grams.CoveredChars(n), Math.Max(1, _text.WordChars)));
        return verdict;
    }

    private Verdict Importances(Verdict verdict)
    {
        verdict = verdict
            .Measure("rps-doc-books-importance", Importance(models.Books))
            .Measure("rps-doc-openwebtext-importance", Importance(models.OpenWebText))
            .Measure("rps-doc-wikipedia-importance", Importance(models.WikipediaImportance));
        foreach (var (name, rows) in s_signatures)
            verdict = verdict.Measure(s_minhash[name], _text.Words.Length < Shingle ? double.NaN : BandKey(rows));
        return verdict;
    }

    private static readonly string[] s_top = [.. Enumerable.Range(2, 3).Select(n => $"rps-doc-frac-chars-top-{n}gram")];
    private static readonly string[] s_dupe = [.. Enumerable.Range(5, 6).Select(n => $"rps-doc-frac-chars-dupe-{n}grams")];
    private static readonly Dictionary<string, string> s_minhash = s_signatures.ToDictionary(s => s.Name, s => $"minhash-signature-{s.Name.Replace(".", "-")}");

    private static int Symbols(ReadOnlySpan<char> text) => text.Count('#') + text.Count("...") + text.Count('…');

    private static double Known(Document document, string key) =>
        document.Metadata.TryGetValue(key, out var value) && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;

    private static double Score(FastTextModel? model, string label, Document document)
    {
        for (var at = 0; at < model?.Labels.Count; at++)
            if (model.Labels[at] == label)
                return model.Score(document.Text, at);
        return double.NaN;
    }

    private double BadWords()
    {
        if (models.BadWords is not { } bad)
            return double.NaN;
        var lookup = bad.GetAlternateLookup<ReadOnlySpan<char>>();
        var words = _text.Words;
        var count = 0;
        for (var i = 0; i < words.Length; i++)
            for (var n = 1; n <= models.LongestBadWord && i + n <= words.Length; n++)
                count += lookup.Contains(_text.Text(words[i], words[i + n - 1])) ? 1 : 0;
        return count;
    }

    private double Ut1(Document document)
    {
        if (models.Ut1 is not { } lists || document.Url is not { } url || !Uri.TryCreate(url, UriKind.Absolute, out var uri))
            return double.NaN;
        for (var rest = uri.IdnHost.ToLowerInvariant(); ; rest = rest[(rest.IndexOf('.', StringComparison.Ordinal) + 1)..])
        {
            if (lists.TryGetValue(rest, out var category))
                return category;
            if (!rest.Contains('.', StringComparison.Ordinal))
                return 0;
        }
    }

    // Data Selection with Importance Resampling: hashed words and pairs of words, each with its log ratio.
    private double Importance(double[]? ratios)
    {
        if (ratios is null)
            return double.NaN;
        var (sum, last) = (0.0, 0UL);
        foreach (var word in _text.Words)
        {
            sum += ratios[(int)(word.Hash % RedPajamaModels.Buckets)];
            if (last != 0)
                sum += ratios[(int)(SplitMix64.Mix((last * 31) + word.Hash) % RedPajamaModels.Buckets)];
            last = word.Hash;
        }
        return sum;
    }

    private void Sign()
    {
        var words = _text.Words;
        if (words.Length < Shingle)
            return;
        var count = words.Length - Shingle + 1;
        if (_shingles.Length < count)
            _shingles = new uint[Math.Max(count, 4096)];
        const ulong Factor = 0x9E3779B97F4A7C15;
        var (sum, leaves) = (0UL, 1UL);
        for (var i = 0; i < Shingle - 1; i++)
            (sum, leaves) = ((sum * Factor) + words[i].Hash, leaves * Factor);
        for (var i = 0; i < count; i++)
        {
            sum = (sum * Factor) + words[i + Shingle - 1].Hash;
            _shingles[i] = (uint)(SplitMix64.Mix(sum) >> 32);
            sum -= words[i].Hash * leaves;
        }
        MinHash.Sign(_shingles.AsSpan(0, count), _coefficients.A, _coefficients.B, _signature);
    }

    private double BandKey(int rows)
    {
        var key = 0UL;
        foreach (var place in _signature.AsSpan(0, rows))
            key = SplitMix64.Mix(key ^ place);
        return key >> 32;
    }

    private static double Share(int part, int whole) => (double)part / whole;
}
