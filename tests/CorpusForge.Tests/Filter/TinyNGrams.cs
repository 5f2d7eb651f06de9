using CorpusForge.Filter.Perplexity;

namespace CorpusForge.Tests.Filter;

/// <summary>An n-gram model of two sentences, in a file that is written once a process.</summary>
internal static class TinyNGrams
{
    public static string Path { get; } = Write();

    private static string Write()
    {
        var path = System.IO.Path.Combine(Directory.CreateTempSubdirectory().FullName, "tiny.cfng");
        Train(path, 3, 1 << 20, ["the mill stood by the river", "the river ran by the mill"]);
        return path;
    }

    public static void Train(string path, int order, long memoryBytes, IEnumerable<string> sentences)
    {
        using var trainer = new KneserNey(order, memoryBytes, $"{path}.work");
        foreach (var sentence in sentences)
        {
            foreach (var word in sentence.Split(' '))
                trainer.AddWord(word);
            trainer.EndSentence();
        }
        trainer.Write(path, default);
    }
}
