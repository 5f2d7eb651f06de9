namespace CorpusForge.Filter.Perplexity;

/// <summary>How a text is cut into sentences and words for an n-gram model: a line is a sentence, words are in lower case, and a digit is 0.</summary>
/// <remarks>Training and scoring use it alike; a model from elsewhere has to be one of such words.</remarks>
public static class PerplexityText
{
    /// <summary>Adds the words of each line that has some.</summary>
    public static void AddTo(KneserNey trainer, TextView view)
    {
        Span<char> buffer = stackalloc char[256];
        var at = 0;
        foreach (var token in view.Tokens)
        {
            if (view.Text[at..token.Start].Contains('\n'))
                trainer.EndSentence();
            at = token.Start;
            if (!token.IsWord)
                continue;
            var word = token.Length <= buffer.Length ? buffer[..token.Length] : new char[token.Length];
            Normalise(word, view.TextOf(token));
            trainer.AddWord(word);
        }
        trainer.EndSentence();
    }

    public static double Of(NGramModel model, string text) => Of(model, ViewOf(text));

    /// <summary>The perplexity of a text over its words and the ends of its sentences; NaN where it has no words.</summary>
    public static double Of(NGramModel model, TextView view)
    {
        var room = model.Order + Score.Ahead;
        var score = new Score(model, stackalloc int[room], stackalloc ulong[room * model.Order], stackalloc NGramModel.Asked[room * model.Order]);
        Span<char> buffer = stackalloc char[256];
        var at = 0;
        foreach (var token in view.Tokens)
        {
            if (score.Open && view.Text[at..token.Start].Contains('\n'))
                score.EndSentence();
            at = token.Start;
            if (!token.IsWord)
                continue;
            var word = token.Length <= buffer.Length ? buffer[..token.Length] : new char[token.Length];
            Normalise(word, view.TextOf(token));
            score.Add(model.NumberOf(word));
        }
        if (score.Open)
            score.EndSentence();
        return Math.Pow(10, -score.Sum / score.Words);
    }

    private static void Normalise(Span<char> normal, ReadOnlySpan<char> word)
    {
        for (var i = 0; i < word.Length; i++)
            normal[i] = char.IsDigit(word[i]) ? '0' : char.ToLowerInvariant(word[i]);
    }

    private static TextView ViewOf(string text)
    {
        var view = new TextView();
        view.Reset(new Document { Id = "", Kind = Kind.Text, Text = text, Source = "", Locator = "" });
        return view;
    }

    /// <summary>The sum over the words so far, each given those before it in its sentence; the model is asked for some at a time.</summary>
    private ref struct Score(NGramModel model, Span<int> words, Span<ulong> keys, Span<NGramModel.Asked> asked)
    {
        public const int Ahead = 32;

        private readonly Span<int> _words = words;
        private readonly Span<ulong> _keys = keys;
        private readonly Span<NGramModel.Asked> _asked = asked;
        private readonly int _begin = model.NumberOf(NGramModel.Begin), _end = model.NumberOf(NGramModel.End);
        private int _count, _from;

        public double Sum { get; private set; }
        public int Words { get; private set; }

        /// <summary>Whether a sentence has begun and not ended.</summary>
        public readonly bool Open => _count > 0;

        public void Add(int word)
        {
            if (_count == 0)
            {
                _words[0] = _begin;
                (_count, _from) = (1, 0);
            }
            if (_count == _words.Length)
                Ask();
            _words[_count++] = word;
            Words++;
        }

        public void EndSentence()
        {
            Add(_end);
            Ask();
            _count = 0;
        }

        // What stays is what the next words have before them.
        private void Ask()
        {
            Sum = model.Sum(Sum, _words[.._count], _from, _keys, _asked);
            var stay = Math.Min(model.Order, _count);
            _words[(_count - stay).._count].CopyTo(_words);
            _asked.Slice((_count - 1) * model.Order, model.Order).CopyTo(_asked[((stay - 1) * model.Order)..]);
            _count = _from = stay;
        }
    }
}
