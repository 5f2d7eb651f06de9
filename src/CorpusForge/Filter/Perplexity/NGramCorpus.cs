using System.Runtime.InteropServices;
using CorpusForge.Deduplicate;

namespace CorpusForge.Filter.Perplexity;

/// <summary>The sentences that a model is trained on: their words in memory, once each, and the sentences as numbers on disk.</summary>
internal sealed class NGramCorpus : IDisposable
{
    private const int EndOfSentence = -1;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly int[] _buffer = new int[1 << 14];
    private readonly Dictionary<string, int> _words = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private int _filled;
    private bool _open;

    private readonly int _maxWords;

    public NGramCorpus(Scratch scratch, int maxWords)
    {
        _maxWords = maxWords;
        _path = scratch.NewPath();
        _file = new FileStream(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 0);
        _lookup = _words.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public long Sentences { get; private set; }

    public void AddWord(ReadOnlySpan<char> word)
    {
        if (!_lookup.TryGetValue(word, out var number))
        {
            if (_words.Count == _maxWords)
                throw new PipelineException($"the texts have more than {_maxWords:N0} different words, which are held in memory: allow more with --max-words, or leave out what is no prose");
            _words.Add(word.ToString(), number = _words.Count);
        }
        Add(number);
        _open = true;
    }

    /// <summary>Does nothing where no word came since the last.</summary>
    public void EndSentence()
    {
        if (!_open)
            return;
        Add(EndOfSentence);
        Sentences++;
        _open = false;
    }

    /// <summary>All words, those that mean something to a model first, the others in ordinal order, so that numbers do not depend on the order of the texts.</summary>
    public string[] Vocabulary() =>
        [NGramModel.Unknown, NGramModel.Begin, NGramModel.End, .. _words.Keys.Except([NGramModel.Unknown, NGramModel.Begin, NGramModel.End]).Order(StringComparer.Ordinal)];

    /// <summary>Every sentence as places in the vocabulary, plus 1; the list is used again.</summary>
    public IEnumerable<List<int>> Read(string[] vocabulary)
    {
        Flush();
        var places = new int[_words.Count];
        for (var place = 0; place < vocabulary.Length; place++)
        {
            if (_words.TryGetValue(vocabulary[place], out var number))
                places[number] = place + 1;
        }
        _file.Position = 0;
        var sentence = new List<int>();
        for (var left = _file.Length / sizeof(int); left > 0;)
        {
            var some = (int)Math.Min(left, _buffer.Length);
            _file.ReadExactly(MemoryMarshal.AsBytes(_buffer.AsSpan(0, some)));
            left -= some;
            for (var i = 0; i < some; i++)
            {
                if (_buffer[i] != EndOfSentence)
                {
                    sentence.Add(places[_buffer[i]]);
                    continue;
                }
                yield return sentence;
                sentence.Clear();
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private void Add(int number)
    {
        if (_filled == _buffer.Length)
            Flush();
        _buffer[_filled++] = number;
    }

    private void Flush()
    {
        _file.Write(MemoryMarshal.AsBytes(_buffer.AsSpan(0, _filled)));
        _filled = 0;
    }
}
