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
    public void Publish()
    {
        foreach (var (stream, name) in _files)
        {
            stream.Dispose();
            File.Move(stream.Name, Path.Combine(path, name), overwrite: true);
        }
        _files.Clear();
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
