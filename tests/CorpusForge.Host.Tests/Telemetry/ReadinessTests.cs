using CorpusForge.Host.Telemetry;
using CorpusForge.Runs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace CorpusForge.Host.Tests.Telemetry;

/// <summary>What `/readyz` says when something does not answer, or answers badly.</summary>
public sealed class ReadinessTests
{
    readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Everything_that_is_wrong_is_named()
    {
        var readiness = new Readiness([new("good", () => { }), new("bad", () => throw new IOException("no such bucket\nstack")), new("worse", () => throw new InvalidOperationException("gone"))], _time);
        var answer = await readiness.Ask();
        Assert.False(answer.Ready);
        Assert.Equal(["bad=no such bucket", "good=ok", "worse=gone"], answer.Checks.Select(c => $"{c.Key}={c.Value}"));
    }

    [Fact]
    public async Task An_answer_serves_all_who_ask_within_a_second_and_no_longer()
    {
        var asked = 0;
        var readiness = new Readiness([new("counted", () => Interlocked.Increment(ref asked))], _time);
        Assert.True((await readiness.Ask()).Ready);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        await readiness.Ask();
        Assert.Equal(1, asked);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await readiness.Ask();
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task What_hangs_is_wrong_after_a_while_holds_one_thread_and_is_right_again_when_it_comes_back()
    {
        using var hang = new ManualResetEventSlim();
        using var entered = new SemaphoreSlim(0);
        var begun = 0;
        var readiness = new Readiness([new("slow", () =>
        {
            Interlocked.Increment(ref begun);
            entered.Release();
            hang.Wait();
        })], _time);
        var first = readiness.Ask();
        await entered.WaitAsync(TestContext.Current.CancellationToken);
        _time.Advance(Readiness.Patience);
        Assert.Equal("no answer within 3 s", (await first).Checks["slow"]);
        var second = readiness.Ask();
        _time.Advance(Readiness.Patience);
        Assert.False((await second).Ready);
        Assert.Equal(1, begun);
        hang.Set();
        _time.Advance(Readiness.Patience);
        Assert.True((await readiness.Ask()).Ready);
    }

    [Fact]
    public void A_storage_is_ready_when_it_can_be_written_and_nothing_is_left_there()
    {
        var folder = Directory.CreateTempSubdirectory("corpusforge-ready-").FullName;
        Readiness.Storage(new LocalStorage(folder), "p");
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        Directory.Delete(folder);
        File.WriteAllText(folder, "a file where the folder should be");
        Assert.ThrowsAny<IOException>(() => Readiness.Storage(new LocalStorage(folder), "p"));
        File.Delete(folder);
    }
}
