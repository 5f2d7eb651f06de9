namespace CorpusForge.Runs;

/// <summary>A folder of a storage as a storage of its own.</summary>
public sealed class BelowStorage(IStorage above, string prefix) : IStorage
{
    public bool IsLocal => above.IsLocal;

    public bool Exists(string name) => above.Exists(Of(name));

    public long Length(string name) => above.Length(Of(name));

    public Stream OpenRead(string name, long offset = 0) => above.OpenRead(Of(name), offset);

    public Stream Create(string name) => above.Create(Of(name));

    public void Publish(string from, string to) => above.Publish(Of(from), Of(to));

    public void Delete(string name) => above.Delete(Of(name));

    public IEnumerable<StoredFile> List(string folder) => above.List(Of(folder)).Select(f => f with { Name = f.Name[(prefix.Length + 1)..] });

    public IEnumerable<string> Folders(string folder) => above.Folders(Of(folder));

    public string LocalPath(string name) => above.LocalPath(Of(name));

    public string ScratchPath(string name) => above.ScratchPath(Of(name));

    private string Of(string name) => name.Length == 0 ? prefix : $"{prefix}/{name}";
}
