using System.Text;
using System.Text.Json;

namespace CorpusForge.Benchmarks;

/// <summary>Makes text that reads like a language to the filters and repeats nothing: words of a text drawn by their frequency.</summary>
internal sealed class Synthesis(string[] words, ulong seed)
{
    private const long FileBytes = 20_000_000;

    private SplitMix64 _random = new(seed);

    /// <summary>Writes JSON Lines files of about 20 MB of text each, together <paramref name="bytes"/>; file k does not depend on how many there are.</summary>
    public static int Run(string wordsFile, long bytes, string folder)
    {
        var words = WordsOf(File.ReadAllText(wordsFile));
        Directory.CreateDirectory(folder);
        for (var (file, left) = (0, bytes); left > 0; file++)
        {
            using var stream = File.Create(Path.Combine(folder, $"text-{file:0000}.jsonl"));
            var synthesis = new Synthesis(words, (ulong)file);
            var written = 0L;
            for (var row = 0; written < Math.Min(FileBytes, left); row++)
            {
                var text = synthesis.Document();
                written += Encoding.UTF8.GetByteCount(text);
                using var json = new Utf8JsonWriter(stream);
                json.WriteStartObject();
                json.WriteString("id", $"{file}-{row}");
                json.WriteString("text", text);
                json.WriteEndObject();
                json.Flush();
                stream.WriteByte((byte)'\n');
            }
            left -= written;
        }
        return 0;
    }

    /// <summary>The words of a text in lower case, one for each occurrence.</summary>
    public static string[] WordsOf(string text) =>
        [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(w => w.ToLowerInvariant().Trim('.', ',', ';', ':', '!', '?', '"', '\'', '(', ')', '“', '”', '‘', '’'))
            .Where(w => w.Length is > 0 and < 20 && w.All(char.IsAsciiLetter))];

    /// <summary>100 to 1,500 words in sentences and paragraphs.</summary>
    public string Document()
    {
        var text = new StringBuilder();
        for (var left = Between(100, 1500); left > 0;)
        {
            if (text.Length > 0)
                text.Append("\n\n");
            for (var sentences = Between(3, 8); sentences > 0 && left > 0; sentences--)
            {
                var length = Between(6, 28);
                Sentence(text, length);
                left -= length;
                if (sentences > 1 && left > 0)
                    text.Append(' ');
            }
        }
        return text.ToString();
    }

    private void Sentence(StringBuilder text, int length)
    {
        for (var i = 0; i < length; i++)
        {
            var word = words[_random.Next((ulong)words.Length)];
            if (i == 0)
                text.Append(char.ToUpperInvariant(word[0])).Append(word, 1, word.Length - 1);
            else
                text.Append(i % 9 == 8 ? ", " : " ").Append(word);
        }
        text.Append('.');
    }

    private int Between(int least, int most) => least + (int)_random.Next((ulong)(most - least + 1));
}
