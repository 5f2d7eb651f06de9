using CorpusForge.Runs;
using CorpusForge.Servers;
using Dapper;
using Xunit;

namespace CorpusForge.Tests.Runs;

public sealed class SqliteLedgerAccessTests() : LedgerAccessTests(new SqliteDatabase(Path.Combine(Directory.CreateTempSubdirectory("corpusforge-access-").FullName, "ledger.db")));

public sealed class PostgresLedgerAccessTests() : LedgerAccessTests(new PostgresDatabase(PostgresServer.Shared.NewDatabase()));

public abstract class LedgerAccessTests(LedgerDatabase database)
{
    private readonly Ledger _ledger = new(database, TimeProvider.System);

    [Fact]
    public void A_key_is_used_and_revoked_once()
    {
        _ledger.AddKey("a", "ci", new string('0', 64), "operator", "root@here");
        _ledger.AddKey("b", "ada", new string('1', 64), "viewer", "root@here");
        // Repeated after a fault of the connection: the first one stays.
        _ledger.AddKey("a", "other", new string('2', 64), "administrator", "root@here");
        var key = _ledger.Keys().Single(k => k.Id == "a");
        Assert.Equal(("ci", new string('0', 64), "operator", "root@here", null, null), (key.Name, key.Hash, key.Scope, key.CreatedBy, key.LastUsed, key.Revoked));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", key.Created);
        _ledger.KeyUsed("a");
        Assert.NotNull(_ledger.Keys().Single(k => k.Id == "a").LastUsed);
        Assert.True(_ledger.RevokeKey("a"));
        Assert.False(_ledger.RevokeKey("a"));
        Assert.False(_ledger.RevokeKey("nothing"));
        Assert.NotNull(_ledger.Keys().Single(k => k.Id == "a").Revoked);
        Assert.Null(_ledger.Keys().Single(k => k.Id == "b").Revoked);
    }

    [Fact]
    public void The_audit_trail_is_read_backwards_page_by_page()
    {
        for (var i = 1; i <= 5; i++)
            _ledger.Audit("ada (b)", "run.start", $"p-{i}", "p.yaml; '\"\\ ü");
        var newest = _ledger.AuditTrail(2);
        Assert.Equal(["p-5", "p-4"], newest.Select(r => r.Target));
        Assert.Equal("p.yaml; '\"\\ ü", newest[0].Detail);
        Assert.Equal(["p-3", "p-2"], _ledger.AuditTrail(2, newest[^1].Number).Select(r => r.Target));
        Assert.Empty(_ledger.AuditTrail(2, 0));
    }

    [Fact]
    public void A_request_is_claimed_once_answered_and_forgotten_after_a_day()
    {
        Assert.Null(_ledger.ClaimRequest("k", "ada", "d1"));
        Assert.Equal(new IdempotentRow("d1", null, null), _ledger.ClaimRequest("k", "ada", "d2"));
        Assert.Null(_ledger.ClaimRequest("k", "bob", "d3"));
        _ledger.AnswerRequest("k", "ada", 201, "{}");
        Assert.Equal(new IdempotentRow("d1", 201, "{}"), _ledger.ClaimRequest("k", "ada", "d1"));
        // What is answered is not released, what is not is.
        _ledger.ReleaseRequest("k", "ada");
        Assert.NotNull(_ledger.ClaimRequest("k", "ada", "d1"));
        _ledger.ReleaseRequest("k", "bob");
        Assert.Null(_ledger.ClaimRequest("k", "bob", "d4"));
        // A process died over it two minutes ago.
        Age(120_000);
        Assert.Null(_ledger.ClaimRequest("k", "bob", "d5"));
        Assert.NotNull(_ledger.ClaimRequest("k", "ada", "d1"));
        Age(24 * 3600 * 1000L);
        Assert.Null(_ledger.ClaimRequest("k", "ada", "d6"));
    }

    [Fact]
    public void Many_at_once_claim_a_request_for_one_of_them()
    {
        var claimed = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            if (_ledger.ClaimRequest("same", "ada", $"{i}") is null)
                Interlocked.Increment(ref claimed);
        });
        Assert.Equal(1, claimed);
    }

    [Fact]
    public void Keys_of_cookies_are_kept_under_their_names()
    {
        _ledger.AddProtectionKey("key-1", "<a/>");
        _ledger.AddProtectionKey("key-1", "<b/>");
        _ledger.AddProtectionKey("key-2", "<c/>");
        Assert.Equal(["<b/>", "<c/>"], _ledger.ProtectionKeys());
    }

    private void Age(long milliseconds)
    {
        using var db = database.Open();
        db.Execute($"UPDATE idempotency SET at = at - {milliseconds}");
    }
}
