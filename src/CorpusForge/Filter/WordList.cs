using System.Security.Cryptography;
using CorpusForge.Audit;
using CorpusForge.Settings;

namespace CorpusForge.Filter;

/// <summary>Drops documents with words of a list, such as the List of Dirty, Naughty, Obscene and Otherwise Bad Words that C4 used.</summary>
/// <remarks>
/// A file has one word or phrase a line, as LDNOOBW's do; whole words are compared without regard to case, and a phrase's words may be apart by spaces
/// and hyphens. Such a list knows neither who is spoken of nor in which voice, and drops what minorities write about themselves (Dodge et al. 2021,
/// arXiv:2104.08758); `toxicity` is the other way.
/// </remarks>
public sealed record WordList : IOpenable
{
    /// <summary>Files of words.</summary>
    [Needed, OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>So many of the words may stand in a text, each counted as often as it stands there.</summary>
    public int MaxMatches { get; init; }

    /// <summary>The share of the words of a text that may be on the list; a text must break this and the number to be dropped.</summary>
    [Range(0, 1)]
    public double MaxShare { get; init; }

    public Kinds For => Kinds.Text | Kinds.Caption;

    public string ModelDigest => string.Join('+', Files.Select(f => Convert.ToHexStringLower(SHA256.HashData(Read(f, File.ReadAllBytes)))));

    public IStep Open() => new Opened(this, new TermMatcher([[.. Files.SelectMany(f => Read(f, File.ReadAllLines)).Select(l => l.Trim()).Where(l => l.Any(char.IsLetterOrDigit))]]));

    private static T Read<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PipelineException($"the list '{path}' cannot be read: {e.Message}");
        }
    }

    private sealed class Opened(WordList settings, TermMatcher matcher) : IFilter
    {
        public Kinds For => settings.For;

        public Verdict Judge(TextView text)
        {
            Span<int> found = [0];
            matcher.Count(text.Text, found);
            var matches = (double)found[0] / Math.Max(1, text.WordCount) > settings.MaxShare ? found[0] : 0;
            return text.Verdict.AtMost("listed-words", matches, settings.MaxMatches);
        }
    }
}
