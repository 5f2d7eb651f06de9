using CorpusForge.Filter.FastText;

namespace CorpusForge.Tests.Filter;

/// <summary>A fastText model trained here on made-up lines about animals and machines.</summary>
internal static class TinyModel
{
    private static readonly string[] s_animals = ["cat", "dog", "horse", "sparrow", "whale", "café-mouse", "лошадь", "ネコ"];
    private static readonly string[] s_machines = ["lathe", "engine", "pump", "crane", "turbine", "дизель", "ロボット", "press"];
    private static readonly string[] s_words = ["the", "a", "old", "runs", "stands", "near", "by", "quickly", "in", "garden"];
    private static readonly Lazy<string> s_path = new(() => Write(Train(new FastTextSettings { Dimension = 8, Epochs = 10, LearningRate = 0.5, WordNgrams = 2, MinCharacters = 2, MaxCharacters = 3, Buckets = 2000 })));

    public static string Path => s_path.Value;

    public static IReadOnlyList<(IReadOnlyList<string> Labels, string Text)> Lines(int count, ulong seed)
    {
        var random = new SplitMix64(seed);
        var lines = new List<(IReadOnlyList<string>, string)>();
        for (var i = 0; i < count; i++)
        {
            var animals = random.Next(2) == 0;
            var words = Enumerable.Range(0, 8).Select(_ => Pick(s_words, ref random)).ToList();
            words.Insert((int)random.Next(8), Pick(animals ? s_animals : s_machines, ref random));
            lines.Add(([animals ? "animals" : "machines"], string.Join(' ', words)));
        }
        return lines;
    }

    public static FastTextModel Train(FastTextSettings settings, int threads = 1) => FastTextTrainer.Train(settings, Lines(2000, 7), threads, seed: 1);

    public static string Write(FastTextModel model, string extension = ".bin", Action<FastTextModel, Stream>? write = null)
    {
        var path = System.IO.Path.Combine(Directory.CreateTempSubdirectory("corpusforge-fasttext-").FullName, "model" + extension);
        using var stream = File.Create(path);
        (write ?? FastTextFile.WriteDense)(model, stream);
        return path;
    }

    private static string Pick(string[] from, ref SplitMix64 random) => from[(int)random.Next((ulong)from.Length)];
}
