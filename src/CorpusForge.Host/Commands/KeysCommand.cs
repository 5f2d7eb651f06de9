using System.CommandLine;
using CorpusForge.Host.Security;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`keys create|list|revoke`: who may use the service.</summary>
internal static class KeysCommand
{
    private static readonly Option<string> s_out = CommandLine.Out;
    private static readonly Option<string> s_format = CommandLine.Format;

    private static readonly Option<string> s_ledger = new("--ledger")
    {
        Description = "The service's database: a PostgreSQL connection string or URL, or an SQLite file; ledger.db in the output folder unless set.",
        DefaultValueFactory = _ => AppSettings.Current.Ledger,
    };

    public static Command Create() => new("keys", "Makes, lists and revokes the API keys of the service.") { CreateKey(), List(), Revoke() };

    private static Command CreateKey()
    {
        var name = new Argument<string>("name") { Description = "Whose key it is, or what for." };
        var scope = new Option<string>("--scope") { Description = "viewer sees, operator also starts and stops runs, administrator may do everything.", DefaultValueFactory = _ => "viewer" };
        scope.AcceptOnlyFromAmong([.. Enum.GetNames<Scope>().Select(n => n.ToLowerInvariant())]);
        name.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<string>() is not { Length: > 0 and <= 64 } text || text.Any(char.IsControl) || text.Trim() != text)
                r.AddError("name: 1 to 64 characters, no control characters");
        });
        var command = new Command("create", "Makes a key and prints it, once: only a hash of it is kept.") { name, scope, s_out, s_ledger, s_format };
        command.SetAction(parsed =>
        {
            var ledger = Open(parsed, create: true);
            var key = ApiKey.Create();
            var (whose, what) = (parsed.GetRequiredValue(name), parsed.GetRequiredValue(scope));
            ledger.AddKey(key.Id, whose, Convert.ToHexStringLower(key.Hash), what, Who);
            ledger.Audit(Who, "key.create", key.Id, $"{whose}, {what}");
            if (parsed.GetValue(s_format) == "json")
            {
                CommandLine.WriteJson(new { key.Id, Name = whose, Scope = what, Key = key.Text });
                return CommandLine.Done;
            }
            Console.Out.WriteLine(key.Text);
            Console.Error.WriteLine($"Key {key.Id} of {whose} ({what}). It is not shown again. Revoke it with `corpusforge keys revoke {key.Id}`.");
            return CommandLine.Done;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Lists the keys, revoked ones too.") { s_out, s_ledger, s_format };
        command.SetAction(parsed =>
        {
            var keys = Open(parsed).Keys().Select(k => new { k.Id, k.Name, k.Scope, k.Created, k.CreatedBy, k.LastUsed, k.Revoked }).ToArray();
            if (parsed.GetValue(s_format) == "json")
            {
                CommandLine.WriteJson(keys);
                return CommandLine.Done;
            }
            Console.Out.WriteLine($"{"id",-14} {"scope",-14} {"created",-25} {"last used",-25} {"revoked",-25} name");
            foreach (var k in keys)
                Console.Out.WriteLine($"{k.Id,-14} {k.Scope,-14} {k.Created,-25} {k.LastUsed ?? "-",-25} {k.Revoked ?? "-",-25} {k.Name}");
            return CommandLine.Done;
        });
        return command;
    }

    private static Command Revoke()
    {
        var id = new Argument<string>("id") { Description = "The id, as `keys list` shows it." };
        var command = new Command("revoke", "Ends a key for good; within a second nobody gets in with it.") { id, s_out, s_ledger };
        command.SetAction(parsed =>
        {
            var (ledger, which) = (Open(parsed), parsed.GetRequiredValue(id));
            if (ledger.Keys().FirstOrDefault(k => k.Id == which) is not { } key)
                throw new PipelineException($"there is no key '{which}'; `corpusforge keys list` shows those that there are");
            if (!ledger.RevokeKey(which))
                throw new PipelineException($"key {which} was revoked already, {key.Revoked}");
            ledger.Audit(Who, "key.revoke", which, key.Name);
            Console.Out.WriteLine($"Key {which} of {key.Name} is revoked.");
            return CommandLine.Done;
        });
        return command;
    }

    private static string Who => $"{Environment.UserName}@{Environment.MachineName}";

    private static Ledger Open(ParseResult parsed, bool create = false)
    {
        if (parsed.GetRequiredValue(s_ledger) is { Length: > 0 } address)
            return Ledger.Open(address, TimeProvider.System);
        var folder = parsed.GetRequiredValue(s_out);
        if (!create && !File.Exists(Path.Combine(folder, "ledger.db")))
            throw new PipelineException($"--out {folder}: nothing was started in this folder, and no key made (it has no ledger.db)");
        Directory.CreateDirectory(folder);
        return new Ledger(Path.Combine(folder, "ledger.db"), TimeProvider.System);
    }
}
