using System.Collections.Frozen;

namespace CorpusForge.Crawl;

/// <summary>Product tokens by which robots.txt addresses those who gather pages for models.</summary>
/// <remarks>As their operators document them. Some name no crawler but a use of what another crawler brings (Google-Extended, Applebot-Extended).</remarks>
public static class AiAgents
{
    /// <summary>Of those who gather text or images to train models on.</summary>
    public static readonly FrozenSet<string> Training = new[]
    {
        "ai2bot", "ai2bot-dolma", "amazonbot", "anthropic-ai", "applebot-extended", "bytespider", "ccbot", "claudebot", "cohere-ai", "cohere-training-data-crawler", "diffbot",
        "facebookbot", "google-cloudvertexbot", "google-extended", "gptbot", "icc-crawler", "imagesiftbot", "img2dataset", "kangaroo", "meta-externalagent", "omgili", "omgilibot",
        "pangubot", "semrushbot-ocob", "timpibot", "velenpublicwebcrawler", "webzio-extended",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those, and whoever fetches pages to answer questions with.</summary>
    public static readonly FrozenSet<string> All = Training.Concat(
    [
        "chatgpt-user", "claude-searchbot", "claude-user", "claude-web", "duckassistbot", "meta-externalfetcher", "mistralai-user", "oai-searchbot", "perplexity-user", "perplexitybot", "petalbot", "youbot",
    ]).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
