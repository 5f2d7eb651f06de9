namespace CorpusForge.Runs;

/// <summary>How files that are not on this machine are reached.</summary>
public sealed record StorageSettings
{
    public S3Settings S3 { get; init; } = new();

    /// <summary>A folder on a disk of this machine for scratch files and copies of remote ones; empty is the system's temporary folder.</summary>
    public string Scratch { get; init; } = "";

    /// <summary>How many bytes of remote files may lie here as copies; what was not used for longest goes first.</summary>
    public long CacheBytes { get; init; } = 16L << 30;

    /// <summary>Hosts that `https://` inputs may be on though they are in a private network, and at any port; no other host may.</summary>
    public IReadOnlyList<string> AllowHosts { get; init; } = [];

    /// <summary>An answer that brings no byte for so long is given up and asked for again from there.</summary>
    public double IdleSeconds { get; init; } = 30;
}

/// <summary>S3-compatible storage; credentials come from the environment or the SDK's usual chain, never from here.</summary>
public sealed record S3Settings
{
    /// <summary>The URL of the server; empty is Amazon's of the region.</summary>
    public string Endpoint { get; init; } = "";

    public string Region { get; init; } = "us-east-1";

    /// <summary>Whether the bucket stands in the path rather than in the host's name.</summary>
    public bool PathStyle { get; init; } = true;
}
