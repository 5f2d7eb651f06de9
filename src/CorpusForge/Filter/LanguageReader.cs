namespace CorpusForge.Filter;

/// <summary>Finds the language of a text and how its paragraphs are shared among languages.</summary>
/// <remarks>
/// <para>A text of up to <see cref="MaxUnits"/> is read whole. Of a longer one, 64 windows of 1,024 units are read that are spread evenly from its
/// start to its end, so that the time is bounded and the result still speaks for all of it.</para>
/// <para>What is read is cut into pieces: a paragraph of at least 100 units, shorter ones with those that follow, longer than 1,024 in parts. A piece whose best
/// language is not twenty times as likely as the next counts as the document's, and so does a language with less than a twentieth.</para>
/// <para>The language is the best for all that was read together, unless the pieces of another, each of them sure, are more than half.</para>
/// </remarks>
internal static class LanguageReader
{
    internal const int MaxUnits = 1 << 16;
    private const int Windows = 64, WindowUnits = MaxUnits / Windows, PieceUnits = 100, WordUnits = 64;
    private const double LeastShare = 0.05;
    private static readonly float s_sure = MathF.Log(20);

    /// <summary>Finds the language; false when nothing that was read has a letter.</summary>
    /// <param name="model">Its labels are languages.</param>
    /// <param name="text">Of any length.</param>
    /// <param name="shares">Filled: the share of each label, adding up to 1.</param>
    /// <param name="found">The label and its probability.</param>
    public static bool TryRead(LinearModel model, ReadOnlySpan<char> text, Span<double> shares, out (int Label, double Probability) found)
    {
        Span<long> sums = stackalloc long[model.Labels.Count * model.Dimension];
        Span<int> counts = stackalloc int[model.Labels.Count];
        var reading = new Reading(model, sums, counts, stackalloc long[model.Dimension], stackalloc long[model.Dimension], stackalloc float[model.Labels.Count], shares);
        if (text.Length <= MaxUnits)
            reading.ReadPieces(text);
        else
            for (var window = 0; window < Windows; window++)
                reading.ReadPieces(Window(text, (int)((long)(text.Length - WindowUnits) * window / (Windows - 1))));
        return reading.TryEnd(out found);
    }

    // Begins and ends between words where there is white space near.
    private static ReadOnlySpan<char> Window(ReadOnlySpan<char> text, int start)
    {
        var window = text.Slice(start, WindowUnits);
        if (start > 0 && window[..WordUnits].IndexOf(' ') is var space and >= 0)
            window = window[(space + 1)..];
        return start + WindowUnits < text.Length && window[^WordUnits..].LastIndexOf(' ') is var last and >= 0 ? window[..^(WordUnits - last)] : window;
    }

    private ref struct Reading(LinearModel model, Span<long> sums, Span<int> counts, Span<long> all, Span<long> piece, Span<float> logits, Span<double> shares)
    {
        private readonly Span<long> _sums = Cleared(sums), _all = Cleared(all), _piece = piece;
        private readonly Span<int> _counts = Cleared(counts);
        private readonly Span<float> _logits = logits;
        private readonly Span<double> _units = Cleared(shares);
        private int _count;
        private double _total;
        private bool _hasLetter;

        public void ReadPieces(ReadOnlySpan<char> text)
        {
            while (!text.IsEmpty)
            {
                var end = End(text);
                Read(text[..end]);
                text = text[end..];
            }
        }

        public readonly bool TryEnd(out (int Label, double Probability) found)
        {
            found = default;
            if (_count == 0 || !_hasLetter)
                return false;
            Span<double> probabilities = stackalloc double[_logits.Length];
            model.Score(_all, _count, _logits);
            var main = Best(out _);
            for (var label = 0; label < _units.Length; label++)
            {
                if (label == main || _units[label] <= _total / 2)
                    continue;
                main = label;
                model.Score(Sum(label), _counts[label], _logits);
                break;
            }
            LinearModel.Softmax(_logits, probabilities);
            found = (main, probabilities[main]);
            var rest = 1.0;
            for (var label = 0; label < _units.Length; label++)
            {
                var share = label == main ? 0 : _units[label] / _total;
                _units[label] = share < LeastShare ? 0 : share;
                rest -= _units[label];
            }
            _units[main] = rest;
            return true;
        }

        private void Read(ReadOnlySpan<char> text)
        {
            _piece.Clear();
            var count = model.Sum(text, _piece);
            if (count == 0)
                return;
            _hasLetter = _hasLetter || HasLetter(text);
            _count += count;
            _total += text.Length;
            Add(_all, _piece);
            model.Score(_piece, count, _logits);
            var best = Best(out var sure);
            if (!sure)
                return;
            _units[best] += text.Length;
            _counts[best] += count;
            Add(Sum(best), _piece);
        }

        private static int End(ReadOnlySpan<char> text)
        {
            var longest = text[..Math.Min(text.Length, WindowUnits)];
            for (var end = 0; ;)
            {
                var line = longest[end..].IndexOf('\n');
                if (line < 0)
                    break;
                end += line + 1;
                if (end >= PieceUnits)
                    return end;
            }
            return longest.Length == text.Length || longest[PieceUnits..].LastIndexOf(' ') is not (var space and >= 0) ? longest.Length : PieceUnits + space + 1;
        }

        private readonly Span<long> Sum(int label) => _sums.Slice(label * _all.Length, _all.Length);

        private readonly int Best(out bool sure)
        {
            var (best, highest, second) = (0, float.NegativeInfinity, float.NegativeInfinity);
            for (var label = 0; label < _logits.Length; label++)
            {
                var logit = _logits[label];
                if (logit > highest)
                    (best, highest, second) = (label, logit, highest);
                else if (logit > second)
                    second = logit;
            }
            sure = highest - second >= s_sure;
            return best;
        }

        private static void Add(Span<long> to, ReadOnlySpan<long> from)
        {
            for (var d = 0; d < to.Length; d++)
                to[d] += from[d];
        }

        private static bool HasLetter(ReadOnlySpan<char> text)
        {
            foreach (var c in text)
                if (char.IsLetter(c))
                    return true;
            return false;
        }

        private static Span<T> Cleared<T>(Span<T> span)
        {
            span.Clear();
            return span;
        }
    }
}
