using System.Runtime.InteropServices;
using CorpusForge.Deduplicate;

namespace CorpusForge.Filter.Perplexity;

/// <summary>The sentences that a model is trained on: so many different words in memory, once each, and the sentences as numbers on disk.</summary>
/// <remarks>
/// A word that finds no room is a hash of 64 bits in its sentence, and its letters go to disk. At the end all are counted, and those stay that occur so often that there is room for them; the
/// others are the unknown word. Which these are does not depend on the order of the texts.
/// </remarks>
internal sealed class NGramCorpus : IDisposable
{
    private const int EndOfSentence = -1, Rare = -2;
    private const int UnknownPlace = 1;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly int[] _buffer = new int[1 << 14];
    private readonly Dictionary<string, int> _words = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private int _filled;
    private bool _open;

    private readonly List<long> _counts = [];
    private readonly Dictionary<ulong, string> _frequent = [];
    private readonly Scratch _scratch;
    private readonly long _memoryBytes;
    private readonly int _maxWords;
    private ExternalSort<ulong>? _rare;
    private BinaryWriter? _letters;

    public NGramCorpus(Scratch scratch, long memoryBytes, int maxWords)
    {
        (_scratch, _memoryBytes, _maxWords) = (scratch, memoryBytes, maxWords);
        _path = scratch.NewPath();
        _file = new FileStream(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 0);
        _lookup = _words.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public long Sentences { get; private set; }

    /// <summary>How often a word occurs at least that is known to the model; set with the vocabulary.</summary>
    public long MinCount { get; private set; } = 1;

    public void AddWord(ReadOnlySpan<char> word)
    {
        _open = true;
        if (!_lookup.TryGetValue(word, out var number))
        {
            if (_words.Count == _maxWords)
            {
                AddRare(word);
                return;
            }
            _words.Add(word.ToString(), number = _words.Count);
            _counts.Add(0);
        }
        _counts[number]++;
        Add(number);
    }

    private void AddRare(ReadOnlySpan<char> word)
    {
        var hash = NGramModel.HashOf(word);
        (_rare ??= new ExternalSort<ulong>(_scratch, _memoryBytes / 2)).Add(hash);
        (_letters ??= new BinaryWriter(new FileStream(_scratch.NewPath(), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))).Write(word.ToString());
        Add(Rare);
        Add((int)hash);
        Add((int)(hash >> 32));
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

    /// <summary>All words that are known, those that mean something to a model first, the others in ordinal order, so that numbers do not depend on the order of the texts.</summary>
    /// <exception cref="PipelineException">There is room for none.</exception>
    public string[] Vocabulary(CancellationToken cancel)
    {
        if (_rare is not null)
            Choose(_rare, cancel);
        var known = _words.Where(w => _counts[w.Value] >= MinCount).Select(w => w.Key).Concat(_frequent.Values);
        return [NGramModel.Unknown, NGramModel.Begin, NGramModel.End, .. known.Except([NGramModel.Unknown, NGramModel.Begin, NGramModel.End]).Order(StringComparer.Ordinal)];
    }

    private void Choose(ExternalSort<ulong> rare, CancellationToken cancel)
    {
        var words = new SortedDictionary<long, long>();
        foreach (var count in _counts)
            words[count] = words.GetValueOrDefault(count) + 1;
        // Rare words and their counts: more than there is memory for, perhaps.
        var path = _scratch.NewPath();
        using (var counted = new ValueWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0)))
        {
            var (last, times) = (0UL, 0L);
            foreach (var hash in rare.Sorted(cancel))
            {
                if (hash != last && times > 0)
                    Close();
                (last, times) = (hash, hash == last ? times + 1 : 1);
            }
            Close();

            void Close()
            {
                counted.Write((last, times));
                words[times] = words.GetValueOrDefault(times) + 1;
            }
        }
        var room = (long)_maxWords;
        MinCount = words.Reverse().TakeWhile(w => (room -= w.Value) >= 0).Select(w => w.Key).LastOrDefault();
        if (MinCount == 0)
            throw new PipelineException($"the texts have more than {_maxWords:N0} different words, and as many occur equally often: allow more with --max-words");
        var frequent = new HashSet<ulong>();
        using (var counted = new BinaryReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16)))
        {
            for (var left = counted.BaseStream.Length / 16; left > 0; left--)
            {
                var hash = counted.ReadUInt64();
                if (counted.ReadInt64() >= MinCount)
                    frequent.Add(hash);
            }
        }
        _letters!.Flush();
        _letters.BaseStream.Position = 0;
        using var letters = new BinaryReader(_letters.BaseStream, System.Text.Encoding.UTF8, leaveOpen: true);
        for (var (at, end) = (0L, _letters.BaseStream.Length); frequent.Count > 0 && at < end; at = _letters.BaseStream.Position)
        {
            var word = letters.ReadString();
            if (frequent.Remove(NGramModel.HashOf(word)))
                _frequent.Add(NGramModel.HashOf(word), word);
        }
    }

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
        foreach (ref var place in places.AsSpan())
            place = place == 0 ? UnknownPlace : place;
        var rarePlaces = new Dictionary<ulong, int>();
        if (_frequent.Count > 0)
        {
            for (var place = 0; place < vocabulary.Length; place++)
                if (NGramModel.HashOf(vocabulary[place]) is var known && _frequent.ContainsKey(known))
                    rarePlaces.Add(known, place + 1);
        }
        var (parts, hash) = (0, 0UL);
        _file.Position = 0;
        var sentence = new List<int>();
        for (var left = _file.Length / sizeof(int); left > 0;)
        {
            var some = (int)Math.Min(left, _buffer.Length);
            _file.ReadExactly(MemoryMarshal.AsBytes(_buffer.AsSpan(0, some)));
            left -= some;
            for (var i = 0; i < some; i++)
            {
                if (parts > 0)
                {
                    hash |= (ulong)(uint)_buffer[i] << (parts == 2 ? 0 : 32);
                    if (--parts == 0)
                        sentence.Add(rarePlaces.GetValueOrDefault(hash, UnknownPlace));
                    continue;
                }
                if (_buffer[i] == Rare)
                {
                    (parts, hash) = (2, 0);
                    continue;
                }
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

    public void Dispose()
    {
        _file.Dispose();
        _rare?.Dispose();
        _letters?.Dispose();
    }

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
