using System.Net;
using Markdig;

namespace CorpusForge.Host;

/// <summary>The project's documentation as a web site on loopback, which the quickstart crawls over HTTP.</summary>
/// <remarks>
/// Pipelines call it <see cref="HostName"/>: a name that is the same everywhere, so that URLs and document ids are too, while the port is
/// whichever is free.
/// </remarks>
internal sealed class DocsSite : IAsyncDisposable
{
    public const string HostName = "docs.corpusforge.localhost";

    private static readonly MarkdownPipeline s_markdown = new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers().UseFigures().Build();

    private static readonly Lazy<DocsSite> s_shared = new(() => Start(CancellationToken.None).GetAwaiter().GetResult());

    private readonly WebApplication _app;

    private DocsSite(WebApplication app) => _app = app;

    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Where the documentation lies beside the program.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "docs");

    /// <summary>Serves it for as long as the process lives where a pipeline names its host.</summary>
    public static void For(string yaml)
    {
        if (!IsNamedIn(yaml))
            return;
        var address = s_shared.Value.EndPoint;
        Crawl.CrawlStage.ConnectTo = host => host == HostName ? address : null;
    }

    public static bool IsNamedIn(string yaml) => yaml.Contains(HostName, StringComparison.Ordinal);

    public static async Task<DocsSite> Start(CancellationToken cancel)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.MapGet("/robots.txt", () => Results.Text("User-agent: *\nAllow: /\n"));
        app.MapGet("/{**path}", (string? path) => Serve(path ?? ""));
        var site = new DocsSite(app);
        await app.StartAsync(cancel);
        site.EndPoint = new IPEndPoint(IPAddress.Loopback, new Uri(app.Urls.First()).Port);
        return site;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static IResult Serve(string path)
    {
        var name = path.TrimEnd('/') is { Length: > 0 } named ? named : "index";
        var file = Path.GetFullPath(Path.Combine(Folder, name));
        if (!file.StartsWith(Folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            return Results.NotFound();
        if (name.EndsWith(".png", StringComparison.Ordinal) && File.Exists(file))
            return Results.File(file, "image/png");
        var page = Path.ChangeExtension(file, ".md");
        return File.Exists(page) ? Results.Content(Page(File.ReadAllText(page)), "text/html; charset=utf-8") : Results.NotFound();
    }

    /// <summary>A page of the site from Markdown; links to other pages lose their `.md`.</summary>
    internal static string Page(string markdown)
    {
        var title = WebUtility.HtmlEncode(markdown.Split('\n').FirstOrDefault(l => l.StartsWith("# ", StringComparison.Ordinal))?[2..] ?? "CorpusForge");
        var body = Markdown.ToHtml(markdown, s_markdown).Replace(".md\"", "\"", StringComparison.Ordinal).Replace(".md#", "#", StringComparison.Ordinal);
        return $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{title}}</title>
            <link rel="license" href="https://www.apache.org/licenses/LICENSE-2.0">
            <style>
            :root { color-scheme: light dark; --link: light-dark(#0b57d0, #8ab4f8); --line: light-dark(#ddd, #444); --code: light-dark(#f4f4f4, #222); }
            body { font: 16px/1.6 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 52rem; }
            a { color: var(--link); } nav { border-bottom: 1px solid var(--line); padding-bottom: .5rem; }
            pre, code { background: var(--code); border-radius: 4px; } code { padding: .1em .3em; } pre { padding: .8rem; overflow-x: auto; } pre code { padding: 0; }
            table { border-collapse: collapse; display: block; overflow-x: auto; } td, th { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
            img { max-width: 100%; } figure { margin: 1.5rem 0; } figcaption { font-size: .9em; opacity: .8; }
            </style>
            </head>
            <body>
            <nav><a href="/">CorpusForge documentation</a></nav>
            <main>
            {{body}}
            </main>
            </body>
            </html>
            """;
    }
}
