using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using CorpusForge.Runs;

namespace CorpusForge.Host.Security;

/// <summary>Knows the keys of the ledger as they were at most a second ago.</summary>
/// <remarks>All keys are read at once: however many guesses come, the ledger is asked once a second.</remarks>
internal sealed class KeyRing(Ledger ledger, TimeProvider time)
{
    private static readonly TimeSpan s_age = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_usedEvery = TimeSpan.FromMinutes(1);
    private static readonly KeyRow s_nobody = new("", "", new string('0', 64), "", "", null, null, "never");

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, long> _used = new(StringComparer.Ordinal);
    private FrozenDictionary<string, KeyRow>? _keys;
    private long _read;

    /// <summary>Whether there never was a key.</summary>
    public bool IsEmpty => Keys().Count == 0;

    /// <summary>Whether somebody can sign in.</summary>
    public bool HasKey => Keys().Values.Any(k => k.Revoked is null);

    /// <summary>The key's row, or null for a key that is unknown, wrong or revoked.</summary>
    public KeyRow? Verify(ApiKey key)
    {
        var row = Keys().GetValueOrDefault(key.Id, s_nobody);
        // An unknown id takes the same way as a wrong secret, and the comparison takes as long wherever they differ.
        var same = CryptographicOperations.FixedTimeEquals(key.Hash, Convert.FromHexString(row.Hash));
        if (!same || row.Revoked is not null || !Enum.TryParse<Scope>(row.Scope, ignoreCase: true, out _))
            return null;
        NoteUse(row.Id);
        return row;
    }

    private FrozenDictionary<string, KeyRow> Keys()
    {
        lock (_lock)
        {
            if (_keys is null || time.GetElapsedTime(_read) >= s_age)
            {
                // The age is that of the question, not of the answer.
                var asked = time.GetTimestamp();
                _keys = ledger.Keys().ToFrozenDictionary(k => k.Id, StringComparer.Ordinal);
                _read = asked;
            }
            return _keys;
        }
    }

    private void NoteUse(string id)
    {
        var now = time.GetTimestamp();
        if (_used.TryGetValue(id, out var last) && time.GetElapsedTime(last, now) < s_usedEvery)
            return;
        _used[id] = now;
        ledger.KeyUsed(id);
    }
}
