using System.Collections.Concurrent;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CorpusForge.Filter;
using CorpusForge.Settings;

namespace CorpusForge.Deduplicate;

/// <summary>Drops documents that hold items of evaluation sets, so that a model is not tested on what it has read.</summary>
/// <remarks>
/// <para>Brown et al. 2020 (GPT-3), appendix C: a run of <see cref="Ngram"/> words in common. An item with fewer words counts when all of
/// them occur in a row; one with fewer than <see cref="MinWords"/>, or fewer than four different ones, is too common to say anything.
/// Words are levelled as in deduplication: case, punctuation, accents and the value of numbers do not matter.</para>
/// <para>A line of a `.jsonl` file is an object of which every string, however deep, is an item (or those of <see cref="Fields"/>); of any other file, a
/// line is an item. Files may be compressed (`.gz`).</para>
/// </remarks>
public sealed record Decontaminate : IOpenable
{
    /// <summary>The evaluation sets. Their content is part of the digest.</summary>
    [Needed, OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Against { get; init; } = [];

    /// <summary>The fields of JSON Lines that are items; all strings when none is named.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>So many words in a row that an item also has are contamination.</summary>
    [Range(4, 100)]
    public int Ngram { get; init; } = 13;

    /// <summary>Items with fewer words are not looked for.</summary>
    [Range(1, 100)]
    public int MinWords { get; init; } = 6;

    /// <summary>How many different runs of words a document may share with longer items.</summary>
    [Range(0, int.MaxValue)]
    public int MaxShared { get; init; }

    public string? Problem(IReadOnlyList<PipelineSource> sources) => Against.Count == 0 ? "'against' names no evaluation set" : null;

    private static readonly ConditionalWeakTable<Decontaminate, Sets> s_sets = [];

    // A set that cannot be read, or says nothing, is known before anything runs.
    public string ModelDigest => Read().Digest;

    public IStep Open() => new Opened(this, [.. Read().Runs.OrderBy(r => r.Key).Select(r => (r.Key, r.Value))]);

    // The bytes are read whenever somebody asks whether they are still the same; what they say is looked for once.
    private Sets Read()
    {
        var digest = Digests.Of(string.Join('\n', Against.Select(f => Convert.ToHexStringLower(SHA256.HashData(Bytes(f))))));
        if (!s_sets.TryGetValue(this, out var sets) || sets.Digest != digest)
            s_sets.AddOrUpdate(this, sets = new Sets(digest, Runs()));
        return sets;
    }

    private Dictionary<int, HashSet<ulong>> Runs()
    {
        var runs = new Dictionary<int, HashSet<ulong>>();
        var words = new Shingler(Ngram);
        var met = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in Against.SelectMany(file => Items(file, met)))
        {
            var hashes = words.Words(item);
            var distinct = hashes.Length < Ngram ? hashes.ToArray().Distinct().Count() : 4;
            if (hashes.Length < Math.Min(MinWords, Ngram) || distinct < 4)
                continue;
            var length = Math.Min(hashes.Length, Ngram);
            if (!runs.TryGetValue(length, out var known))
                runs.Add(length, known = []);
            var window = new WordWindow(length);
            foreach (var hash in hashes)
            {
                if (window.Push(hash))
                    known.Add(window.Hash);
            }
        }
        if (met.Count > 0 && Fields.FirstOrDefault(f => !met.Contains(f)) is { } unknown)
            throw new PipelineException($"fields: no item of the evaluation sets has '{unknown}'{SettingsBinder.Nearest(unknown, met.Order(StringComparer.Ordinal))}");
        return runs.Count > 0 || Against.Count == 0
            ? runs
            : throw new PipelineException($"none of the evaluation sets {string.Join(", ", Against.Select(a => $"'{a}'"))} has an item of {Math.Min(MinWords, Ngram)} words, four of them different: nothing would be looked for");
    }

    private IEnumerable<string> Items(string file, HashSet<string> met)
    {
        var lines = Encoding.UTF8.GetString(Bytes(file)).TrimStart('\uFEFF').Split('\n');
        var name = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file;
        if (!name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
            return lines;
        return lines.Index().Where(l => l.Item.AsSpan().Trim().Length > 0).SelectMany(l => Strings(file, l.Index + 1, l.Item, met));
    }

    private List<string> Strings(string file, int line, string json, HashSet<string> met)
    {
        List<string> found = [];
        try
        {
            using var parsed = JsonDocument.Parse(json);
            Add(parsed.RootElement, Fields.Count == 0, found, met);
        }
        catch (JsonException e)
        {
            throw new PipelineException($"{file}:{line}: not JSON: {e.Message}");
        }
        return found;
    }

    private void Add(JsonElement element, bool asked, List<string> found, HashSet<string> met)
    {
        if (element.ValueKind == JsonValueKind.String && asked)
            found.Add(element.GetString()!);
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
                Add(item, asked, found, met);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
            {
                met.Add(property.Name);
                Add(property.Value, asked || Fields.Contains(property.Name), found, met);
            }
        }
    }

    private static byte[] Bytes(string file)
    {
        try
        {
            var bytes = File.ReadAllBytes(file);
            if (!file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
                return bytes;
            using var plain = new MemoryStream();
            using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            gzip.CopyTo(plain);
            return plain.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidDataException)
        {
            throw new PipelineException($"the evaluation set '{file}' cannot be read: {e.Message}");
        }
    }

    private sealed record Sets(string Digest, Dictionary<int, HashSet<ulong>> Runs);

    private sealed class Opened(Decontaminate settings, (int Length, HashSet<ulong> Known)[] runs) : IFilter
    {
        private readonly ConcurrentBag<Shingler> _idle = [];

        public Verdict Judge(TextView text)
        {
            var words = _idle.TryTake(out var idle) ? idle : new Shingler(settings.Ngram);
            var hashes = words.Words(text.Text);
            var items = 0;
            var shared = new HashSet<ulong>();
            foreach (var (length, known) in runs)
            {
                var window = new WordWindow(length);
                foreach (var hash in hashes)
                {
                    if (!window.Push(hash) || !known.Contains(window.Hash))
                        continue;
                    if (length < settings.Ngram)
                        items++;
                    else
                        shared.Add(window.Hash);
                }
            }
            _idle.Add(words);
            return text.Verdict.AtMost("evaluation-item", items, 0).AtMost("evaluation-ngrams", shared.Count, settings.MaxShared);
        }
    }
}
