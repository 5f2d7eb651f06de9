using System.Buffers;
using System.Buffers.Text;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using CorpusForge.Tokenize;

namespace CorpusForge.Host.Commands;

/// <summary>`tokenizer encode|decode|inspect|train`.</summary>
internal static class TokenizerCommand
{
    private static readonly JsonSerializerOptions s_line = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create() => new("tokenizer", "Encodes, decodes, looks into and trains tokenizers.") { Encode(), Decode(), Inspect(), Train() };

    private static Option<string> Named => new("--tokenizer", "-t")
    {
        Description = $"{string.Join(", ", Tokenizers.Names)}, or a tokenizer.json, tiktoken or SentencePiece file.",
        DefaultValueFactory = _ => "cl100k_base",
    };

    private static Option<string> Lines
    {
        get
        {
            var option = new Option<string>("--format") { Description = "jsonl, or text: a line is a text, or ids between spaces.", DefaultValueFactory = _ => "jsonl" };
            option.AcceptOnlyFromAmong("jsonl", "text");
            return option;
        }
    }

    private static Command Encode()
    {
        var (tokenizer, format) = (Named, Lines);
        var command = new Command("encode", """Reads lines such as {"text": …} from standard input and writes {"ids": […]} for each.""") { tokenizer, format };
        command.SetAction((parsed, cancel) =>
        {
            EncodeLines(Open(parsed.GetRequiredValue(tokenizer)), parsed.GetRequiredValue(format) == "jsonl", Console.OpenStandardInput(), Console.OpenStandardOutput(), cancel);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    /// <summary>Writes the ids of each line's text.</summary>
    /// <exception cref="PipelineException">A line is not what it should be; what came before it is written.</exception>
    internal static void EncodeLines(ITokenizer tokenizer, bool json, Stream input, Stream output, CancellationToken cancel)
    {
        var (lines, texts, ids) = (new TextLines(input), new JsonText(), new uint[1 << 12]);
        var written = new ArrayBufferWriter<byte>(1 << 17);
        while (lines.TryRead(out var line))
        {
            cancel.ThrowIfCancellationRequested();
            var found = true;
            var text = json ? texts.Of(line, out found) : line;
            if (!found)
            {
                output.Write(written.WrittenSpan);
                throw new PipelineException($$"""line {{lines.Number}}: expected JSON such as {"text": "…"}""");
            }
            if (ids.Length < tokenizer.MostTokens(text.Length))
                ids = new uint[tokenizer.MostTokens(text.Length) + (text.Length / 2)];
            Write(ids.AsSpan(0, tokenizer.Encode(text, ids)), json, written);
            if (written.WrittenCount < 1 << 16)
                continue;
            output.Write(written.WrittenSpan);
            written.ResetWrittenCount();
        }
        output.Write(written.WrittenSpan);
        output.Flush();
    }

    private static void Write(ReadOnlySpan<uint> ids, bool json, ArrayBufferWriter<byte> written)
    {
        const int mostDigits = 11;
        written.Write(json ? "{\"ids\":["u8 : default);
        var into = written.GetSpan((ids.Length * mostDigits) + 1);
        var count = 0;
        foreach (var id in ids)
        {
            if (count > 0)
                into[count++] = (byte)(json ? ',' : ' ');
            Utf8Formatter.TryFormat(id, into[count..], out var digits);
            count += digits;
        }
        written.Advance(count);
        written.Write(json ? "]}\n"u8 : "\n"u8);
    }

    private static Command Decode()
    {
        var (tokenizer, format) = (Named, Lines);
        var command = new Command("decode", """Reads lines such as {"ids": […]} from standard input and writes {"text": …} for each.""") { tokenizer, format };
        command.SetAction((parsed, cancel) =>
        {
            var opened = Open(parsed.GetRequiredValue(tokenizer));
            var json = parsed.GetRequiredValue(format) == "jsonl";
            return EachLine((line, number, output) =>
            {
                var ids = json ? IdsOf(line, number)
                    : [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => int.TryParse(word, out var id) ? id : throw new PipelineException($"line {number}: '{word}' is no id"))];
                if (ids.FindIndex(i => i < 0 || i >= opened.VocabularySize) is var wrong and >= 0)
                    throw new PipelineException($"line {number}: {opened.Name} has ids from 0 to {opened.VocabularySize - 1}, and not {ids[wrong]}");
                var text = opened.Decode(ids);
                output.Write(json ? JsonSerializer.Serialize(new { text }, s_line) : text);
            }, cancel);
        });
        return command;
    }

    private static Command Inspect()
    {
        var tokenizer = new Argument<string>("tokenizer") { Description = "A name or a file." };
        var text = new Option<string>("--text") { Description = "Shown token by token." };
        var format = CommandLine.Format;
        var command = new Command("inspect", "Says what a tokenizer is, and how it cuts a text.") { tokenizer, text, format };
        command.SetAction(parsed =>
        {
            var opened = Open(parsed.GetRequiredValue(tokenizer));
            var ids = new List<int>();
            if (parsed.GetValue(text) is { } shown)
                opened.Encode(shown, ids);
            var tokens = ids.Select(id => new { id, text = opened.Decode([id]) }).ToArray();
            if (parsed.GetRequiredValue(format) == "json")
            {
                CommandLine.WriteJson(new { name = opened.Name, sha256 = opened.Sha256, vocabularySize = opened.VocabularySize, endOfText = opened.EndOfText, tokens });
                return CommandLine.Done;
            }
            Console.Out.WriteLine($"{opened.Name}: {opened.VocabularySize:N0} ids ({(opened.VocabularySize <= 1 << 16 ? 2 : 4)} bytes each in a shard), {opened.EndOfText} ends a text, SHA-256 {opened.Sha256}");
            foreach (var token in tokens)
                Console.Out.WriteLine($"{token.id,8}  {JsonSerializer.Serialize(token.text, s_line)}");
            return CommandLine.Done;
        });
        return command;
    }

    private static Command Train()
    {
        var defaults = new BytePairTraining();
        var input = new Option<string[]>("--input") { Description = "Files: JSON lines with `text` (plain, gzip or zstd), document shards (.arrow), or .txt, each one text.", Required = true, AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--to") { Description = "The folder to write tokenizer.json and tokenizer.tiktoken to.", Required = true };
        var size = new Option<int>("--vocabulary-size") { Description = "Tokens, with the 256 bytes and without the end of text.", DefaultValueFactory = _ => defaults.VocabularySize };
        var pattern = new Option<string>("--pattern") { Description = "How text is cut before anything merges: cl100k_base, o200k_base or gpt2.", DefaultValueFactory = _ => defaults.Pattern };
        pattern.AcceptOnlyFromAmong("cl100k_base", "o200k_base", "gpt2");
        var least = new Option<long>("--min-count") { Description = "A pair seen less often never merges.", DefaultValueFactory = _ => defaults.MinCount };
        var longest = new Option<int>("--max-token-bytes") { Description = "A token has at most this many bytes.", DefaultValueFactory = _ => defaults.MaxTokenBytes };
        var threads = new Option<int>("--threads") { Description = "How many threads count; the result does not depend on it.", DefaultValueFactory = _ => defaults.Threads };
        var command = new Command("train", "Trains a byte-level BPE; the same texts give the same files, in whatever order.") { input, output, size, pattern, least, longest, threads };
        command.SetAction((parsed, cancel) =>
        {
            var inputs = parsed.GetRequiredValue(input);
            if (inputs.FirstOrDefault(i => !File.Exists(i)) is { } missing)
                throw new PipelineException($"--input: there is no file '{missing}'");
            var settings = new BytePairTraining
            {
                VocabularySize = parsed.GetValue(size),
                Pattern = parsed.GetRequiredValue(pattern),
                MinCount = parsed.GetValue(least),
                MaxTokenBytes = parsed.GetValue(longest),
                Threads = parsed.GetValue(threads),
            };
            var tokens = BytePairTrainer.Train(inputs.SelectMany(Texts), settings, cancel: cancel);
            var folder = Directory.CreateDirectory(parsed.GetRequiredValue(output)).FullName;
            Save(Path.Combine(folder, "tokenizer.json"), stream => TokenizerFiles.WriteJson(tokens, settings.Pattern, stream));
            Save(Path.Combine(folder, "tokenizer.tiktoken"), stream => TokenizerFiles.WriteRanks(tokens, stream));
            if (tokens.Count < settings.VocabularySize)
                Console.Error.WriteLine($"corpusforge: the texts have pairs for {tokens.Count:N0} tokens, not {settings.VocabularySize:N0}");
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static ITokenizer Open(string name)
    {
        try
        {
            return Tokenizers.Open(name);
        }
        catch (InputException e)
        {
            throw new PipelineException(e.Message);
        }
    }

    private static IEnumerable<string> Texts(string path) => path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? [File.ReadAllText(path)] : InputTexts.Of(path);

    private static void Save(string path, Action<Stream> write)
    {
        using (var stream = File.Create(path + ".tmp"))
            write(stream);
        File.Move(path + ".tmp", path, overwrite: true);
        var made = Tokenizers.Open(path);
        Console.Out.WriteLine($"Wrote {path} ({CommandLine.Size(new FileInfo(path).Length)}, SHA-256 {made.Sha256}): {made.VocabularySize:N0} ids, {made.EndOfText} ends a text.");
    }

    private static async Task<int> EachLine(Action<string, long, TextWriter> write, CancellationToken cancel)
    {
        using var lines = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 16);
        for (var number = 1L; await lines.ReadLineAsync(cancel) is { } line; number++)
        {
            write(line, number, output);
            await output.WriteAsync('\n');
        }
        return CommandLine.Done;
    }

    private static List<int> IdsOf(string line, long number) =>
        Parse(line, number, """{"ids": [1, 2]}""", root => root.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()).ToList());

    private static T Parse<T>(string line, long number, string such, Func<JsonElement, T?> read)
        where T : class
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (read(json.RootElement) is { } found)
                return found;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // Said below.
        }
        throw new PipelineException($"line {number}: expected JSON such as {such}");
    }
}
