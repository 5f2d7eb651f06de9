namespace CorpusForge.Runs;

/// <summary>What there is to work with on a queue.</summary>
/// <param name="Slots">Units that live workers can have at once.</param>
/// <param name="Running">Units that they have.</param>
public readonly record struct QueueLoad(int Slots, int Running);

/// <summary>How many units of each queue may be with the dispatcher, shared by the runs that a process coordinates.</summary>
/// <remarks>
/// The rest waits in the ledger, where it costs nothing and can be put in another order. A run of a higher priority takes what it wants
/// first; runs of the same priority share equally, and what one does not want goes to the others.
/// </remarks>
public sealed class Window(Func<string, QueueLoad> load)
{
    private const int UnitsPerSlot = 4;
    private const int MinSize = 8;

    private readonly Lock _lock = new();
    private readonly List<Share> _shares = [];

    /// <summary>A window over so many workers of this process, which are never idle for long.</summary>
    public Window(int slots)
        : this(_ => new QueueLoad(slots, slots))
    {
    }

    public int SizeOf(string queue) => Math.Max(MinSize, UnitsPerSlot * load(queue).Slots);

    /// <summary>Whether workers have nothing to do.</summary>
    public bool IsIdle(string queue) => load(queue) is var now && now.Running < now.Slots;

    /// <summary>Takes part until it is disposed.</summary>
    public Share Join(string queue, long priority)
    {
        var share = new Share(this, queue, priority) { Wanted = int.MaxValue };
        lock (_lock)
            _shares.Add(share);
        return share;
    }

    private int RoomOf(Share share)
    {
        lock (_lock)
        {
            long left = SizeOf(share.Queue);
            foreach (var equals in _shares.Where(s => s.Queue == share.Queue).GroupBy(s => s.Priority).OrderByDescending(g => g.Key))
            {
                var members = equals.OrderBy(s => s.Wanted).ToArray();
                for (var i = 0; i < members.Length; i++)
                {
                    // Rounded up: whoever waits gets something.
                    var room = Math.Min(members[i].Wanted, (left + members.Length - i - 1) / (members.Length - i));
                    if (members[i] == share)
                        return (int)Math.Max(room, Math.Min(1, left));
                    left -= room;
                }
            }
            return 0;
        }
    }

    /// <summary>The part of one phase of one run.</summary>
    public sealed class Share(Window window, string queue, long priority) : IDisposable
    {
        public string Queue => queue;
        public long Priority { get; set; } = priority;

        /// <summary>Units that wait, as of the last look.</summary>
        public int Wanted { get; set; }

        /// <summary>Units that may be with the dispatcher.</summary>
        public int Room => window.RoomOf(this);

        public void Dispose()
        {
            lock (window._lock)
                window._shares.Remove(this);
        }
    }
}
