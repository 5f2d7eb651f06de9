using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace CorpusForge.Host.Security;

/// <summary>A key for the API and for signing in: `cf_id_secret`, the id public, the secret 256 random bits.</summary>
/// <remarks>Only a hash is kept. It needs no salt and no slow function: nobody guesses 256 bits.</remarks>
internal sealed partial record ApiKey(string Id, string Text)
{
    private const int IdBytes = 6;
    private const int SecretBytes = 32;

    /// <summary>SHA-256 of the whole key.</summary>
    public byte[] Hash => SHA256.HashData(Encoding.ASCII.GetBytes(Text));

    public static ApiKey Create()
    {
        var id = RandomNumberGenerator.GetHexString(2 * IdBytes, lowercase: true);
        return new ApiKey(id, $"cf_{id}_{RandomNumberGenerator.GetHexString(2 * SecretBytes, lowercase: true)}");
    }

    /// <summary>Null for what is not written as a key is.</summary>
    public static ApiKey? Parse(string? text) => text is not null && Pattern().Match(text) is { Success: true } match ? new ApiKey(match.Groups["id"].Value, text) : null;

    // The record would print the key.
    public override string ToString() => $"cf_{Id}_***";

    [GeneratedRegex(@"\Acf_(?<id>[0-9a-f]{12})_[0-9a-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
