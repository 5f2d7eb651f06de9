namespace CorpusForge.Runs;

/// <summary>The tables of the ledger and how older ones become these.</summary>
/// <remarks>
/// Times that people read are TEXT in ISO 8601, times that statements compare are BIGINT in milliseconds. A new version is one more
/// entry in <see cref="s_migrations"/>; entries that were released never change.
/// </remarks>
internal static class LedgerSchema
{
    /// <summary>0 is an empty database, 1 the tables before there was a version.</summary>
    public static int Current => s_migrations.Length + 1;

    /// <summary>What leads from a version to the current one.</summary>
    public static IEnumerable<string> From(long version) => version switch
    {
        0 => s_migrations,
        1 => [SetAside, s_migrations[0], TakeOver, .. s_migrations[1..]],
        _ => s_migrations.Skip((int)version - 1),
    };

    private static readonly string[] s_migrations =
    [
        """
        CREATE TABLE version (number BIGINT PRIMARY KEY, applied TEXT NOT NULL);

        CREATE TABLE runs (number {identity}, id {text} NOT NULL UNIQUE, pipeline {text} NOT NULL, digest TEXT NOT NULL, file TEXT NOT NULL,
            yaml TEXT NOT NULL, overrides TEXT NOT NULL, maxDocuments BIGINT, firstStage BIGINT NOT NULL DEFAULT 0, state TEXT NOT NULL,
            created TEXT NOT NULL, finished TEXT, error TEXT, priority BIGINT NOT NULL DEFAULT 0, coordinator TEXT, lease BIGINT,
            requestedBy TEXT, schedule {text});
        CREATE INDEX runs_by_state ON runs (state, number);
        CREATE INDEX runs_by_pipeline ON runs (pipeline, number);
        CREATE INDEX runs_by_schedule ON runs (schedule, number);

        CREATE TABLE stages (run {text} NOT NULL, stage BIGINT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, folder TEXT NOT NULL,
            tally TEXT NOT NULL, root TEXT NOT NULL, PRIMARY KEY (run, stage));

        CREATE TABLE phases (run {text} NOT NULL, stage BIGINT NOT NULL, phase BIGINT NOT NULL, name TEXT NOT NULL, queue TEXT NOT NULL,
            state TEXT NOT NULL, planned BIGINT NOT NULL DEFAULT 0, total BIGINT NOT NULL DEFAULT 0, done BIGINT NOT NULL DEFAULT 0,
            failed BIGINT NOT NULL DEFAULT 0, started BIGINT, finished BIGINT, PRIMARY KEY (run, stage, phase)){busy};

        CREATE TABLE units (run {text} NOT NULL, stage BIGINT NOT NULL, phase BIGINT NOT NULL, key {text} NOT NULL, ordinal BIGINT NOT NULL,
            place BIGINT NOT NULL, state TEXT NOT NULL, attempt BIGINT NOT NULL DEFAULT 0, failures BIGINT NOT NULL DEFAULT 0,
            losses BIGINT NOT NULL DEFAULT 0, worker {text}, started BIGINT, finished BIGINT, notBefore BIGINT NOT NULL DEFAULT 0,
            documents BIGINT, error TEXT, inputs TEXT NOT NULL, payload TEXT NOT NULL, planned BIGINT NOT NULL,
            PRIMARY KEY (run, stage, phase, key));
        CREATE INDEX units_in_order ON units (run, stage, phase, ordinal, state);
        CREATE INDEX units_by_state ON units (run, state, stage, phase, ordinal);
        CREATE INDEX units_waiting ON units (run, stage, phase, place) WHERE state = 'pending';
        CREATE INDEX units_finished ON units (run, stage, phase, finished) WHERE state = 'done';
        CREATE INDEX units_running ON units (worker) WHERE state = 'running';

        CREATE TABLE attempts (run {text} NOT NULL, stage BIGINT NOT NULL, phase BIGINT NOT NULL, key {text} NOT NULL, attempt BIGINT NOT NULL,
            worker TEXT NOT NULL, ticket TEXT, started TEXT NOT NULL, finished TEXT, outcome TEXT, error TEXT,
            PRIMARY KEY (run, stage, phase, key, attempt));

        CREATE TABLE tallies (run {text} NOT NULL, stage BIGINT NOT NULL, phase BIGINT NOT NULL, measure {text} NOT NULL, value BIGINT NOT NULL,
            PRIMARY KEY (run, stage, phase, measure)){busy};

        CREATE TABLE workers (id {text} PRIMARY KEY, host TEXT NOT NULL, pid BIGINT NOT NULL, queues TEXT NOT NULL, version TEXT NOT NULL,
            started BIGINT NOT NULL, heartbeat BIGINT NOT NULL, state TEXT NOT NULL){busy};

        CREATE TABLE schedules (id {text} PRIMARY KEY, name TEXT NOT NULL, file TEXT NOT NULL, yaml TEXT NOT NULL, settings TEXT NOT NULL,
            cron TEXT NOT NULL, zone TEXT NOT NULL, overlap TEXT NOT NULL, paused BIGINT NOT NULL DEFAULT 0, priority BIGINT NOT NULL DEFAULT 0,
            created TEXT NOT NULL, createdBy TEXT, lastRun TEXT, lastTime TEXT, lastError TEXT);

        CREATE TABLE keys (id {text} PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, scope TEXT NOT NULL, created TEXT NOT NULL,
            createdBy TEXT, lastUsed TEXT, revoked TEXT);
        CREATE TABLE audit (number {identity}, at TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL);
        CREATE TABLE idempotency (key {text} NOT NULL, who {text} NOT NULL, digest TEXT NOT NULL, status BIGINT, body TEXT, at BIGINT NOT NULL,
            PRIMARY KEY (key, who));

        CREATE TABLE events (number {identity}, run {text} NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, level TEXT NOT NULL DEFAULT 'information',
            message TEXT NOT NULL, stage BIGINT, phase BIGINT, key TEXT, attempt BIGINT, worker TEXT);
        CREATE INDEX events_by_run ON events (run, number);

        CREATE TABLE files (path {text} PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL);
        """,
        "CREATE TABLE protection (id {text} PRIMARY KEY, xml TEXT NOT NULL);",
        """
        CREATE TABLE backfills (number {identity}, file TEXT NOT NULL, yaml TEXT NOT NULL, settings TEXT NOT NULL, inputs TEXT NOT NULL,
            parallel BIGINT NOT NULL, priority BIGINT NOT NULL, created TEXT NOT NULL, createdBy TEXT, started BIGINT NOT NULL, ended TEXT, error TEXT);
        """,
        """
        CREATE TABLE crawls (key {text} PRIMARY KEY, run {text} NOT NULL, ended BIGINT, pages BIGINT NOT NULL DEFAULT 0, bytes BIGINT NOT NULL DEFAULT 0,
            spent BIGINT NOT NULL DEFAULT 0){busy};

        CREATE TABLE crawlHosts (crawl {text} NOT NULL, host {text} NOT NULL, domain {text} NOT NULL, share BIGINT NOT NULL, state TEXT NOT NULL DEFAULT 'open',
            token BIGINT NOT NULL DEFAULT 0, worker {text}, lease BIGINT NOT NULL DEFAULT 0, ready BIGINT NOT NULL DEFAULT 0, delay BIGINT NOT NULL DEFAULT 0,
            robots TEXT NOT NULL DEFAULT 'absent', backoffs BIGINT NOT NULL DEFAULT 0, pages BIGINT NOT NULL DEFAULT 0, bytes BIGINT NOT NULL DEFAULT 0,
            PRIMARY KEY (crawl, host)){busy};
        CREATE INDEX crawl_hosts_open ON crawlHosts (crawl, ready, host) WHERE state = 'open';
        CREATE INDEX crawl_hosts_by_domain ON crawlHosts (crawl, domain);

        CREATE TABLE crawlUrls (number {identity}, crawl {text} NOT NULL, url {text} NOT NULL, host {text} NOT NULL, sort {text} NOT NULL, shape {text} NOT NULL,
            kind TEXT NOT NULL, priority BIGINT NOT NULL, depth BIGINT NOT NULL, hops BIGINT NOT NULL, via TEXT, state TEXT NOT NULL DEFAULT 'pending',
            rule TEXT, status BIGINT, type TEXT, length BIGINT, digest {text}, proof TEXT,
            canonical TEXT, etag TEXT, modified TEXT, stamp TEXT, fetched BIGINT,
            record {bytes}, segment TEXT, place BIGINT, size BIGINT, head BIGINT, response BIGINT);
        CREATE UNIQUE INDEX crawl_urls_seen ON crawlUrls (crawl, url);
        CREATE INDEX crawl_urls_next ON crawlUrls (crawl, host, priority, depth, number) WHERE state = 'pending';
        CREATE INDEX crawl_urls_records ON crawlUrls (crawl, number) WHERE record IS NOT NULL;

        CREATE TABLE crawlShapes (crawl {text} NOT NULL, host {text} NOT NULL, shape {text} NOT NULL, pages BIGINT NOT NULL, repeats BIGINT NOT NULL,
            PRIMARY KEY (crawl, host, shape)){busy};
        CREATE TABLE crawlBodies (crawl {text} NOT NULL, host {text} NOT NULL, digest {text} NOT NULL, PRIMARY KEY (crawl, host, digest));

        CREATE TABLE crawlHistory (source {text} NOT NULL, url {text} NOT NULL, etag TEXT, modified TEXT, file TEXT NOT NULL, place BIGINT NOT NULL,
            size BIGINT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (source, url));
        """,
    ];

    private const string SetAside =
        """
        DROP INDEX units_by_state;
        ALTER TABLE runs RENAME TO old_runs;
        ALTER TABLE stages RENAME TO old_stages;
        ALTER TABLE phases RENAME TO old_phases;
        ALTER TABLE units RENAME TO old_units;
        ALTER TABLE attempts RENAME TO old_attempts;
        ALTER TABLE events RENAME TO old_events;
        ALTER TABLE files RENAME TO old_files;
        """;

    // Only SQLite files are so old.
    private const string TakeOver =
        """
        INSERT INTO runs (id, pipeline, digest, file, yaml, overrides, maxDocuments, state, created, finished, error)
            SELECT id, pipeline, digest, file, yaml, overrides, maxDocuments, state, created, finished, error FROM old_runs ORDER BY rowid;
        INSERT INTO stages SELECT run, stage, id, digest, folder, tally, root FROM old_stages;
        INSERT INTO units (run, stage, phase, key, ordinal, place, state, attempt, failures, losses, worker, error, inputs, payload, planned)
            SELECT run, stage, phase, key, ordinal, ordinal, state, attempt, failures, losses, worker, error, inputs, payload, 0 FROM old_units;
        INSERT INTO phases (run, stage, phase, name, queue, state, total, done, failed)
            SELECT p.run, p.stage, p.phase, p.name, p.queue, p.state, COUNT(u.key), COUNT(u.key) FILTER (WHERE u.state = 'done'),
                COUNT(u.key) FILTER (WHERE u.state IN ('failed', 'quarantined'))
            FROM old_phases p LEFT JOIN old_units u ON u.run = p.run AND u.stage = p.stage AND u.phase = p.phase GROUP BY p.run, p.stage, p.phase;
        INSERT INTO attempts (run, stage, phase, key, attempt, worker, started, finished, outcome, error)
            SELECT run, stage, phase, key, attempt, worker, started, finished, outcome, error FROM old_attempts;
        INSERT INTO events (run, at, kind, message) SELECT run, at, kind, message FROM old_events ORDER BY rowid;
        INSERT INTO files SELECT path, stamp, digest FROM old_files;
        DROP TABLE old_runs;
        DROP TABLE old_stages;
        DROP TABLE old_phases;
        DROP TABLE old_units;
        DROP TABLE old_attempts;
        DROP TABLE old_events;
        DROP TABLE old_files;
        """;
}
