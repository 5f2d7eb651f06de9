using System.Text.Json;
using System.Text.RegularExpressions;
using CorpusForge.Host.Security;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Host.Tests.Commands;

public sealed class KeysCommandTests : IDisposable
{
    private readonly ProgramRun _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public void A_key_is_printed_once_and_only_its_hash_is_kept()
    {
        var (code, output, error) = _program.Run("keys", "create", "ci robot", "--scope", "operator", "--out", _program.Out);
        Assert.Equal(0, code);
        // Nothing else on standard output, so that a script can keep it.
        var key = ApiKey.Parse(output.TrimEnd('\n'))!;
        Assert.Contains(key.Id, error);
        Assert.DoesNotContain(key.Text, error);
        foreach (var file in Directory.EnumerateFiles(_program.Out))
            Assert.DoesNotContain(key.Text[16..], System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file)));
        var (listed, list, _) = _program.Run("keys", "list", "--out", _program.Out, "-o", "json");
        Assert.Equal(0, listed);
        var row = JsonDocument.Parse(list).RootElement[0];
        Assert.Equal(("ci robot", "operator", key.Id), (row.GetProperty("name").GetString(), row.GetProperty("scope").GetString(), row.GetProperty("id").GetString()));
        Assert.DoesNotContain("hash", list);
    }

    [Fact]
    public void A_key_is_revoked_once()
    {
        var json = JsonDocument.Parse(_program.Run("keys", "create", "ada", "--out", _program.Out, "-o", "json").Output).RootElement;
        var id = json.GetProperty("id").GetString()!;
        Assert.Equal("viewer", json.GetProperty("scope").GetString());
        Assert.NotNull(ApiKey.Parse(json.GetProperty("key").GetString()));
        Assert.Equal(0, _program.Run("keys", "revoke", id, "--out", _program.Out).Code);
        var (code, _, error) = _program.Run("keys", "revoke", id, "--out", _program.Out);
        Assert.Equal(2, code);
        Assert.Contains("was revoked already", error);
        (code, _, error) = _program.Run("keys", "revoke", "0123", "--out", _program.Out);
        Assert.Equal(2, code);
        Assert.Contains("there is no key '0123'", error);
        var trail = new Ledger(Path.Combine(_program.Out, "ledger.db"), TimeProvider.System).AuditTrail(10);
        Assert.Equal(["key.revoke", "key.create"], trail.Select(r => r.Action));
        Assert.All(trail, r => Assert.Equal(id, r.Target));
    }

    [Theory]
    [InlineData("keys", "create")]
    [InlineData("keys", "create", "")]
    [InlineData("keys", "create", " a")]
    [InlineData("keys", "create", "a\nb")]
    [InlineData("keys", "create", "a", "--scope", "root")]
    [InlineData("keys")]
    public void Wrong_usage_makes_no_key(params string[] arguments)
    {
        var (code, output, _) = _program.Run([.. arguments, .. arguments.Length > 1 ? (string[])["--out", _program.Out] : []]);
        Assert.Equal(2, code);
        Assert.DoesNotContain("cf_", output);
        Assert.False(Directory.Exists(_program.Out));
    }

    [Fact]
    public void Keys_are_all_different_and_their_secrets_have_256_bits()
    {
        var keys = Enumerable.Range(0, 1000).Select(_ => ApiKey.Create()).ToArray();
        Assert.Equal(1000, keys.Select(k => k.Id).Distinct().Count());
        Assert.All(keys, k => Assert.Matches(new Regex("^cf_[0-9a-f]{12}_[0-9a-f]{64}$"), k.Text));
        // Every one of the bits is set in about half of the keys.
        for (var bit = 0; bit < 256; bit++)
        {
            var set = keys.Count(k => (Convert.FromHexString(k.Text[16..])[bit / 8] >> (bit % 8) & 1) == 1);
            Assert.InRange(set, 400, 600);
        }
        Assert.DoesNotContain(keys[0].Text[16..], keys[0].ToString());
        Assert.DoesNotContain(keys[0].Text[16..], $"{keys[0]}");
    }

    [Fact]
    public void Serve_refuses_to_be_reached_from_elsewhere_without_a_key()
    {
        foreach (var listen in (string[])["http://0.0.0.0:0", "http://[::]:0", "http://*:0", "http://some-host:0"])
        {
            var (code, output, error) = _program.Run("serve", "--listen", listen, "--out", _program.Out);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains($"corpusforge: {listen} can be reached from other machines, and there is no API key", error);
        }
    }
}
