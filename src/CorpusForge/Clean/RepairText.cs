using System.Buffers;
using System.Net;
using System.Text;

namespace CorpusForge.Clean;

/// <summary>Brings characters and white space into one form: NFC, plain spaces and lines, nothing invisible, no ligatures, no HTML entities, and UTF-8 that was read as windows-1252 undone.</summary>
/// <remarks>
/// In code only lone surrogates and control characters are repaired, for white space and invisible characters can be
/// meant there. Joiners stay where a script or an emoji needs them. Applying it twice changes nothing more.
/// </remarks>
public sealed record RepairText : ITransform
{
    private const char Remove = '\0';

    // Of HTML 4, and of numbers.
    private const int LongestEntity = 12;

    // U+FB00 to U+FB06.
    private static readonly string[] s_ligatures = ["ff", "fi", "fl", "ffi", "ffl", "st", "st"];

    private static readonly SearchValues<char> s_suspects = SearchValues.Create(
        [.. Enumerable.Range(0, 0x10000).Select(i => (char)i).Where(c => Repaired(c).Change is not null)]);

    private static readonly SearchValues<char> s_codeSuspects = SearchValues.Create(
        [.. Enumerable.Range(0, 0x10000).Select(i => (char)i).Where(c => Repaired(c).Change == "controls")]);

    // With invariant globalization Normalize does nothing and says nothing.
    private static bool Normalizes() => "e\u0301".Normalize(NormalizationForm.FormC) == "\u00E9";

    public int Version => 2;

    public Document Apply(Document document, Changes changes)
    {
        if (!Normalizes())
            throw new PlatformNotSupportedException("Unicode normalisation does not work: is InvariantGlobalization on, or ICU missing?");
        var text = Surrogates(document.Text, changes);
        if (document.Kind == Kind.Code)
            text = Characters(text, s_codeSuspects, changes);
        else
            text = Lines(Stable(text, changes), changes);
        return ReferenceEquals(text, document.Text) ? document : document with { Text = text };
    }

    // A repair can bring together what another one looks for.
    private static string Stable(string text, Changes changes)
    {
        string before;
        do
        {
            before = text;
            text = Entities(text, changes);
            text = Mojibake.Undo(text, out var undone);
            changes.Count("mojibake", undone);
            text = Characters(text, s_suspects, changes);
            if (!text.IsNormalized(NormalizationForm.FormC))
            {
                text = text.Normalize(NormalizationForm.FormC);
                changes.Count("normalized");
            }
        }
        while (!ReferenceEquals(text, before));
        return text;
    }

    // A text with a < of its own speaks of markup and means its entities.
    private static string Entities(string text, Changes changes)
    {
        if (!text.Contains('&') || text.Contains('<'))
            return text;
        var repaired = new StringBuilder(text.Length);
        var count = 0;
        var rest = text.AsSpan();
        for (var at = rest.IndexOf('&'); at >= 0; at = rest.IndexOf('&'))
        {
            repaired.Append(rest[..at]);
            rest = rest[at..];
            var length = rest[1..Math.Min(rest.Length, LongestEntity)].IndexOfAny('&', ';') + 2;
            var entity = rest[..Math.Max(1, length < 2 || rest[length - 1] != ';' ? 1 : length)];
            var meant = WebUtility.HtmlDecode(entity.ToString());
            if (meant.Length < entity.Length)
                count++;
            repaired.Append(meant is [>= '\u0080' and <= '\u009F' and var control] ? Mojibake.Windows1252(control).ToString() : Charset.WellFormed(meant));
            rest = rest[entity.Length..];
        }
        if (count == 0)
            return text;
        changes.Count("entities", count);
        return repaired.Append(rest).ToString();
    }

    private static string Surrogates(string text, Changes changes)
    {
        var whole = Charset.WellFormed(text);
        if (!ReferenceEquals(whole, text))
            changes.Count("lone-surrogates", whole.Zip(text).Count(pair => pair.First != pair.Second));
        return whole;
    }

    private static string Characters(string text, SearchValues<char> suspects, Changes changes)
    {
        var next = text.AsSpan().IndexOfAny(suspects);
        if (next < 0)
            return text;
        var repaired = new StringBuilder(text.Length);
        var changed = false;
        var rest = text.AsSpan();
        for (; next >= 0; next = rest.IndexOfAny(suspects))
        {
            repaired.Append(rest[..next]);
            var c = rest[next];
            rest = rest[(next + 1)..];
            if (c is '\u200C' or '\u200D' && repaired.Length > 0 && TakesJoiner(repaired[^1]))
            {
                repaired.Append(c);
                continue;
            }
            changed = true;
            var (with, change) = Repaired(c);
            if (c == '\r' && !rest.IsEmpty && rest[0] == '\n')
                with = Remove;
            if (with is >= '\uFB00' and <= '\uFB06')
                repaired.Append(s_ligatures[with - '\uFB00']);
            else if (with != Remove)
                repaired.Append(with);
            changes.Count(change!);
        }
        return changed ? repaired.Append(rest).ToString() : text;
    }

    /// <summary>Trims the ends of lines, and of three or more line feeds in a row keeps two.</summary>
    private static string Lines(string text, Changes changes)
    {
        var span = text.AsSpan();
        if (!span.Contains(" \n", StringComparison.Ordinal) && !span.Contains("\t\n", StringComparison.Ordinal)
            && !span.Contains("\n\n\n", StringComparison.Ordinal) && (span.IsEmpty || span[^1] is not (' ' or '\t')))
            return text;
        var lines = new StringBuilder(text.Length);
        int trailing = 0, blank = 0;
        while (true)
        {
            var end = span.IndexOf('\n');
            var line = end < 0 ? span : span[..end];
            var kept = line.TrimEnd(" \t");
            trailing += kept.Length < line.Length ? 1 : 0;
            lines.Append(kept);
            if (end < 0)
                break;
            if (kept.IsEmpty && lines.Length > 1 && lines[^1] == '\n' && lines[^2] == '\n')
                blank++;
            else
                lines.Append('\n');
            span = span[(end + 1)..];
        }
        changes.Count("trailing-spaces", trailing);
        changes.Count("blank-lines", blank);
        return lines.ToString();
    }

    /// <summary>What takes the place of a character, and the name under which that is counted; no name is no change.</summary>
    private static (char With, string? Change) Repaired(char c) => c switch
    {
        '\n' or '\t' => (c, null),
        '\r' => ('\n', "line-endings"),
        '\v' or '\f' or '\u0085' or '\u2028' or '\u2029' => ('\n', "line-separators"),
        < ' ' or (>= '\u007F' and <= '\u009F') or '\uFFFE' or '\uFFFF' or (>= '\uFDD0' and <= '\uFDEF') => (Remove, "controls"),
        '\u00A0' or '\u1680' or (>= '\u2000' and <= '\u200A') or '\u202F' or '\u205F' or '\u3000' => (' ', "spaces"),
        '\u00AD' or '\u180E' or '\u200B' or '\u200C' or '\u200D' or (>= '\u2060' and <= '\u2064') or '\uFEFF' => (Remove, "zero-width"),
        '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u206F') => (Remove, "bidi-controls"),
        >= '\uFB00' and <= '\uFB06' => (c, "ligatures"),
        _ => (c, null),
    };

    /// <summary>Letters of the Arabic, Indic and South-East Asian blocks, and what emoji sequences consist of.</summary>
    private static bool TakesJoiner(char before) => before is
        (>= '\u0600' and <= '\u109F') or (>= '\u1700' and <= '\u1CFF') or (>= '\uA800' and <= '\uABFF') or (>= '\uFB50' and <= '\uFDFF') or (>= '\uFE70' and <= '\uFEFC')
        or (>= '\u2190' and <= '\u2BFF') or '\uFE0F' || char.IsLowSurrogate(before);
}
