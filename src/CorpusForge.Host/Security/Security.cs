namespace CorpusForge.Host.Security;

/// <summary>Who may do what over the network.</summary>
internal static class Security
{
    public static void Add(WebApplicationBuilder builder, AppSettings settings)
    {
    }

    /// <summary>Before every endpoint.</summary>
    public static void Use(WebApplication app)
    {
    }
}
