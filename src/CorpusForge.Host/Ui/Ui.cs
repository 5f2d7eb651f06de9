namespace CorpusForge.Host.Ui;

/// <summary>The web pages.</summary>
internal static class Ui
{
    public static void Add(WebApplicationBuilder builder, AppSettings settings)
    {
    }

    public static void Map(WebApplication app)
    {
    }
}
