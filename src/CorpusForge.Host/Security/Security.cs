using System.Threading.RateLimiting;
using CorpusForge.Runs;
using Hangfire;
using Hangfire.Dashboard;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace CorpusForge.Host.Security;

/// <summary>Who may do what over the network.</summary>
internal static class Security
{
    public static void Add(WebApplicationBuilder builder, AppSettings settings)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Guard.MaxBodyBytes;
        });
        var services = builder.Services;
        services.AddSingleton<KeyRing>();
        services.AddSingleton<SignInCookie>();
        services.AddSingleton<FailedAttempts>();
        services.AddSingleton<Reachable>();
        services.AddSingleton<Revocation>();
        services.AddHostedService(s => s.GetRequiredService<Revocation>());
        services.AddAuthentication(KeyAuthentication.Scheme).AddScheme<AuthenticationSchemeOptions, KeyAuthentication>(KeyAuthentication.Scheme, null);
        services.AddAuthorization();
        // After everybody else: a policy of one of these names means what it means here.
        services.PostConfigure<AuthorizationOptions>(Policy);
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = "corpusforge-form";
            o.Cookie.HttpOnly = true;
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddDataProtection().SetApplicationName("CorpusForge");
        services.AddOptions<KeyManagementOptions>().Configure<Ledger>((o, ledger) => o.XmlRepository = new ProtectionKeys(ledger));
        // That the ledger keeps them as they are is in docs/security.md.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        services.AddRateLimiter(o => Limit(o, settings.Requests));
        // What Hangfire's dashboard asks for; AddHangfire would bring a static storage with it.
        services.AddSingleton(DashboardRoutes.Routes);
        services.AddSingleton<IGlobalConfiguration>(GlobalConfiguration.Configuration);
        services.Configure<ForwardedHeadersOptions>(o => Trust(o, settings));
    }

    /// <summary>Before every endpoint.</summary>
    /// <exception cref="PipelineException">The service could be reached from elsewhere, and nobody has a key.</exception>
    public static void Use(WebApplication app)
    {
        var (reachable, ring) = (app.Services.GetRequiredService<Reachable>(), app.Services.GetRequiredService<KeyRing>());
        var settings = app.Services.GetRequiredService<AppSettings>();
        if (!reachable.OnlyLocally && !ring.HasKey)
            throw new PipelineException($"{settings.Listen} can be reached from other machines, and there is no API key: make one with `corpusforge keys create NAME --scope administrator`, or listen on http://127.0.0.1:8420");
        if (settings.Proxies.Count > 0)
            app.UseForwardedHeaders();
        app.Use(next => context => Guard.Headers(context, next));
        app.Use(next => Guard.Host(next, reachable));
        app.UseAuthentication();
        app.Use(next => context => Guard.CrossSite(context, next));
        app.UseRateLimiter();
        app.UseAuthorization();
        var revocation = app.Services.GetRequiredService<Revocation>();
        app.Use(next => context => revocation.Watch(context, next));
        SignInPage.Map(app);
        if (app.Services.GetService<JobStorage>() is { } storage)
        {
            app.MapHangfireDashboard("/hangfire", new DashboardOptions { Authorization = [new AdministratorsOnly()], DashboardTitle = "CorpusForge jobs", DisplayStorageConnectionString = false }, storage)
                .RequireAuthorization(Policies.Administrator);
        }
    }

    private static void Policy(AuthorizationOptions options)
    {
        foreach (var scope in Enum.GetValues<Scope>())
            options.AddPolicy(scope.ToString(), p => p.RequireAuthenticatedUser().RequireAssertion(c => c.User.Has(scope)));
        // What says nothing about itself may be looked at by viewers and changed by operators. A page's socket is opened by POST.
        options.FallbackPolicy = options.DefaultPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireAssertion(c =>
            c.User.Has(c.Resource is not HttpContext { Request: var request } || HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || request.Path.StartsWithSegments("/_blazor")
                ? Scope.Viewer : Scope.Operator)).Build();
    }

    // By themselves far above what a person or a script needs, and low enough that one client cannot keep the service busy.
    private static void Limit(Microsoft.AspNetCore.RateLimiting.RateLimiterOptions options, AppSettings.RateLimits limits)
    {
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            Guard.IsProbe(context.Request) ? RateLimitPartition.GetNoLimiter("probe")
            : context.User.Identity?.IsAuthenticated == true ? Bucket($"key {context.User.Who()}", burst: 5 * limits.PerKey, limits.PerKey)
            : Bucket($"address {FailedAttempts.AddressOf(context)}", burst: 10 * limits.PerAddress, limits.PerAddress));
        options.OnRejected = (context, _) => new ValueTask(Refusal.TooMany(
            context.HttpContext, context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1)));
    }

    private static RateLimitPartition<string> Bucket(string who, int burst, int perSecond) => RateLimitPartition.GetTokenBucketLimiter(
        who, _ => new TokenBucketRateLimiterOptions { TokenLimit = burst, TokensPerPeriod = perSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0 });

    private static void Trust(ForwardedHeadersOptions options, AppSettings settings)
    {
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in settings.Proxies)
        {
            if (IPNetwork.TryParse(proxy.Contains('/') ? proxy : proxy + (proxy.Contains(':') ? "/128" : "/32"), out var network))
                options.KnownIPNetworks.Add(network);
            else
                throw new PipelineException($"appsettings.json: Proxies: '{proxy}' is no address and no network such as 10.0.0.0/8");
        }
    }

    /// <summary>Hangfire's own filter lets every local request in, which behind a proxy is every request.</summary>
    private sealed class AdministratorsOnly : IDashboardAuthorizationFilter
    {
        public bool Authorize(DashboardContext context) => context.GetHttpContext().User.Has(Scope.Administrator);
    }
}
