namespace CorpusForge.Servers;

/// <summary>The Chromium that tests of the web page drive.</summary>
public static class Chromium
{
    private static readonly Lazy<string> Found = new(() => Installed.Program("chromium", "chromium", "chromium-browser", "google-chrome"));

    /// <summary>The path of the program, installed when it is missing.</summary>
    public static string Path() => Found.Value;
}
