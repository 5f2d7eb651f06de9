using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace CorpusForge.Benchmarks;

/// <summary>Runs the hot loops under BenchmarkDotNet: in this process, by CPU time, the best of three.</summary>
internal static class Kernels
{
    public static int Run(string[] filters)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithClock(new CpuClock()).WithWarmupCount(2).WithIterationCount(3);
        var config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddLogger(ConsoleLogger.Default)
            .AddExporter(MarkdownExporter.Console)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumn(TargetMethodColumn.Type, TargetMethodColumn.Method, StatisticColumn.Min, new Throughput())
            .AddColumnProvider(DefaultColumnProviders.Metrics)
            .WithOptions(ConfigOptions.JoinSummary);
        BenchmarkSwitcher.FromAssembly(typeof(Kernels).Assembly).Run(["--filter", .. filters.DefaultIfEmpty("*")], config);
        return 0;
    }

    /// <summary>User and system time of the process, so that others on the machine do not count.</summary>
    private sealed class CpuClock : IClock
    {
        public string Title => "CPU";
        public bool IsAvailable => true;
        public Frequency Frequency => new(TimeSpan.TicksPerSecond);

        public long GetTimestamp() => Environment.CpuUsage.TotalTime.Ticks;
    }

    /// <summary>Input bytes per CPU second at best.</summary>
    private sealed class Throughput : IColumn
    {
        public string Id => "Throughput";
        public string ColumnName => "MB/s";
        public string Legend => "Input bytes (10^6) per CPU second, best of three";
        public bool AlwaysShow => true;
        public ColumnCategory Category => ColumnCategory.Custom;
        public int PriorityInCategory => 0;
        public bool IsNumeric => true;
        public UnitType UnitType => UnitType.Dimensionless;

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => summary[benchmarkCase]?.ResultStatistics is { } figures
            ? (KernelInput.BytesOf(benchmarkCase.Descriptor.Type) * 1e3 / figures.Min).ToString("0.0", CultureInfo.InvariantCulture)
            : "?";

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
    }
}
