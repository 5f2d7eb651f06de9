using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Read;

/// <summary>Source code: the files of a folder, or of many, with language, licence, repository and commit.</summary>
/// <remarks>
/// Folders in <see cref="Exclude"/> are not looked into, so what is in them is not counted; every other file is a document or a drop:
/// `symlink`, `unreadable-name` (bytes that are not UTF-8), `too-large`, `vendored`, `binary`, `generated`, `minified`, `unknown-language`, `language-not-listed`. Links are never
/// followed. The licence is that of <see cref="LicenseFrom.Nearest"/>; licence files, manifests and the commit are inputs of a
/// unit beside its documents, so a new commit is a new unit.
/// </remarks>
public sealed record CodeSource : ISource
{
    // 2: every id of the SPDX licence list is known.
    public int Version => 2;

    public string? Id { get; init; }

    /// <summary>Folders, files or glob patterns.</summary>
    [Needed, OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Names of folders that are not looked into.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [".git", ".hg", ".svn", "bin", "obj"];

    /// <summary>Keep these languages only; empty keeps all that are known.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>A larger file is dropped as `too-large`.</summary>
    public int MaxBytes { get; init; } = 1 << 20;

    /// <summary>A file whose lines are longer on average is dropped as `minified`.</summary>
    public double MaxMeanLineBytes { get; init; } = 500;

    /// <summary>Whether the URL of the repository (without credentials) and the commit go into the documents' metadata.</summary>
    public bool GitMetadata { get; init; } = true;

    public string? Problem => Languages.Where(l => !CodeLanguage.All.Contains(l)).ToList() is { Count: > 0 } unknown
        ? $"'languages' names {string.Join(", ", unknown.Select(l => $"'{l}'"))}; known are: {string.Join(", ", CodeLanguage.All.Order(StringComparer.Ordinal))}"
        : null;

    public IEnumerable<Slice> Plan(Inputs inputs)
    {
        var files = Paths.SelectMany(p => CodeTree.Files(p, Exclude)).DistinctBy(f => f.Path)
            .Select(f => CodeTree.LinkTarget(f.Path) is { } target
                ? new InputFile(f.Path, f.Name, 0, Digests.Of($"link to {target}"))
                : CodeTree.IsUnreadable(f.Path) ? new InputFile(f.Path, f.Name, 0, Digests.Of("unreadable name"))
                : new InputFile(f.Path, f.Name, new FileInfo(f.Path).Length, CodeTree.Digest(inputs, f.Path)));
        return NearestLicense.Plan(Slice.Group(files), inputs, LicenseFrom.Nearest, GitMetadata);
    }

    public IEnumerable<RawDocument> Read(Slice slice, SourceReader reader)
    {
        var documents = (int)slice.End;
        var nearest = new NearestLicense(slice.Files.Skip(documents), reader.Storage, LicenseFrom.Nearest);
        foreach (var file in slice.Files.Take(documents))
        {
            reader.Cancel.ThrowIfCancellationRequested();
            yield return Read(file, reader, nearest);
        }
    }

    private RawDocument Read(InputFile file, SourceReader reader, NearestLicense nearest)
    {
        var raw = new RawDocument { Kind = Kind.Code, Source = reader.Source, Locator = $"{file.Name}@0", MediaType = "text/plain" };
        var verdict = Verdict.Keep
            .Never("symlink", CodeTree.LinkTarget(file.Path) is not null)
            .Never("unreadable-name", CodeTree.IsUnreadable(file.Path))
            .AtMost("too-large", file.Bytes, MaxBytes)
            .Never("vendored", CodeTree.IsVendored(file.Name));
        if (!verdict.Kept)
            return raw with { Verdict = verdict };
        var bytes = WholeFile.Read(reader.Storage, file);
        var name = Path.GetFileName(file.Path);
        var language = CodeLanguage.Of(name, bytes);
        var lines = bytes.AsSpan().Count((byte)'\n') + (bytes is [.., not (byte)'\n'] ? 1 : 0);
        verdict = Verdict.Keep
            .Never("binary", bytes.AsSpan().Contains((byte)0))
            .Never("generated", CodeTree.IsGenerated(name, bytes))
            .Never("minified", name.Contains(".min.", StringComparison.OrdinalIgnoreCase))
            .AtMost("minified", bytes.Length / (double)Math.Max(1, lines), MaxMeanLineBytes)
            .Never("unknown-language", language is null)
            .Never("language-not-listed", Languages.Count > 0 && !Languages.Contains(language));
        if (!verdict.Kept)
            return raw with { Language = language, Verdict = verdict };
        var (license, evidence) = nearest.Of(file, bytes);
        var metadata = raw.Metadata;
        if (GitMetadata && nearest.RepositoryOf(file) is { } repository)
        {
            metadata = repository.Remote is { } remote ? metadata.Add("repository", remote) : metadata;
            metadata = repository.Commit is { } commit ? metadata.Add("commit", commit) : metadata;
        }
        return raw with { Bytes = bytes, Language = language, License = license, LicenseEvidence = evidence, Metadata = metadata };
    }
}
