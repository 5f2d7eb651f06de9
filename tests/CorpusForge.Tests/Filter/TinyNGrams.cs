using CorpusForge.Filter.Perplexity;

namespace CorpusForge.Tests.Filter;

/// <summary>An n-gram model of two sentences, in a file that is written once a process.</summary>
internal static class TinyNGrams
{
    public static string Path { get; } = Write();

    private static string Write()
    {
        var trainer = new KneserNey(3);
        trainer.Add(["the", "mill", "stood", "by", "the", "river"]);
        trainer.Add(["the", "river", "ran", "by", "the", "mill"]);
        var path = System.IO.Path.Combine(Directory.CreateTempSubdirectory().FullName, "tiny.cfng");
        trainer.Train().Write(path);
        return path;
    }
}
