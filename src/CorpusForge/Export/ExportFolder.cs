namespace CorpusForge.Export;

/// <summary>The files of an export: written under temporary names, there all at once when the export is whole.</summary>
internal sealed class ExportFolder(string path) : IDisposable
{
    private readonly List<(FileStream Stream, string Name)> _files = [];

    /// <summary>A new file; its folder is made.</summary>
    public FileStream Create(string name)
    {
        var temporary = Path.Combine(path, name + ".tmp");
        Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
        var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
        _files.Add((stream, name));
        return stream;
    }

    /// <summary>Gives the file the name that only the whole export knows.</summary>
    public void Rename(FileStream file, string name) => _files[_files.FindIndex(f => f.Stream == file)] = (file, name);

    /// <summary>Closes every file and gives it its name.</summary>
    /// <exception cref="PipelineException">The folder has others of an earlier export.</exception>
    public void Publish()
    {
        RefuseOthers(path, [.. _files.Select(f => f.Name)]);
        foreach (var (stream, name) in _files)
        {
            stream.Dispose();
            File.Move(stream.Name, Path.Combine(path, name), overwrite: true);
        }
        _files.Clear();
    }

    /// <summary>Refuses a folder with files of an earlier export that this one does not replace: who reads the folder would take both.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="names">What will be written, relative to it.</param>
    public static void RefuseOthers(string path, IReadOnlyCollection<string> names)
    {
        var written = names.Select(n => Path.GetFullPath(Path.Combine(path, n))).ToHashSet(StringComparer.Ordinal);
        foreach (var (folder, extension) in written.Where(n => Path.GetFileName(n) != "README.md").Select(n => (Path.GetDirectoryName(n)!, Path.GetExtension(n))).Distinct())
        {
            if (Directory.Exists(folder) && Directory.EnumerateFiles(folder, $"*{extension}").Order(StringComparer.Ordinal).FirstOrDefault(f => !written.Contains(f)) is { } other)
                throw new PipelineException($"{Path.GetRelativePath(path, other)} lies in {path} already and is not of this export: who reads the folder would take both; give another folder, or remove it");
        }
    }

    public void Dispose()
    {
        foreach (var (stream, _) in _files)
        {
            stream.Dispose();
            File.Delete(stream.Name);
        }
    }
}
