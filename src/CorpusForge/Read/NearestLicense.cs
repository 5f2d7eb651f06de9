using System.Text;
using System.Text.RegularExpressions;
using CorpusForge.Runs;

namespace CorpusForge.Read;

/// <summary>What a source looks at to find the licence of a file.</summary>
public enum LicenseFrom
{
    None,

    /// <summary>The nearest .nuspec, and the licence file that it names.</summary>
    Nuspec,

    /// <summary>The nearest manifest of a package.</summary>
    Manifest,

    /// <summary>The SPDX tag in the file, else the nearest manifest or licence file.</summary>
    Nearest,
}

/// <summary>Finds the licence of a file: its own SPDX tag, else what the folders from its own upwards say.</summary>
/// <remarks>
/// The nearest folder that says anything decides; in one folder a manifest comes before a licence file, unless it only points at one. Nothing above the root of the
/// repository that a file is in is looked at, nor above the fixed part of the path where there is no repository.
/// What is found depends on other files than the document, so <see cref="Plan"/> puts them into the slice, behind its
/// documents: a changed licence is a changed unit.
/// </remarks>
internal sealed partial class NearestLicense
{
    private const int TagBytes = 4096;
    private readonly Dictionary<string, (string? License, string? Evidence)> _byFolder = new(StringComparer.Ordinal);
    private readonly ILookup<string, InputFile> _evidence;
    private readonly Dictionary<string, InputFile> _byPath;
    private readonly Dictionary<string, Repository> _repositories;
    private readonly IStorage _storage;
    private readonly LicenseFrom _from;

    public NearestLicense(IEnumerable<InputFile> evidence, IStorage storage, LicenseFrom from)
    {
        (_storage, _from) = (storage, from);
        _byPath = evidence.ToDictionary(f => f.Path, StringComparer.Ordinal);
        _evidence = evidence.Where(f => !Repository.Is(f)).ToLookup(f => Path.GetDirectoryName(f.Path)!, StringComparer.Ordinal);
        _repositories = evidence.Where(Repository.Is).ToDictionary(f => Path.GetDirectoryName(f.Path)!, Repository.Parse, StringComparer.Ordinal);
    }

    /// <summary>Slices whose files from <see cref="Slice.End"/> on are no documents but what their licences and provenance are read from.</summary>
    public static IEnumerable<Slice> Plan(IEnumerable<Slice> slices, Inputs inputs, LicenseFrom from, bool gitMetadata)
    {
        var known = new Dictionary<(string Folder, string Root), InputFile[]>();
        foreach (var slice in slices)
        {
            // By path: below two roots different files have the same name.
            var context = new Dictionary<string, InputFile>(StringComparer.Ordinal);
            foreach (var file in slice.Files)
            {
                var root = RootOf(file);
                for (var folder = Path.GetDirectoryName(file.Path); folder is not null; folder = Path.GetDirectoryName(folder))
                {
                    if (!known.TryGetValue((folder, root), out var here))
                        known[(folder, root)] = here = [.. EvidenceIn(folder, root, inputs, from, gitMetadata)];
                    foreach (var one in here)
                        context.TryAdd(one.Path, one);
                    if (here.Any(Repository.Is) || (folder == root && !Repository.Surrounds(root)))
                        break;
                }
            }
            yield return new Slice([.. slice.Files, .. context.Values.OrderBy(f => f.Name, StringComparer.Ordinal)], 0, slice.Files.Count);
        }
    }

    public (string? License, string? Evidence) Of(InputFile file, ReadOnlySpan<byte> content)
    {
        if (_from == LicenseFrom.Nearest && Tag().Match(Encoding.Latin1.GetString(content[..Math.Min(content.Length, TagBytes)])) is { Success: true } tag)
            return (Spdx.Normalize(tag.Groups["expression"].Value.TrimEnd('-', ' ', '\t')), $"spdx-tag:{file.Name}");
        return OfFolder(Path.GetDirectoryName(file.Path));
    }

    /// <summary>The repository that the file is in.</summary>
    public Repository? RepositoryOf(InputFile file)
    {
        for (var folder = Path.GetDirectoryName(file.Path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (_repositories.TryGetValue(folder, out var repository))
                return repository;
        }
        return null;
    }

    private (string? License, string? Evidence) OfFolder(string? folder)
    {
        if (folder is null)
            return default;
        if (_byFolder.TryGetValue(folder, out var known))
            return known;
        var found = StatedIn(folder);
        if (found.Evidence is null && !_repositories.ContainsKey(folder))
            found = OfFolder(Path.GetDirectoryName(folder));
        return _byFolder[folder] = found;
    }

    private (string? License, string? Evidence) StatedIn(string folder)
    {
        (string? License, string? Evidence) unclear = default;
        foreach (var manifest in _evidence[folder].Where(f => PackageManifest.Is(Path.GetFileName(f.Path))))
        {
            if (PackageManifest.StatedLicense(Path.GetFileName(manifest.Path), WholeFile.Read(_storage, manifest)) is not { } stated)
                continue;
            if (Spdx.Normalize(stated) is { } license)
                return (license, $"package-manifest:{manifest.Name}");
            if (Named(manifest.Path, stated) is { } path && _byPath.TryGetValue(path, out var text))
                return (IdOf(Encoding.UTF8.GetString(WholeFile.Read(_storage, text))), $"license-file:{text.Name}");
            unclear.Evidence ??= $"package-manifest:{manifest.Name}={stated}";
        }
        var texts = _evidence[folder].Where(f => IsLicenseFile(Path.GetFileName(f.Path))).ToList();
        if (texts.Count == 0)
            return unclear;
        var ids = texts.Select(f => IdOf(Encoding.UTF8.GetString(WholeFile.Read(_storage, f)))).Distinct().ToList();
        // Two licences side by side may mean both or either, and a manifest that is not understood may say something else.
        return (ids.Count == 1 && (unclear.Evidence is null || PointsAtFile(unclear.Evidence)) ? ids[0] : null,
            unclear.Evidence ?? $"license-file:{string.Join(',', texts.Select(f => f.Name))}");
    }

    private static bool PointsAtFile(string evidence) =>
        evidence.Contains("=file ", StringComparison.Ordinal) || evidence.Contains("=SEE LICENSE IN ", StringComparison.Ordinal)
        || evidence.EndsWith("=LICENSE", StringComparison.Ordinal);

    private static string? IdOf(string text) =>
        Tag().Match(text) is { Success: true } tag ? Spdx.Normalize(tag.Groups["expression"].Value.TrimEnd('-', ' ', '\t')) : LicenseText.Recognize(text);

    // The licence file that a manifest names, when it lies in the folder of the manifest or below.
    private static string? Named(string manifest, string? stated)
    {
        if (stated is null || !stated.StartsWith(PackageManifest.FilePrefix, StringComparison.Ordinal) || stated.Contains('\0'))
            return null;
        var folder = Path.GetDirectoryName(manifest)!;
        var path = Path.GetFullPath(stated[PackageManifest.FilePrefix.Length..].Replace('\\', '/'), folder);
        return path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal) ? path : null;
    }

    private static IEnumerable<InputFile> EvidenceIn(string folder, string root, Inputs inputs, LicenseFrom from, bool gitMetadata)
    {
        foreach (var path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            var wanted = from == LicenseFrom.Nuspec ? name.EndsWith(".nuspec", StringComparison.OrdinalIgnoreCase)
                : PackageManifest.Is(name) || (from == LicenseFrom.Nearest && IsLicenseFile(name));
            if (!wanted || CodeTree.LinkTarget(path) is not null)
                continue;
            yield return Input(path);
            if (from is LicenseFrom.Nuspec or LicenseFrom.Nearest && name.EndsWith(".nuspec", StringComparison.OrdinalIgnoreCase)
                && Named(path, PackageManifest.StatedLicense(name, File.ReadAllBytes(path))) is { } text && File.Exists(text) && CodeTree.LinkTarget(text) is null)
                yield return Input(text);
        }
        if (Repository.Open(folder, gitMetadata) is { } repository)
            yield return repository.ToInput(folder, NameOf(Path.Combine(folder, ".git"), root));

        InputFile Input(string path) => new(path, NameOf(path, root), new FileInfo(path).Length, inputs.DigestOf(path));
    }

    // LICENSE, LICENCE.txt, COPYING.LESSER, LICENSE-MIT, UNLICENSE; not license.py.
    internal static bool IsLicenseFile(string name) => LicenseFileName().IsMatch(name);

    private static string RootOf(InputFile file) =>
        Path.TrimEndingDirectorySeparator(file.Path.EndsWith(file.Name, StringComparison.Ordinal) ? file.Path[..^file.Name.Length] : Path.GetDirectoryName(file.Path)!);

    private static string NameOf(string path, string root) => Path.GetRelativePath(root, path).Replace('\\', '/');

    // Only comment signs may stand before it: a tag inside a string of a program is not about the program.
    [GeneratedRegex(@"^[^A-Za-z0-9""'`\n]{0,16}((REM|dnl)[ \t]+)?SPDX-License-Identifier:[ \t]*(?<expression>[A-Za-z0-9.+\-() \t]+)",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Tag();

    [GeneratedRegex(@"^(UN)?(LICEN[SC]E|COPYING)([.\-_](md|txt|rst|lesser|[A-Za-z]+[\-.]?[0-9.]*)(\.txt|\.md)?)?$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LicenseFileName();
}
