using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CorpusForge.Runs;

namespace CorpusForge.Deduplicate;

/// <summary>Sorts more values than fit into memory: sorted runs on disk, merged.</summary>
/// <remarks>Equal values must be the same in every bit. What comes out does not depend on the memory given.</remarks>
internal sealed class ExternalSort<T>(Scratch scratch, long memoryBytes) : IDisposable where T : unmanaged, IComparable<T>
{
    private const int FanIn = 256;
    private const int MaxReadBytes = 1 << 20;

    private static readonly int s_valueBytes = Unsafe.SizeOf<T>();

    private readonly int _capacity = (int)Math.Clamp(memoryBytes / s_valueBytes, 16, 1 << 30);
    private readonly List<Run> _runs = [];
    private T[] _values = new T[16];
    private int _count;

    public void Add(T value)
    {
        if (_count == _values.Length)
        {
            if (_count < _capacity)
                Array.Resize(ref _values, (int)Math.Min(_capacity, _count * 2L));
            else
                Spill();
        }
        _values[_count++] = value;
    }

    /// <summary>Takes a run that is sorted already; <paramref name="map"/> changes each of its values and must keep their order.</summary>
    public void AddRun(Func<Stream> open, long count, Func<T, T>? map = null)
    {
        if (count > 0)
            _runs.Add(new Run(open, count, map));
    }

    /// <summary>All values in ascending order; once.</summary>
    public IEnumerable<T> Sorted(CancellationToken cancel)
    {
        if (_runs.Count == 0)
        {
            _values.AsSpan(0, _count).Sort();
            for (var i = 0; i < _count; i++)
                yield return _values[i];
            yield break;
        }
        Spill();
        _values = [];
        while (_runs.Count > FanIn)
        {
            var first = _runs.GetRange(0, FanIn);
            _runs.RemoveRange(0, FanIn);
            Write(Merge(first, cancel));
        }
        foreach (var value in Merge(_runs, cancel))
            yield return value;
    }

    public void Dispose() => _values = [];

    private void Spill()
    {
        if (_count == 0)
            return;
        _values.AsSpan(0, _count).Sort();
        var path = scratch.NewPath();
        using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            file.Write(MemoryMarshal.AsBytes(_values.AsSpan(0, _count)));
        _runs.Add(new Run(() => OpenRead(path), _count, null));
        _count = 0;
    }

    private void Write(IEnumerable<T> values)
    {
        var path = scratch.NewPath();
        var count = 0L;
        using (var file = new ValueWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0)))
        {
            foreach (var value in values)
            {
                file.Write(value);
                count++;
            }
        }
        _runs.Add(new Run(() => OpenRead(path), count, null));
    }

    private static FileStream OpenRead(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);

    private IEnumerable<T> Merge(List<Run> runs, CancellationToken cancel)
    {
        var readBytes = (int)Math.Clamp(memoryBytes / runs.Count, 4096, MaxReadBytes);
        var readers = new List<Reader>(runs.Count);
        try
        {
            var queue = new PriorityQueue<Reader, T>(runs.Count);
            foreach (var run in runs)
            {
                var reader = new Reader(run, readBytes / s_valueBytes);
                readers.Add(reader);
                if (reader.Next(out var value))
                    queue.Enqueue(reader, value);
            }
            var passed = 0L;
            while (queue.TryPeek(out var reader, out var value))
            {
                if ((++passed & 0xFFFF) == 0)
                    cancel.ThrowIfCancellationRequested();
                yield return value;
                if (reader.Next(out var next))
                    queue.DequeueEnqueue(reader, next);
                else
                    queue.Dequeue();
            }
        }
        finally
        {
            foreach (var reader in readers)
                reader.Dispose();
        }
    }

    private sealed record Run(Func<Stream> Open, long Count, Func<T, T>? Map);

    private sealed class Reader(Run run, int values) : IDisposable
    {
        private readonly Stream _stream = run.Open();
        private readonly T[] _buffer = new T[Math.Min(values, run.Count)];
        private long _left = run.Count;
        private int _at;
        private int _end;

        public bool Next(out T value)
        {
            value = default;
            if (_at == _end)
            {
                if (_left == 0)
                    return false;
                (_at, _end) = (0, (int)Math.Min(_buffer.Length, _left));
                _left -= _end;
                _stream.ReadExactly(MemoryMarshal.AsBytes(_buffer.AsSpan(0, _end)));
            }
            value = _buffer[_at++];
            if (run.Map is { } map)
                value = map(value);
            return true;
        }

        public void Dispose() => _stream.Dispose();
    }
}

/// <summary>Writes fixed-size values through a buffer and closes the stream.</summary>
internal sealed class ValueWriter(Stream stream) : IDisposable
{
    private readonly BufferedStream _buffered = new(stream, 1 << 16);

    public void Write<T>(T value) where T : unmanaged =>
        _buffered.Write(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref value, 1)));

    public void Write<T>(ReadOnlySpan<T> values) where T : unmanaged => _buffered.Write(MemoryMarshal.AsBytes(values));

    public void Dispose() => _buffered.Dispose();
}

/// <summary>A folder for the temporary files of one attempt at a unit; what a killed attempt left there is removed first.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly string _folder;
    private int _files;

    public Scratch(string folder)
    {
        _folder = folder;
        Remove(folder);
        Directory.CreateDirectory(folder);
    }

    public static Scratch Of(UnitWork work)
    {
        // An earlier attempt that still runs unknowingly loses its files and fails; its number is its fence.
        for (var attempt = 0; attempt < work.Attempt; attempt++)
            Remove(PathOf(work, attempt));
        return new Scratch(PathOf(work, work.Attempt));
    }

    public string NewPath() => Path.Combine(_folder, $"{_files++}.bin");

    public void Dispose()
    {
        Remove(_folder);
        var parent = Path.GetDirectoryName(_folder)!;
        if (Directory.Exists(parent) && !Directory.EnumerateFileSystemEntries(parent).Any())
            Directory.Delete(parent);
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static string PathOf(UnitWork work, int attempt) => work.Storage.ScratchPath($"{work.WorkFolder}/{attempt}");
}
