using System.Globalization;

namespace CorpusForge.Host.Ui;

/// <summary>Numbers, sizes and times as people read them.</summary>
internal static class Figures
{
    public const string None = "–";

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Count(long? value) => value is { } v ? Count(v) : None;

    /// <summary>1,234,567 as 1.23 M, where there is no room for more.</summary>
    public static string Short(double value) => Math.Abs(value) switch
    {
        >= 1e12 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e12:0.##} T"),
        >= 1e9 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e9:0.##} G"),
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.##} M"),
        >= 1e4 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.#} k"),
        _ => value.ToString("#,0.##", CultureInfo.InvariantCulture),
    };

    /// <summary>validationLoss as Validation loss.</summary>
    public static string Words(string name) => string.Concat(name.Select((c, i) => i == 0 ? $"{char.ToUpperInvariant(c)}" : char.IsAsciiLetterUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}"));

    public static string Size(long bytes) => CommandLine.Size(bytes);

    public static string Share(double? share) => share is { } s ? s.ToString("0.0 %", CultureInfo.InvariantCulture) : None;

    public static string Number(double? value) => value is { } v ? v.ToString("#,0.######", CultureInfo.InvariantCulture) : None;

    public static string Duration(double? seconds) => seconds is not { } s ? None : Duration(TimeSpan.FromSeconds(Math.Min(Math.Max(0, s), 1e9)));

    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => "under 1 s",
        { TotalMinutes: < 1 } => $"{time.Seconds} s",
        { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds} s",
        { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes} min",
        _ => $"{Count((long)time.TotalDays)} d {time.Hours} h",
    };

    public static string Ago(DateTimeOffset at, DateTimeOffset now) => now - at < TimeSpan.FromSeconds(1) ? "now" : $"{Duration(now - at)} ago";

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>Width in percent of a part of a whole, for a style.</summary>
    public static string Percent(double part, double whole) => whole <= 0 ? "0%" : string.Create(CultureInfo.InvariantCulture, $"{Math.Clamp(part / whole, 0, 1) * 100:0.###}%");
}
