using System.CommandLine;

namespace CorpusForge.Host.Commands;

/// <summary>`validate`: checks a pipeline file and shows it with every setting at its resolved value.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var command = new Command("validate", "Checks a pipeline file: every error at once, with line and column.");
        var pipeline = new PipelineArguments(command);
        var format = CommandLine.Format;
        command.Options.Add(format);
        command.SetAction(parsed =>
        {
            var resolved = pipeline.Load(parsed);
            if (parsed.GetValue(format) == "json")
                CommandLine.WriteJson(PipelineFile.Describe(resolved));
            else
                Console.Out.WriteLine($"{pipeline.File(parsed)} is valid: {resolved.Name}, {string.Join(" + ", resolved.Sources.Select(s => s.Id))} → {string.Join(" → ", resolved.Stages.Select(s => s.Id))}");
            return CommandLine.Done;
        });
        return command;
    }
}
