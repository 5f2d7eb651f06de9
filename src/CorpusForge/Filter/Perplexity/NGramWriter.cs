using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Filter.Perplexity;

/// <summary>Writes a model in the format that <see cref="NGramModel"/> reads, with little memory.</summary>
internal sealed class NGramWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly BinaryWriter _writer;

    public NGramWriter(string path, IReadOnlyCollection<string> words, int order)
    {
        _file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        _writer = new BinaryWriter(_file, Encoding.UTF8, leaveOpen: true);
        _writer.Write(NGramModel.Magic);
        _writer.Write(NGramModel.Format);
        _writer.Write(order);
        _writer.Write(words.Count);
        foreach (var word in words)
        {
            var utf8 = Encoding.UTF8.GetBytes(word);
            _writer.Write(utf8.Length);
            _writer.Write(utf8);
        }
    }

    /// <summary>The n-grams of the next order, sorted by key; of two with the same key the first counts. Returns how many were written.</summary>
    public long Write(IEnumerable<NGramEntry> sorted)
    {
        var (place, count, last) = (_file.Position, 0L, (ulong?)null);
        _writer.Write(count);
        foreach (var entry in sorted)
        {
            if (entry.Key == last)
                continue;
            last = entry.Key;
            _writer.Write(entry.Key);
            _writer.Write(entry.Logarithms.Probability);
            _writer.Write(entry.Logarithms.BackOff);
            count++;
        }
        var end = _file.Position;
        _file.Position = place;
        _writer.Write(count);
        _file.Position = end;
        return count;
    }

    /// <summary>Ends the file with the digest of all that is in it.</summary>
    public void Close()
    {
        _writer.Flush();
        _file.Position = 0;
        _file.Write(SHA256.HashData(_file));
    }

    public void Dispose()
    {
        _writer.Dispose();
        _file.Dispose();
    }
}
