using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace CorpusForge.Tests.Clean.Content;

/// <summary>Pages that are made up, with their main content, in the folders that evaluation reads.</summary>
internal static class MarkedPages
{
    private static readonly string[] s_words = "river night mill water village stone bread winter road light garden paper engine valley letter harbour music glass field copper".Split(' ');

    public static void Write(string folder, int count)
    {
        Directory.CreateDirectory(Path.Combine(folder, "truth"));
        Directory.CreateDirectory(Path.Combine(folder, "html"));
        for (var i = 0; i < count; i++)
        {
            var (html, content) = Page((ulong)i + 1);
            using (var zip = new GZipStream(File.Create(Path.Combine(folder, "html", $"{i:0000}.html.gz")), CompressionLevel.Fastest))
                zip.Write(Encoding.UTF8.GetBytes(html));
            File.WriteAllText(Path.Combine(folder, "truth", $"{i:0000}.json"), JsonSerializer.Serialize(new
            {
                url = $"https://site{i}.example/page",
                page_type = i % 3 == 0 ? "forum" : "article",
                main_content = content,
                with = new[] { content[..20] },
                without = new[] { "Menu one" },
            }));
        }
    }

    /// <summary>A story in a box whose class says so, beside texts that look the same and are not wanted.</summary>
    public static (string Html, string Content) Page(ulong seed)
    {
        var random = new SplitMix64(seed);
        var (story, html) = (new StringBuilder(), new StringBuilder($"<html><head><title>{Sentence(ref random, 4)}</title></head><body>"));
        html.Append("<div class='top-menu'><ul>").Append(string.Concat(Enumerable.Range(0, 8).Select(i => $"<li><a href='/{i}'>Menu one {i}</a></li>"))).Append("</ul></div>");
        html.Append("<div class='layout'><div class='story-text'>");
        var paragraphs = 4 + (int)random.Next(5);
        for (var i = 0; i < paragraphs; i++)
        {
            var paragraph = Sentence(ref random, 15 + (int)random.Next(30));
            story.Append(paragraph).Append("\n\n");
            html.Append("<p>").Append(paragraph).Append("</p>");
        }
        html.Append("</div><div class='other-stories'>");
        for (var i = 0; i < 6; i++)
            html.Append("<p>").Append(Sentence(ref random, 15 + (int)random.Next(30))).Append("</p>");
        html.Append("</div></div><div class='bottom'>All rights of this page are reserved</div></body></html>");
        return (html.ToString(), story.ToString());
    }

    private static string Sentence(ref SplitMix64 random, int words)
    {
        var text = new StringBuilder("The");
        for (var i = 0; i < words; i++)
            text.Append(' ').Append(s_words[random.Next((ulong)s_words.Length)]);
        return text.Append('.').ToString();
    }
}
