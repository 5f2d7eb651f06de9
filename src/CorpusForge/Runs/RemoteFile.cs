namespace CorpusForge.Runs;

/// <summary>What is known of a file that is not on this machine without reading it.</summary>
/// <param name="Name">As its storage knows it.</param>
/// <param name="Bytes">The length.</param>
/// <param name="Version">Another when the content is another: the ETag, or where a web server has none the time of the last change.</param>
internal sealed record RemoteFile(string Name, long Bytes, string Version)
{
    public string Digest => DigestOf(Version, Bytes);

    /// <summary>Stands for the content in the keys of units, which no other file of another version or length has.</summary>
    public static string DigestOf(string version, long bytes) => Digests.Of($"{version} {bytes}");
}
