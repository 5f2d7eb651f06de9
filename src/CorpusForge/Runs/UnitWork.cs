using System.Security.Cryptography;

namespace CorpusForge.Runs;

/// <summary>One unit being done by one worker: what it reads, where it writes, what it counts.</summary>
/// <remarks>Files are written under names of the attempt and published when the phase returns.</remarks>
public sealed class UnitWork : IDisposable
{
    private readonly List<Pending> _files = [];
    private readonly string _run;

    internal UnitWork(PhaseInput input, IPhase phase, Unit unit, int attempt, CancellationToken cancel, string run = "")
    {
        (Input, Phase, Unit, Attempt, Cancel, _run) = (input, phase, unit, attempt, cancel, run);
        PipelineFolder = Input.Pipeline.Name;
    }

    public PhaseInput Input { get; }
    public IPhase Phase { get; }
    public Unit Unit { get; }
    public CancellationToken Cancel { get; }
    public Tally Tally { get; } = new();
    public SortedDictionary<string, double> Figures { get; } = new(StringComparer.Ordinal);
    public IStorage Storage => Input.Storage;

    /// <summary>Set where later units must not see the digest of the files (a crawl leaves dates out).</summary>
    public string? ContentDigest { get; set; }

    /// <summary>Called with the share done, 0 to 1; may be called often.</summary>
    public Action<double> Report { get; set; } = _ => { };

    /// <summary>The pipeline's folder, relative to the output folder: names in a manifest are relative to it.</summary>
    public string PipelineFolder { get; }

    internal int Attempt { get; }

    /// <summary>The ledger that the unit was taken from; null where a phase is tried without one.</summary>
    internal Ledger? Ledger { get; init; }

    /// <summary>What there is to be tidied up once the part is committed.</summary>
    internal Action Committed { get; set; } = () => { };

    internal string Run => _run;

    /// <summary>A folder in storage that belongs to the unit, not to the attempt, for work that is resumed after a kill (checkpoints).</summary>
    public string WorkFolder => $"{Folder}/.work-{Unit.Key}";

    internal string Folder => FolderOf(Input.Stage, Phase);

    /// <summary>Opens a file of the part for writing. Dispose the stream before the phase returns.</summary>
    /// <param name="role">What it is for; documents and tokens are `part-KEY.arrow`, rejects lie in `rejects/`, others are `part-KEY.ROLE`.</param>
    /// <param name="extension">With the dot.</param>
    public OutputFile Create(string role, string extension = ".arrow")
    {
        var name = role switch
        {
            Roles.Documents or Roles.Tokens => $"{Folder}/part-{Unit.Key}{extension}",
            Roles.Rejects => $"{Folder}/rejects/part-{Unit.Key}{extension}",
            Roles.Images => $"{PipelineFolder}/images/{Unit.Key}{extension}",
            _ => $"{Folder}/part-{Unit.Key}.{role}{extension}",
        };
        var temporary = TemporaryName(Attempt, _files.Count);
        var file = new OutputFile(Storage.Create(temporary));
        _files.Add(new Pending(role, temporary, name, file));
        return file;
    }

    /// <summary>The name in storage of a file of an earlier part.</summary>
    public string NameOf(ManifestFile file) => $"{PipelineFolder}/{file.Name}";

    /// <exception cref="InputException">It is damaged.</exception>
    public Stream OpenRead(ManifestFile file) => RecordedFile.OpenRead(Storage, NameOf(file), file);

    internal IReadOnlyList<Pending> Files => _files;

    internal static string FolderOf(PlannedStage stage, IPhase phase) =>
        phase.Result ? stage.Folder : $"{stage.Folder}/{phase.Name}";

    internal static string ManifestName(PlannedStage stage, IPhase phase, string key) => $"{FolderOf(stage, phase)}/part-{key}.json";

    /// <summary>Closes what is open and removes what was not published.</summary>
    public void Dispose()
    {
        foreach (var file in _files)
        {
            try
            {
                file.File.Dispose();
            }
            finally
            {
                Storage.Delete(file.Temporary);
            }
        }
    }

    /// <summary>Removes what earlier attempts left behind whose process was killed; they opened the same files in the same order.</summary>
    internal void RemoveLeftovers()
    {
        for (var attempt = 1; attempt < Attempt; attempt++)
            for (var file = 0; file <= _files.Count; file++)
                Storage.Delete(TemporaryName(attempt, file));
    }

    /// <summary>What the manifest is called until it is published, behind the files.</summary>
    internal string UnpublishedManifest => TemporaryName(Attempt, _files.Count);

    private string TemporaryName(int attempt, int file) => $"{Folder}/{IStorage.TemporaryPrefix}{Unit.Key}-{_run}-{attempt}-{file}";

    internal sealed record Pending(string Role, string Temporary, string Name, OutputFile File);
}

/// <summary>A file being written: hashes what passes, counts rows, and is flushed to disk when it is closed.</summary>
public sealed class OutputFile(Stream inner) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _closed;

    /// <summary>Set by the writer of the format.</summary>
    public long Rows { get; set; }

    /// <summary>The digest of all bytes; only once the file is closed.</summary>
    public string Sha256 { get; private set; } = "";

    public long Bytes { get; private set; }
    public override bool CanRead => false;

    /// <summary>True so that Arrow's file writer takes it; it asks for the position and never moves it.</summary>
    public override bool CanSeek => true;
    public override bool CanWrite => true;
    public override long Length => Bytes;

    public override long Position
    {
        get => Bytes;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        inner.Write(buffer);
        _hash.AppendData(buffer);
        Bytes += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_closed)
        {
            _closed = true;
            Sha256 = Convert.ToHexStringLower(_hash.GetHashAndReset());
            Metrics.Written(Bytes);
            _hash.Dispose();
            using (inner)
                (inner as FileStream)?.Flush(flushToDisk: true);
        }
        base.Dispose(disposing);
    }
}
