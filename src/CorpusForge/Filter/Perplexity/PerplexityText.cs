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
        var score = new Score(model, stackalloc int[model.Order], stackalloc NGramModel.Seen[model.Order], stackalloc NGramModel.Seen[model.Order]);
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

    /// <summary>The sum over the words so far, each given those before it in its sentence.</summary>
    private ref struct Score(NGramModel model, Span<int> context, Span<NGramModel.Seen> before, Span<NGramModel.Seen> own)
    {
        private readonly Span<int> _context = context;
        private Span<NGramModel.Seen> _before = before;
        private Span<NGramModel.Seen> _own = own;
        private readonly int _begin = model.NumberOf(NGramModel.Begin), _end = model.NumberOf(NGramModel.End);
        private int _length;

        public double Sum { get; private set; }
        public int Words { get; private set; }

        /// <summary>Whether a sentence has begun and not ended.</summary>
        public readonly bool Open => _length > 0;

        public void Add(int word)
        {
            if (_length == 0)
            {
                _context[_length++] = _begin;
                _before.Clear();
            }
            if (_length == _context.Length)
                _context[1..].CopyTo(_context);
            else
                _length++;
            _context[_length - 1] = word;
            Sum += model.LogProbability(_context[.._length], _before, _own);
            var former = _before;
            _before = _own;
            _own = former;
            Words++;
        }

        public void EndSentence()
        {
            Add(_end);
            _length = 0;
        }
    }
}
