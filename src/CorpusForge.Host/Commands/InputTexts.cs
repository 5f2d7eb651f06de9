using System.Text;
using CorpusForge.Read;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>The texts of files that a command is given: document shards (.arrow), else JSON lines with `text`, plain or compressed.</summary>
internal static class InputTexts
{
    /// <exception cref="PipelineException">A line has no text.</exception>
    /// <exception cref="InputException">The file is damaged.</exception>
    public static IEnumerable<string> Of(string path)
    {
        using var file = File.OpenRead(path);
        if (path.EndsWith(".arrow", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var document in DocumentShard.Read(file))
                yield return document.Text;
            yield break;
        }
        var (content, _) = Compressed.Open(file);
        using var lines = new StreamReader(content);
        var texts = new JsonText();
        for (var number = 1L; lines.ReadLine() is { } line; number++)
        {
            if (line.Length > 0)
                yield return TextOf(texts, line) ?? throw new PipelineException($$"""{{path}}: line {{number}}: expected JSON such as {"text": "…"}""");
        }
    }

    private static string? TextOf(JsonText texts, string line) =>
        texts.Of(Encoding.UTF8.GetBytes(line), out var found) is var text && found ? Encoding.UTF8.GetString(text) : null;
}
