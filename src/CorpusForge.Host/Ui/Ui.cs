using MudBlazor.Services;

namespace CorpusForge.Host.Ui;

/// <summary>The web pages: Blazor on the server, everything from this program, nothing from elsewhere.</summary>
internal static class Ui
{
    public static void Add(WebApplicationBuilder builder, AppSettings settings)
    {
        // Also from a build that was not published: its assets then lie in the sources and the package folder.
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents()
            // A pipeline file of 1 MiB comes in one message.
            .AddHubOptions(o => o.MaximumReceiveMessageSize = 4 << 20);
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddMudServices();
    }

    public static void Map(WebApplication app)
    {
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}
