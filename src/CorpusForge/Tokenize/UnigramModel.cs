using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>Cuts a piece into the tokens whose probabilities have the greatest product (Kudo 2018).</summary>
/// <remarks>
/// A character that no token covers is unknown, ten below the lowest score; neighbours that are unknown are one. Of paths as good, the one found
/// first stays: that whose last token begins furthest to the left.
/// </remarks>
internal sealed class UnigramModel : IPieceModel
{
    private const double UnknownPenalty = 10;

    private readonly ByteTrie _tokens = new();
    private readonly double[] _scores;
    private readonly int _unknown;
    private readonly int[]? _byteIds;
    private readonly double _unknownScore;
    private readonly bool _single;
    private readonly List<(int Start, int Id)> _path = [];
    private double[] _best = [];
    private (int Start, int Id)[] _from = [];

    /// <param name="tokens">By id; null is no token that text can be.</param>
    /// <param name="unknown">The id of what is unknown, -1 where that is an error.</param>
    /// <param name="byteIds">Tokens of bytes that stand for what is unknown, where there are all.</param>
    /// <param name="lowest">The lowest score.</param>
    /// <param name="single">Whether sums are of single precision, as SentencePiece has them.</param>
    public UnigramModel(IReadOnlyList<(string? Token, double Score)> tokens, int unknown, int[]? byteIds, double lowest, bool single)
    {
        (_unknown, _byteIds, _single) = (unknown, byteIds, single);
        _scores = [.. tokens.Select(t => t.Score)];
        _unknownScore = Rounded(lowest - UnknownPenalty);
        for (var id = 0; id < tokens.Count; id++)
        {
            if (tokens[id].Token is { Length: > 0 } token)
                _tokens.Add(Encoding.UTF8.GetBytes(token), id);
        }
    }

    public void Encode(ReadOnlySpan<byte> piece, List<int> ids)
    {
        if (_best.Length <= piece.Length)
            (_best, _from) = (new double[piece.Length + (piece.Length / 2) + 1], new (int, int)[piece.Length + (piece.Length / 2) + 1]);
        Array.Fill(_best, double.NegativeInfinity, 0, piece.Length + 1);
        _best[0] = 0;
        for (var at = 0; at < piece.Length;)
        {
            var length = CharClass.Length(piece[at..]);
            var (single, node) = (false, 0);
            for (var end = at; end < piece.Length && (node = _tokens.Next(node, piece[end])) >= 0;)
            {
                end++;
                if (_tokens[node] is not (>= 0 and var id))
                    continue;
                Offer(at, end, id, _best[at] + _scores[id]);
                single |= end - at == length;
            }
            if (!single)
                Offer(at, at + length, _unknown, Rounded(_best[at] + _unknownScore));
            at += length;
        }
        _path.Clear();
        for (var end = piece.Length; end > 0; end = _path[^1].Start)
            _path.Add(_from[end]);
        Write(piece, ids);
    }

    // A sum of two single numbers is exact in double precision before it is rounded.
    private double Rounded(double sum) => _single ? (float)sum : sum;

    // SentencePiece compares before it rounds.
    private void Offer(int start, int end, int id, double sum)
    {
        if (sum <= _best[end])
            return;
        _best[end] = Rounded(sum);
        _from[end] = (start, id);
    }

    private void Write(ReadOnlySpan<byte> piece, List<int> ids)
    {
        for (var i = _path.Count - 1; i >= 0; i--)
        {
            var (start, id) = _path[i];
            if (id != _unknown)
            {
                ids.Add(id);
                continue;
            }
            while (i > 0 && _path[i - 1].Id == _unknown)
                i--;
            var end = i > 0 ? _path[i - 1].Start : piece.Length;
            if (_byteIds is not null)
            {
                foreach (var b in piece[start..end])
                    ids.Add(_byteIds[b]);
            }
            else if (_unknown >= 0)
            {
                ids.Add(_unknown);
            }
        }
    }
}
