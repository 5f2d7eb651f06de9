using System.Collections.Frozen;

namespace CorpusForge.Filter.Parity;

/// <summary>The faces of punctuation that spaCy's rules for English put together again after cutting: `(see above):` loses a token to `):`.</summary>
internal sealed class Emoticons
{
    private const string Faces =
        ":) :)) :))) :( :(( :((( :/ :| :P :p :O :o :0 :* :3 :> :X :x :D :] :} :-) :-)) :-))) :-( :-(( :-((( :-/ :-| :-P :-p :-O :-o :-0 :-* :-> :-X :-x :-] :-} :1 :() "
        + ":o) :') :'-) :'( :'-( (: (-: [: [-: (o: ): )-: ;) ;-) (; (-; ;D ;-D =) (= =( =/ =| =3 =D \") 8) 8-) (-8 8D 8-D >:( >:o xD XD xDD XDD "
        + "^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- -__- v.v V.V v_v V_V o_o o_O O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 "
        + "(^_^) (-_-) (._.) (>_<) (*_*)";

    private readonly FrozenDictionary<string, int> _faces;
    private readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly FrozenSet<char> _first;
    private readonly int _most;

    /// <param name="cut">Cuts a face as it would be cut inside a text.</param>
    public Emoticons(Action<string, List<Span>> cut)
    {
        var faces = new Dictionary<string, int>(StringComparer.Ordinal);
        var pieces = new List<Span>();
        foreach (var face in Faces.Split(' '))
        {
            pieces.Clear();
            cut(face, pieces);
            if (pieces.Count > 1)
                faces[face] = pieces.Count;
        }
        _faces = faces.ToFrozenDictionary(StringComparer.Ordinal);
        _lookup = _faces.GetAlternateLookup<ReadOnlySpan<char>>();
        _first = faces.Keys.Select(f => f[0]).ToFrozenSet();
        _most = faces.Values.Max();
    }

    public static FrozenSet<string> All { get; } = Faces.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Puts tokens together that touch and make a face, the longest first; tokens before <paramref name="from"/> stay.</summary>
    public void Join(ReadOnlySpan<char> text, List<Span> tokens, int from)
    {
        var left = from;
        for (var i = from; i < tokens.Count;)
        {
            var count = _first.Contains(text[tokens[i].Start]) ? FaceAt(text, tokens, i) : 1;
            tokens[left++] = count == 1 ? tokens[i] : new Span(tokens[i].Start, tokens[i + count - 1].End - tokens[i].Start);
            i += count;
        }
        tokens.RemoveRange(left, tokens.Count - left);
    }

    private int FaceAt(ReadOnlySpan<char> text, List<Span> tokens, int first)
    {
        var last = first;
        while (last + 1 < tokens.Count && last + 1 < first + _most && tokens[last + 1].Start == tokens[last].End)
            last++;
        for (; last > first; last--)
            if (_lookup.TryGetValue(text[tokens[first].Start..tokens[last].End], out var pieces) && pieces == last - first + 1)
                return pieces;
        return 1;
    }
}
