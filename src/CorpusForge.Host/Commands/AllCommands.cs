using System.CommandLine;

namespace CorpusForge.Host.Commands;

/// <summary>The command line of the program.</summary>
internal static class AllCommands
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Builds the corpora that foundation models are pretrained on, and proves what is in them.")
        {
            RunCommand.Create(),
            ServeCommand.Create(),
            KeysCommand.Create(),
            WorkerCommand.Create(),
            PlanCommand.Create(),
            ValidateCommand.Create(),
            RunsCommand.Create(),
            UnitsCommand.Create(),
            LogsCommand.Create(),
            ScheduleCommand.Create(),
            BackfillCommand.Create(),
            StatsCommand.Create(),
            InspectCommand.Create(),
            ReplayCommand.Create(),
            CounterfactualCommand.Create(),
            LineageCommand.Create(),
            ExportCommand.Create(),
            TokenizerCommand.Create(),
            ClassifyCommand.Create(),
            ClassifierCommand.Create(),
            PerplexityCommand.Create(),
            TrainCommand.Create(),
            TrainCommand.CreateRank(),
            SampleCommand.Create(),
            ModelCommand.Create(),
            VerifyCommand.Create(),
            PruneCommand.Create(),
            TakedownCommand.Create(),
            BenchCommand.Create(),
            DoctorCommand.Create(),
            SchemaCommand.Create(),
        };
        foreach (var look in LookCommands.Create())
            root.Subcommands.Add(look);
        root.Options.First(o => o is VersionOption).Aliases.Add("-v");
        return root;
    }
}
