using System.Diagnostics;
using Microsoft.Playwright;
using Xunit;

namespace CorpusForge.Host.Tests.Ui;

/// <summary>The web pages in a real Chromium: whole at every width and in both themes, usable by keyboard, quick over 100,000 units.</summary>
public sealed class PagesTests(UiServer server) : IClassFixture<UiServer>
{
    // What a page must not do, whatever is on it; each line names the element that is wrong.
    private const string Check =
        """
        () => {
          const wrong = [];
          const say = (e, what) => wrong.push(`${what}: ${e.outerHTML.slice(0, 160)}`);
          const seen = e => e.getClientRects().length > 0;
          const doc = document.documentElement;
          if (doc.scrollWidth > doc.clientWidth) {
            wrong.push(`the page is ${doc.scrollWidth} wide in ${doc.clientWidth}`);
            for (const e of document.querySelectorAll('main *')) if (e.getBoundingClientRect().right > doc.clientWidth + 1 && !e.closest('.scroll, .tabs')) say(e, 'too wide');
          }
          if (document.querySelectorAll('h1').length !== 1) wrong.push(`${document.querySelectorAll('h1').length} h1`);
          if (document.querySelectorAll('main').length !== 1) wrong.push('not one main');
          if (!document.title.includes('CorpusForge') || !doc.lang) wrong.push('no title or language');
          let level = 1;
          for (const h of document.querySelectorAll('main h1, main h2, main h3, main h4')) { const n = +h.tagName[1]; if (n > level + 1) say(h, `from h${level} to`); level = n; }
          for (const e of document.querySelectorAll('button, a[href], [role=button]')) {
            const name = e.getAttribute('aria-label') || e.textContent.trim() || e.title || e.querySelector('img')?.alt;
            if (seen(e) && !name) say(e, 'no name');
          }
          for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea')) if (seen(e) && !e.labels?.length && !e.getAttribute('aria-label')) say(e, 'no label');
          for (const e of document.querySelectorAll('img')) if (!e.hasAttribute('alt')) say(e, 'no alt');
          for (const e of document.querySelectorAll('svg:not([aria-hidden=true])')) if (!e.closest('[aria-hidden=true]') && e.getAttribute('role') !== 'img' && !e.closest('button, a, label, .state')) say(e, 'a drawing that says nothing');
          for (const e of document.querySelectorAll('table')) if (!e.querySelector('th[scope]')) say(e, 'no headers');
          for (const e of document.querySelectorAll('main div, main section, main pre')) if (seen(e) && e.scrollWidth > e.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.tabIndex < 0) say(e, 'scrolls but not by keyboard');
          const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
          for (const id of new Set(ids)) if (ids.filter(i => i === id).length > 1) wrong.push(`two elements are ${id}`);
          const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
          const rgb = s => { const m = s.match(/[\d.]+/g)?.map(Number); return m && (m[3] ?? 1) > .99 ? m.slice(0, 3) : null; };
          for (const e of document.querySelectorAll('main *, nav *, header *')) {
            if (!seen(e) || e.closest('svg, [disabled]') || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
            let at = e, back = null;
            while (at && !(back = rgb(getComputedStyle(at).backgroundColor))) at = at.parentElement;
            const fore = rgb(getComputedStyle(e).color);
            if (!back || !fore) continue;
            const [a, b] = [light(fore), light(back)].sort((x, y) => y - x);
            if ((a + .05) / (b + .05) < 4.5) say(e, `contrast ${((a + .05) / (b + .05)).toFixed(2)}`);
          }
          return wrong.slice(0, 12);
        }
        """;

    private const string InDialog = "!!document.activeElement.closest('[role=dialog], .mud-dialog-container')";

    public static readonly string[] Pages =
    [
        "", "runs", "runs?state=failed", "runs/new", "runs/small-1", "runs/small-1/units", "runs/small-1/events", "runs/small-1/clusters", "runs/small-1/crawl", "runs/small-1/training",
        "runs/small-1/pipeline", "runs/small-1/compare", "runs/big-1", "runs/big-1/units", "runs/big-1/units?stage=0&phase=0&state=failed", "runs/nothing", "compare?a=small-1&b=small-2",
        "runs/going-1", "runs/going-1/units?stage=0&phase=0&state=running", "runs/web-1", "runs/web-1/crawl", "runs/web-1/training",
        "datasets", "lineage", "schedules", "schedules/new", "schedules/nightly", "backfills", "backfills/new", "backfills/1", "events", "workers", "audit", "nowhere",
    ];

    [Theory]
    [InlineData(1400, ColorScheme.Light)]
    [InlineData(1400, ColorScheme.Dark)]
    [InlineData(400, ColorScheme.Light)]
    [InlineData(400, ColorScheme.Dark)]
    public async Task Every_page_is_whole(int width, ColorScheme scheme)
    {
        await using var context = await Context(width, scheme);
        var page = await context.NewPageAsync();
        var said = Listen(page);
        var wrong = new List<string>();
        foreach (var path in (string[])[.. Pages, await FirstUnit(page), await FirstCluster(page), await FirstLineage(page)])
        {
            await Open(page, path);
            wrong.AddRange((await page.EvaluateAsync<string[]>(Check)).Select(w => $"/{path} {w}"));
            await Keep(page, $"{(path.Length == 0 ? "overview" : path.Replace('/', '-').Split('?')[0])}{(path.Contains("state=", StringComparison.Ordinal) ? "-failed" : "")}-{width}-{scheme}");
        }
        Assert.Empty(wrong);
        Assert.Empty(said);
    }

    [Fact]
    public async Task A_run_is_started_and_cancelled_by_keyboard_alone()
    {
        await using var context = await Context(1400, ColorScheme.Light);
        var page = await context.NewPageAsync();
        await Open(page, "");
        await TabTo(page, "New run");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/runs/new");
        await TabTo(page, "Pipeline", tag: "TEXTAREA");
        await page.Keyboard.InsertTextAsync(server.Yaml("keys", "many"));
        await TabTo(page, "Start run");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/runs/keys-*");
        await page.GetByRole(AriaRole.Heading, new() { Level = 1 }).WaitForAsync();
        await TabTo(page, "Cancel run");
        await page.Keyboard.PressAsync("Enter");
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.WaitForAsync();
        await page.WaitForFunctionAsync($"() => {InDialog}");
        // The focus stays in the dialog however often Tab is pressed.
        for (var i = 0; i < 8; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            Assert.True(await page.EvaluateAsync<bool>($"() => {InDialog}"), await Focused(page));
        }
        await TabTo(page, "Cancel");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".head .state-cancelling, .head .state-cancelled").WaitForAsync();
    }

    [Fact]
    public async Task Problems_of_a_pipeline_are_shown_with_their_places()
    {
        await using var context = await Context(1400, ColorScheme.Light);
        var page = await context.NewPageAsync();
        await Open(page, "runs/new");
        await page.GetByLabel("Pipeline", new() { Exact = true }).FillAsync("name: wrong\nsources:\n  - jsonl: { paths: [in/*.jsonl] }\nstages:\n  - filter: { steps: [gopher-qality] }\n");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start run" }).ClickAsync();
        var problem = page.Locator(".problems li", new() { HasText = "gopher-qality" });
        await problem.WaitForAsync();
        Assert.Contains("line 5", await problem.TextContentAsync(), StringComparison.Ordinal);
        await problem.GetByRole(AriaRole.Button).ClickAsync();
        Assert.StartsWith("gopher-qality", await page.EvaluateAsync<string>("() => { const t = document.getElementById('yaml'); return t.value.slice(t.selectionStart); }"), StringComparison.Ordinal);
        await Keep(page, "problems");
    }

    [Fact]
    public async Task The_theme_is_kept_and_cells_are_walked_by_arrows()
    {
        await using var context = await Context(1400, ColorScheme.Light);
        var page = await context.NewPageAsync();
        await Open(page, "runs/big-1/units");
        await page.GetByRole(AriaRole.Button, new() { Name = "Switch between light and dark" }).ClickAsync();
        await page.ReloadAsync();
        Assert.Equal("dark", await page.EvaluateAsync<string>("() => document.documentElement.dataset.theme"));

        var cells = page.Locator(".cells button");
        await Interactive(page);
        await cells.First.FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        var second = await page.EvaluateAsync<string>("() => document.activeElement.title");
        Assert.Equal("Units 168 to 334: 167 done", second);
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Units 168 to 334" }).WaitForAsync();
        Assert.Equal(167, await page.Locator("table.list tbody tr").CountAsync());
        Assert.Equal(1, await page.EvaluateAsync<int>("() => document.querySelectorAll('.cells [tabindex=\"0\"]').length"));
        // Failures are told by more than a colour.
        Assert.Equal(3, await page.Locator(".cells button.bad[title*=failed]").CountAsync());
    }

    [Fact]
    public async Task Pages_say_that_the_database_is_down_and_go_on_when_it_is_back()
    {
        await using var context = await Context(1400, ColorScheme.Light);
        var page = await context.NewPageAsync();
        await Open(page, "runs");
        await Interactive(page);
        await using (var db = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={server.Ledger}"))
        {
            await db.OpenAsync();
            await Rename(db, "runs", "hidden");
            await page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "database does not answer" }).WaitForAsync();
            Assert.True(await page.Locator("table.list tbody tr").CountAsync() > 0, "what was shown last stays");
            await Keep(page, "down");
            await Rename(db, "hidden", "runs");
        }
        await page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "database does not answer" }).WaitForAsync(new() { State = WaitForSelectorState.Hidden });
    }

    [Fact]
    public async Task A_viewer_signs_in_and_is_offered_nothing_that_changes_anything()
    {
        using var program = new ProgramRun();
        var (code, key, error) = program.Run("keys", "create", "vera", "--scope", "viewer", "--ledger", Path.Combine(Directory.CreateDirectory(program.Out).FullName, "ledger.db"));
        Assert.True(code == 0, error);
        var (serve, address) = await UiServer.Serve(program);
        using var _ = serve;
        try
        {
            await using var context = await server.Browser.NewContextAsync(new() { BaseURL = address });
            var page = await context.NewPageAsync();
            await page.GotoAsync("/runs");
            await page.GetByLabel("API key").FillAsync(key.Trim());
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await page.GetByRole(AriaRole.Heading, new() { Name = "Runs", Exact = true }).WaitForAsync();
            await Interactive(page);
            Assert.Equal(0, await page.GetByText("New run").CountAsync());
            Assert.Equal(0, await page.GetByRole(AriaRole.Link, new() { Name = "Audit trail" }).CountAsync());
            Assert.Equal(403, (await page.GotoAsync("/runs/new"))!.Status);
            Assert.Equal(403, (await page.GotoAsync("/audit"))!.Status);
            await Open(page, "");
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
            await page.GetByLabel("API key").WaitForAsync();
        }
        finally
        {
            serve.Kill(entireProcessTree: true);
            await serve.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Nothing_comes_from_elsewhere()
    {
        await using var context = await Context(1400, ColorScheme.Light);
        var page = await context.NewPageAsync();
        var asked = new List<string>();
        page.Request += (_, r) => asked.Add(r.Url);
        foreach (var path in Pages.Take(6))
            await Open(page, path);
        Assert.NotEmpty(asked);
        Assert.All(asked, url => Assert.True(url.StartsWith(server.Address, StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal), url));
    }

    [Fact]
    public async Task Pages_answer_quickly_over_a_hundred_thousand_units()
    {
        using var http = new HttpClient { BaseAddress = new Uri(server.Address) };
        foreach (var path in (string[])["", "runs", "runs/big-1", "runs/big-1/units", "runs/big-1/units?stage=0&phase=0&state=failed", "runs/big-1/units?stage=0&phase=0&state=pending", "runs/big-1/events", $"runs/big-1/units/0/0/{UiServer.Key(61_300)}", "datasets", "workers"])
        {
            Assert.Contains("<h1", await http.GetStringAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
            var times = new List<double>();
            for (var i = 0; i < 7; i++)
            {
                var watch = Stopwatch.StartNew();
                await http.GetStringAsync(path, TestContext.Current.CancellationToken);
                times.Add(watch.Elapsed.TotalMilliseconds);
            }
            times.Sort();
            TestContext.Current.TestOutputHelper?.WriteLine($"/{path}: best {times[0]:0} ms, median {times[3]:0} ms, worst {times[^1]:0} ms");
            // 200 ms on a machine that does nothing else; on a busy one the best of seven says most.
            Assert.True(times[0] < 1000, $"/{path} took {times[0]:0} ms");
        }
    }

    private async Task<IBrowserContext> Context(int width, ColorScheme scheme)
    {
        var context = await server.Browser.NewContextAsync(new() { BaseURL = server.Address, ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 }, ReducedMotion = ReducedMotion.Reduce });
        context.SetDefaultTimeout(60_000);
        return context;
    }

    private static List<string> Listen(IPage page)
    {
        var said = new List<string>();
        // The browser itself reports the answer 404 of the pages that are not there.
        page.Console += (_, m) => { if (m.Type is "error" or "warning" && !m.Text.Contains("404", StringComparison.Ordinal)) said.Add($"{page.Url}: {m.Text}"); };
        page.PageError += (_, e) => said.Add($"{page.Url}: {e}");
        return said;
    }

    private static async Task Open(IPage page, string path)
    {
        await page.GotoAsync("/" + path);
        await page.Locator("h1").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        if (await page.Locator("[role=status]", new() { HasText = "…" }).CountAsync() > 0)
            await page.Locator("[role=status]", new() { HasText = "…" }).First.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await Interactive(page);
    }

    private static async Task Interactive(IPage page) => await page.WaitForFunctionAsync("() => document.querySelector('main')?.dataset.live === 'true'");

    private static async Task TabTo(IPage page, string name, string? tag = null)
    {
        for (var i = 0; i < 60; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<bool>(
                "([name, tag]) => { const e = document.activeElement; const n = (e.labels?.[0]?.textContent ?? e.getAttribute('aria-label') ?? e.textContent).trim(); return n === name && (!tag || e.tagName === tag); }", new[] { name, tag }))
                return;
        }
        Assert.Fail($"Tab never came to '{name}'");
    }

    private static Task<string> Focused(IPage page) => page.EvaluateAsync<string>("() => document.activeElement.outerHTML.slice(0, 200)");

    private static async Task<string> FirstUnit(IPage page)
    {
        await Open(page, "runs/small-1/units?stage=1&phase=0");
        return await page.Locator("table.list tbody a").First.GetAttributeAsync("href") ?? "";
    }

    private static async Task<string> FirstCluster(IPage page)
    {
        await Open(page, "runs/small-1/clusters");
        return await page.Locator("table.list tbody a").First.GetAttributeAsync("href") ?? "";
    }

    private static async Task<string> FirstLineage(IPage page)
    {
        await Open(page, await FirstUnit(page));
        return await page.Locator(".document header a").First.GetAttributeAsync("href") ?? "";
    }

    private static async Task Rename(Microsoft.Data.Sqlite.SqliteConnection db, string from, string to)
    {
        await using var command = db.CreateCommand();
        command.CommandText = $"ALTER TABLE {from} RENAME TO {to}";
        await command.ExecuteNonQueryAsync();
    }

    // Pictures for people to look at, where they are asked for.
    private static async Task Keep(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("CORPUSFORGE_PICTURES") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }
}
