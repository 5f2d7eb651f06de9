using System.Globalization;

namespace CorpusForge.Host;

/// <summary>How many units of each queue a process works on at once.</summary>
internal sealed record QueueSlots(IReadOnlyDictionary<string, int> Slots)
{
    private static readonly string[] s_queues = [Queues.Cpu, Queues.Net, Queues.Gpu];

    /// <summary>All queues: so many on cpu, the others as `appsettings.json` says.</summary>
    public static QueueSlots Of(int cpu) => new(s_queues.ToDictionary(q => q, q => Default(q, cpu), StringComparer.Ordinal));

    /// <summary>Reads `cpu=4,net`; a queue without a number gets what `appsettings.json` says.</summary>
    /// <exception cref="PipelineException">It is something else.</exception>
    public static QueueSlots Parse(string text)
    {
        var slots = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var (name, number) = part.Split('=', 2) is [var n, var s] ? (n.Trim(), s.Trim()) : (part, null);
            if (!s_queues.Contains(name))
                throw new PipelineException($"--queues {text}: '{name}' is none of {string.Join(", ", s_queues)}");
            if (number is null)
                slots[name] = Default(name, CommandLine.DefaultWorkers);
            else if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 1024)
                slots[name] = count;
            else
                throw new PipelineException($"--queues {text}: {name} needs a number from 1 to 1024");
        }
        return new QueueSlots(slots);
    }

    public override string ToString() => string.Join(',', Slots.Select(s => $"{s.Key}={s.Value}"));

    private static int Default(string queue, int cpu) => queue switch
    {
        Queues.Cpu => cpu,
        Queues.Net => AppSettings.Current.Workers.Net is > 0 and var net ? net : 2 * cpu,
        _ => AppSettings.Current.Workers.Gpu,
    };
}
