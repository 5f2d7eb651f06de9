using CorpusForge.Servers;
using Npgsql;
using Xunit;

namespace CorpusForge.Host.Tests.Service;

/// <summary>The servers that the tests start themselves.</summary>
public sealed class ServersTests
{
    [Fact]
    public void PostgreSQL_keeps_its_data_over_a_stop_and_databases_are_apart()
    {
        using var server = new PostgresServer();
        var (first, second) = (server.NewDatabase(), server.NewDatabase());
        Assert.Equal(1L, Ask(first, "CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (1); SELECT n FROM t"));
        Assert.Equal(0L, Ask(second, "SELECT COUNT(*) FROM pg_tables WHERE tablename = 't'"));
        server.Stop();
        Assert.ThrowsAny<NpgsqlException>(() => Ask(second, "SELECT 1"));
        server.Start();
        Assert.Equal(1L, Ask(first, "SELECT n FROM t"));
    }

    [Fact]
    public void Redis_stops_and_comes_back()
    {
        using var server = new RedisServer();
        server.Stop();
        server.Start();
        server.Wipe();
    }

    [Fact]
    public void Chromium_is_there() => Assert.True(File.Exists(Chromium.Path()));

    [Fact]
    public void What_cannot_be_installed_is_named() =>
        Assert.Contains("no-such-program", Assert.Throws<InvalidOperationException>(() => Installed.Program("corpusforge-no-such-package", "no-such-program")).Message);

    static object? Ask(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }
}
