using System.Globalization;

namespace CorpusForge.Audit;

/// <summary>Numbers as people read them, the same in every locale.</summary>
internal static class Readable
{
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>In full below ten million, else in millions: what fits a tile.</summary>
    public static string Tile(long number) => number < 10_000_000 ? Count(number) : (number / 1e6).ToString("N1", CultureInfo.InvariantCulture) + " M";

    /// <summary>1 kB is 1,000 bytes.</summary>
    public static string Bytes(long bytes) => Math.Abs(bytes) switch
    {
        < 1_000 => $"{Count(bytes)} B",
        < 1_000_000 => $"{(bytes / 1e3).ToString("N1", CultureInfo.InvariantCulture)} kB",
        < 10_000_000_000 => $"{(bytes / 1e6).ToString("N1", CultureInfo.InvariantCulture)} MB",
        _ => $"{(bytes / 1e9).ToString("N1", CultureInfo.InvariantCulture)} GB",
    };

    public static string Share(double share) => share switch
    {
        0 => "0 %",
        < 0.0005 => "< 0.1 %",
        _ => (share * 100).ToString("N1", CultureInfo.InvariantCulture) + " %",
    };

    public static string Number(double? number, int decimals = 3) => number is { } n ? n.ToString($"N{decimals}", CultureInfo.InvariantCulture) : "–";

    public static string P(double p) => p < 0.0001 ? "< 0.0001" : p.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>At most four characters, for axes.</summary>
    public static string Short(double number) => Math.Abs(number) switch
    {
        >= 1e9 => (number / 1e9).ToString("0.#", CultureInfo.InvariantCulture) + "G",
        >= 1e6 => (number / 1e6).ToString("0.#", CultureInfo.InvariantCulture) + "M",
        >= 1e4 => (number / 1e3).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => number.ToString("0.##", CultureInfo.InvariantCulture),
    };

    public static string Amount(Amount amount) =>
        $"{Count(amount.Documents)} {(amount.Documents == 1 ? "document" : "documents")}, {Bytes(amount.Bytes)} of text"
        + (amount.Tokens > 0 ? $", {Count(amount.Tokens)} tokens" : "") + ".";
}
