using Dapper;

namespace CorpusForge.Runs;

/// <summary>An API key as the ledger has it: never the key, only SHA-256 of it.</summary>
/// <remarks>The id is the public part of the key; the scope is viewer, operator or administrator.</remarks>
public sealed record KeyRow(string Id, string Name, string Hash, string Scope, string Created, string? CreatedBy, string? LastUsed, string? Revoked);

/// <summary>Who did what to what.</summary>
/// <remarks>Who is the name and id of a key, `local`, or an address; an action is written as `run.start`; numbers grow with time.</remarks>
public sealed record AuditRow(long Number, string At, string Who, string Action, string Target, string Detail);

/// <summary>What was answered to a request that carried an Idempotency-Key.</summary>
/// <remarks>The digest is that of the request: the same key with another request is a mistake. The status is null while the request is at work.</remarks>
public sealed record IdempotentRow(string Digest, long? Status, string? Body);

/// <summary>Keys, the audit trail, and answers to repeated requests.</summary>
public sealed partial class Ledger
{
    // Long enough for any request; a claim that is older was left by a process that died.
    private const long ClaimMilliseconds = 60_000;
    private const long KeepMilliseconds = 24 * 3600 * 1000L;

    public void AddKey(string id, string name, string hash, string scope, string createdBy) => Execute(
        $"INSERT INTO keys (id, name, hash, scope, created, createdBy) VALUES (@id, @name, @hash, @scope, {Now}, @createdBy) ON CONFLICT (id) DO NOTHING",
        new { id, name, hash, scope, createdBy });

    /// <summary>All keys, revoked ones too, oldest first.</summary>
    public IReadOnlyList<KeyRow> Keys() => Query<KeyRow>("SELECT id, name, hash, scope, created, createdBy, lastUsed, revoked FROM keys ORDER BY created, id");

    public void KeyUsed(string id) => Execute($"UPDATE keys SET lastUsed = {Now} WHERE id = @id", new { id });

    /// <summary>False when there is no such key, or it was revoked before.</summary>
    public bool RevokeKey(string id) => Execute($"UPDATE keys SET revoked = {Now} WHERE id = @id AND revoked IS NULL", new { id }) == 1;

    /// <summary>Records who did what, for good.</summary>
    public void Audit(string who, string action, string target, string detail = "") => Execute(
        $"INSERT INTO audit (at, who, action, target, detail) VALUES ({Now}, @who, @action, @target, @detail)", new { who, action, target, detail });

    /// <summary>The audit trail, newest first, from before a number on.</summary>
    public IReadOnlyList<AuditRow> AuditTrail(int limit, long before = long.MaxValue) => Query<AuditRow>(
        "SELECT number, at, who, action, target, detail FROM audit WHERE number < @before ORDER BY number DESC LIMIT @limit", new { before, limit });

    /// <summary>Claims a request: null when it is new, and it has to be answered or released; else what is known of it.</summary>
    public IdempotentRow? ClaimRequest(string key, string who, string digest) => InTransaction((db, transaction) =>
    {
        db.Execute($"DELETE FROM idempotency WHERE at < {Clock} - {KeepMilliseconds} OR (status IS NULL AND at < {Clock} - {ClaimMilliseconds})", transaction: transaction);
        var claimed = db.Execute(
            $"INSERT INTO idempotency (key, who, digest, at) VALUES (@key, @who, @digest, {Clock}) ON CONFLICT (key, who) DO NOTHING", new { key, who, digest }, transaction) == 1;
        return claimed ? null : db.QuerySingle<IdempotentRow>("SELECT digest, status, body FROM idempotency WHERE key = @key AND who = @who", new { key, who }, transaction);
    });

    public void AnswerRequest(string key, string who, int status, string body) =>
        Execute("UPDATE idempotency SET status = @status, body = @body WHERE key = @key AND who = @who", new { key, who, status, body });

    /// <summary>Forgets a request that failed, so that it can be repeated.</summary>
    public void ReleaseRequest(string key, string who) =>
        Execute("DELETE FROM idempotency WHERE key = @key AND who = @who AND status IS NULL", new { key, who });

    /// <summary>The keys that protect cookies, as XML, shared by all servers on this ledger.</summary>
    public IReadOnlyList<string> ProtectionKeys() => Query<string>("SELECT xml FROM protection ORDER BY id");

    public void AddProtectionKey(string id, string xml) =>
        Execute("INSERT INTO protection (id, xml) VALUES (@id, @xml) ON CONFLICT (id) DO UPDATE SET xml = @xml", new { id, xml });
}
