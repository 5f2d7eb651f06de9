using CorpusForge.Filter;
using CorpusForge.Settings;

namespace CorpusForge.Deduplicate;

/// <summary>Drops the documents that people asked to be left out: by id, URL, domain or content, from a file that grows.</summary>
/// <remarks>
/// Lines of the file are `id:HEX`, `url:URL`, `domain:HOST` (and all hosts below it) or `sha256:HEX` of the text in UTF-8; see <see cref="ExclusionList"/>.
/// A survivor of deduplication goes with the URLs of the duplicates that joined it. `corpusforge takedown` applies the same file to a finished corpus.
/// </remarks>
public sealed record Exclude : IOpenable
{
    /// <summary>The file that lists them. Its content is part of the digest: a new line makes the stage run again.</summary>
    [Needed, OutsideDigest, Reaches(Reach.Inputs)]
    public string From { get; init; } = "";

    public int Version => 2;

    public string ModelDigest => ExclusionList.Open(From).Digest;

    public IStep Open() => new Opened(ExclusionList.Open(From));

    private sealed class Opened(ExclusionList list) : IFilter
    {
        public Verdict Judge(TextView text)
        {
            var rule = list.RuleFor(text.Document);
            return text.Verdict
                .Never(ExclusionList.IdRule, rule == ExclusionList.IdRule)
                .Never(ExclusionList.UrlRule, rule == ExclusionList.UrlRule)
                .Never(ExclusionList.DomainRule, rule == ExclusionList.DomainRule)
                .Never(ExclusionList.ContentRule, rule == ExclusionList.ContentRule);
        }
    }
}
