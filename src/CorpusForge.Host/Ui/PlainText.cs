namespace CorpusForge.Host.Ui;

/// <summary>Text of documents on a page: control characters and marks of direction as escapes, lines kept.</summary>
internal static class PlainText
{
    public static string Of(string text) => string.Join('\n', text.Split('\n').Select(TextDiff.Printable));
}
