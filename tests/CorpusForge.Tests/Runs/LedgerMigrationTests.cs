using CorpusForge.Runs;
using CorpusForge.Servers;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace CorpusForge.Tests.Runs;

public sealed class LedgerMigrationTests : IDisposable
{
    // As version 0.1 made them.
    const string Unversioned =
        """
        CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, digest TEXT NOT NULL, file TEXT NOT NULL, yaml TEXT NOT NULL,
            overrides TEXT NOT NULL, maxDocuments INTEGER, state TEXT NOT NULL, created TEXT NOT NULL, finished TEXT, error TEXT);
        CREATE TABLE IF NOT EXISTS stages (run TEXT NOT NULL, stage INTEGER NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, folder TEXT NOT NULL,
            tally TEXT NOT NULL, root TEXT NOT NULL, PRIMARY KEY (run, stage));
        CREATE TABLE IF NOT EXISTS phases (run TEXT NOT NULL, stage INTEGER NOT NULL, phase INTEGER NOT NULL, name TEXT NOT NULL, queue TEXT NOT NULL,
            state TEXT NOT NULL, PRIMARY KEY (run, stage, phase));
        CREATE TABLE IF NOT EXISTS units (run TEXT NOT NULL, stage INTEGER NOT NULL, phase INTEGER NOT NULL, key TEXT NOT NULL, ordinal INTEGER NOT NULL,
            state TEXT NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, losses INTEGER NOT NULL DEFAULT 0,
            worker TEXT, error TEXT, inputs TEXT NOT NULL, payload TEXT NOT NULL, planned INTEGER NOT NULL, PRIMARY KEY (run, stage, phase, key));
        CREATE INDEX IF NOT EXISTS units_by_state ON units (run, stage, phase, state, ordinal);
        CREATE TABLE IF NOT EXISTS attempts (run TEXT NOT NULL, stage INTEGER NOT NULL, phase INTEGER NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL,
            worker TEXT NOT NULL, started TEXT NOT NULL, finished TEXT, outcome TEXT, error TEXT, PRIMARY KEY (run, stage, phase, key, attempt));
        CREATE TABLE IF NOT EXISTS events (run TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL);
        """;

    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-ledger-").FullName;

    string File => Path.Combine(_folder, "ledger.db");

    [Fact]
    public void A_ledger_without_a_version_keeps_everything_and_goes_on()
    {
        using (var db = new SqliteConnection($"Data Source={File}"))
        {
            db.Open();
            db.Execute(Unversioned);
            db.Execute(
                """
                INSERT INTO runs VALUES ('p-2', 'p', 'd', 'p.yaml', 'yaml', '[]', 5, 'running', '2026-01-01T00:00:00.000Z', NULL, NULL), ('p-10', 'p', 'd', 'p.yaml', '', '[]', NULL, 'done', '2025-01-01T00:00:00.000Z', '2025-01-02T00:00:00.000Z', NULL);
                INSERT INTO stages VALUES ('p-2', 0, 'read', 'd0', 'p/read-0', '{"in":3,"out":3}', 'root');
                INSERT INTO phases VALUES ('p-2', 0, 0, 'read', 'cpu', 'running'), ('p-2', 1, 0, 'none', 'cpu', 'done');
                INSERT INTO units (run, stage, phase, key, ordinal, state, attempt, failures, inputs, payload, planned) VALUES ('p-2', 0, 0, 'b', 1, 'pending', 4, 2, '[]', '{}', 1),
                    ('p-2', 0, 0, 'a', 0, 'done', 1, 0, '[]', '{}', 1), ('p-2', 0, 0, 'c', 2, 'quarantined', 3, 3, '[]', '{}', 1);
                INSERT INTO attempts VALUES ('p-2', 0, 0, 'a', 1, 'w', '2026-01-01T00:00:00.000Z', NULL, NULL, NULL);
                INSERT INTO events VALUES ('p-2', '2026-01-01T00:00:00.000Z', 'started', 'first'), ('p-2', '2025-01-01T00:00:00.000Z', 'stage', 'second');
                INSERT INTO files VALUES ('/f', 's', 'd');
                """);
        }
        var ledger = new Ledger(File, TimeProvider.System);
        Assert.Equal([("p-10", 2L, null), ("p-2", 1L, 5L)], ledger.Runs().Select(r => (r.Id, r.Number, r.MaxDocuments)));
        Assert.Equal(new PhaseCounts(3, 1, 1, 0, 1), ledger.Counts("p-2", 0, 0));
        Assert.Equal(new PhaseCounts(0, 0, 0, 0, 0), ledger.Counts("p-2", 1, 0));
        Assert.Equal(["a", "b", "c"], ledger.Units("p-2").Select(u => u.Key));
        Assert.Equal("read", Assert.Single(ledger.Stages("p-2")).Id);
        Assert.Equal(["first", "second"], ledger.Events("p-2").Select(e => e.Message));
        Assert.Equal("d", ledger.Find("/f", "s"));
        Assert.Equal(5, ledger.Take(new UnitId("p-2", 0, 0, "b"), "w"));
        Assert.True(ledger.Commit(new UnitId("p-2", 0, 0, "b"), 5));
        Assert.Equal("p-11", ledger.CreateRun(new Pipeline("p", 0, null, [], []), "d", "", "", "[]").Id);
        Assert.Equal(2, new Ledger(File, TimeProvider.System).Counts("p-2", 0, 0).Done);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Eight_at_once_make_the_tables_once(bool postgres)
    {
        var address = postgres ? PostgresServer.Shared.NewDatabase() : File;
        // A connection string of its own each, so that nothing is shared but the database.
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Ledger.Open(postgres ? $"{address};Application Name=w{i}" : address, TimeProvider.System));
        using var db = LedgerDatabase.Of(address).Open();
        Assert.Equal([LedgerSchema.Current], db.Query<int>("SELECT number FROM version"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_ledger_of_a_newer_version_is_refused(bool postgres)
    {
        var address = postgres ? PostgresServer.Shared.NewDatabase() : File;
        using (var db = Ledger.Open(address, TimeProvider.System).Database.Open())
            db.Execute("INSERT INTO version (number, applied) VALUES (999, 'later')");
        Assert.Contains("newer version (its schema is 999", Assert.Throws<PipelineException>(() => Ledger.Open(address, TimeProvider.System)).Message);
    }

    [Fact]
    public void A_url_is_the_same_as_a_connection_string()
    {
        var address = new NpgsqlConnectionStringBuilder(PostgresServer.Shared.NewDatabase());
        var url = $"postgresql://{address.Username}:{Uri.EscapeDataString(address.Password!)}@{address.Host}:{address.Port}/{address.Database}?sslmode=disable&application_name=x%20y";
        Ledger.Open(url, TimeProvider.System).Log("r", "kind", "message");
        Assert.Single(Ledger.Open(address.ToString(), TimeProvider.System).Events("r"));
    }

    [Theory]
    [InlineData("Host=h;Prot=5432;Password=hidden", "Prot")]
    [InlineData("postgresql://user:hidden@h/db?colour=red", "colour")]
    [InlineData("postgresql://user:hidden@h:99999/db", "port")]
    public void An_address_that_is_none_is_refused_without_its_password(string address, string part)
    {
        var error = Assert.Throws<PipelineException>(() => Ledger.Open(address, TimeProvider.System)).Message;
        Assert.Contains(part, error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("hidden", error);
    }

    [Theory]
    [InlineData("127.0.0.1", "1")]
    [InlineData("192.0.2.1", "5432")]
    public void A_database_that_is_down_at_the_start_is_an_error_within_ten_seconds(string host, string port)
    {
        var start = TimeProvider.System.GetTimestamp();
        var error = Assert.Throws<PipelineException>(() => Ledger.Open($"Host={host};Port={port};Database=d;Username=u;Password=hidden", TimeProvider.System)).Message;
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
        Assert.Contains($"PostgreSQL at {host}:{port}/d", error);
        Assert.DoesNotContain("hidden", error);
    }

    [Fact]
    public void A_wrong_password_is_an_error_at_once()
    {
        var address = new NpgsqlConnectionStringBuilder(PostgresServer.Shared.NewDatabase()) { Password = "wrong" };
        var start = TimeProvider.System.GetTimestamp();
        Assert.Contains("password authentication failed", Assert.Throws<PipelineException>(() => Ledger.Open(address.ToString(), TimeProvider.System)).Message);
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(4));
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
