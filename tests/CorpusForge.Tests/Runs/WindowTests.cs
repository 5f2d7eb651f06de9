using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Runs;

/// <summary>How runs share what may be with the dispatcher.</summary>
public sealed class WindowTests
{
    readonly Window _window = new(queue => queue == Queues.Cpu ? new QueueLoad(5, 5) : new QueueLoad(1, 0));

    [Theory]
    [InlineData(100, 100, 10, 10)]
    [InlineData(3, 100, 3, 17)]
    [InlineData(100, 0, 20, 1)]
    [InlineData(0, 0, 1, 1)]
    public void Runs_of_one_priority_share_and_leave_what_they_do_not_want(int first, int second, int firstRoom, int secondRoom)
    {
        using var a = Join(0, first);
        using var b = Join(0, second);
        Assert.Equal((firstRoom, secondRoom), (a.Room, b.Room));
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(6, 14)]
    public void A_higher_priority_takes_what_it_wants_first(int wanted, int left)
    {
        using var low = Join(0, 100);
        using var high = Join(5, wanted);
        Assert.Equal((Math.Min(wanted, 20), left), (high.Room, low.Room));
    }

    [Fact]
    public void A_run_that_has_ended_leaves_its_part()
    {
        using var stays = Join(0, 100);
        Join(5, 100).Dispose();
        Assert.Equal(20, stays.Room);
    }

    [Fact]
    public void Queues_have_windows_of_their_own_with_room_before_the_first_worker_comes()
    {
        using var cpu = Join(9, 100);
        using var net = _window.Join(Queues.Net, 0);
        net.Wanted = 100;
        Assert.Equal(8, net.Room);
        Assert.True(_window.IsIdle(Queues.Net));
        Assert.False(_window.IsIdle(Queues.Cpu));
    }

    Window.Share Join(long priority, int wanted)
    {
        var share = _window.Join(Queues.Cpu, priority);
        share.Wanted = wanted;
        return share;
    }
}
