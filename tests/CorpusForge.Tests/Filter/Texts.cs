using CorpusForge.Filter;

namespace CorpusForge.Tests.Filter;

/// <summary>Documents and views of plain texts, for the tests of steps.</summary>
internal static class Texts
{
    public static Document Document(string text, Kind kind = Kind.Text) =>
        new() { Id = new string('0', 64), Kind = kind, Text = text, Source = "test", Locator = "test@0" };

    public static TextView View(string text, Kind kind = Kind.Text) => View(Document(text, kind));

    public static TextView View(Document document, SignalRecorder? recorder = null)
    {
        var view = new TextView(recorder);
        view.Reset(document);
        return view;
    }

    public static string Repeat(string s, int n, string separator = " ") => string.Join(separator, Enumerable.Repeat(s, n));

    public static string Lines(string s, int n) => Repeat(s, n, "\n");

    /// <summary><paramref name="n"/> different words of four letters, w000…</summary>
    public static string[] Words(int n, char first = 'w') => [.. Enumerable.Range(0, n).Select(i => $"{first}{i:D3}")];
}
