using CorpusForge.Runs;
using Hangfire;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.Redis.StackExchange;
using StackExchange.Redis;

namespace CorpusForge.Host;

/// <summary>Where Hangfire keeps the jobs: in memory, PostgreSQL or Redis. None of it is the truth; the ledger is, and wiping it costs seconds.</summary>
internal static class DispatchStorage
{
    // The ledger has the history.
    private static readonly TimeSpan s_keep = TimeSpan.FromMinutes(10);

    /// <summary>Of one process.</summary>
    public static InMemoryStorage Memory() =>
        new(new InMemoryStorageOptions { IdType = InMemoryStorageIdType.Long }) { JobExpirationTimeout = TimeSpan.FromMinutes(1) };

    /// <exception cref="PipelineException">It cannot be reached.</exception>
    public static JobStorage Open(AppSettings settings)
    {
        var dispatch = settings.Dispatch;
        var kind = dispatch.Storage.Length > 0 ? dispatch.Storage : PostgresDatabase.IsAddress(settings.Ledger) ? "postgres" : "memory";
        return kind switch
        {
            "postgres" => Postgres(dispatch.Connection.Length > 0 ? dispatch.Connection : settings.Ledger, dispatch.Name),
            "redis" => Redis(dispatch.Connection, dispatch.Name),
            _ => Memory(),
        };
    }

    private static PostgreSqlStorage Postgres(string address, string name)
    {
        if (!PostgresDatabase.IsAddress(address))
            throw new PipelineException("Dispatch.Connection: with Dispatch.Storage postgres, give a PostgreSQL connection string, or make the ledger one");
        var database = new PostgresDatabase(address);
        // A pool of its own, so that neither ledger nor dispatch can starve the other.
        var connection = new Npgsql.NpgsqlConnectionStringBuilder(database.Connection) { ApplicationName = "corpusforge-dispatch", MaxPoolSize = 20, MaxAutoPrepare = 0 };
        try
        {
            var options = new PostgreSqlStorageOptions
            {
                SchemaName = $"{name}_hangfire",
                // A minute, renewed while a job runs: one that was fetched by a worker that died is free again after it.
                UseSlidingInvisibilityTimeout = true,
                InvisibilityTimeout = TimeSpan.FromMinutes(1),
                // A lock that its holder left behind is in the way for so long.
                DistributedLockTimeout = TimeSpan.FromMinutes(1),
                EnableLongPolling = true,
                QueuePollInterval = TimeSpan.FromMilliseconds(500),
                // Without this a missing database shows only at the first job.
                AllowDegradedModeWithoutStorage = false,
                StartupConnectionMaxRetries = 2,
                StartupConnectionBaseDelay = TimeSpan.FromMilliseconds(500),
            };
            return new PostgreSqlStorage(new NpgsqlConnectionFactory(connection.ToString(), options), options) { JobExpirationTimeout = s_keep };
        }
        catch (Exception e) when (e is not (OutOfMemoryException or PipelineException))
        {
            // Whatever kind it is, units cannot be dispatched.
            throw new PipelineException($"dispatch cannot be used: {database.Name}: {Deepest(e).Message}");
        }
    }

    private static RedisStorage Redis(string connection, string name)
    {
        try
        {
            var options = ConfigurationOptions.Parse(connection);
            options.AbortOnConnectFail = true;
            options.ConnectRetry = 1;
            return new RedisStorage(ConnectionMultiplexer.Connect(options), new RedisStorageOptions
            {
                // In braces, so that a Redis cluster keeps all keys in one place.
                Prefix = $"{{{name}}}:",
                // Fixed from the moment of fetching, and never renewed: the ledger's heartbeats say who is alive.
                InvisibilityTimeout = TimeSpan.FromDays(7),
            })
            { JobExpirationTimeout = s_keep };
        }
        catch (Exception e) when (e is RedisException or ArgumentException)
        {
            // Not the connection string, which may have a password.
            throw new PipelineException($"dispatch cannot be used: Redis: {Deepest(e).Message.Split('\n')[0]}");
        }
    }

    private static Exception Deepest(Exception e) => e.InnerException is null ? e : Deepest(e.InnerException);
}
