namespace CorpusForge.Host.Api;

/// <summary>The REST API under /api/v1.</summary>
internal static class Api
{
    public static void Add(WebApplicationBuilder builder, AppSettings settings)
    {
    }

    public static void Map(WebApplication app)
    {
    }
}
