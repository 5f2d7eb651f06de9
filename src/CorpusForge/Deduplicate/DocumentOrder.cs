using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using CorpusForge.Audit;

namespace CorpusForge.Deduplicate;

/// <summary>Which of two documents comes before the other: by the rule of <see cref="Survivor"/> and what the documents are, never by where they stood.</summary>
/// <param name="Asked">What the rule asks for and the place of the source in the pipeline; with <see cref="Survivor.First"/> the source comes before the date.</param>
/// <param name="Brought">How the id begins that the input brought.</param>
/// <param name="Content">A hash of all that the input brought.</param>
/// <param name="Number">Tells documents apart that are the same in everything else, and so interchangeable.</param>
internal readonly record struct DocumentOrder(ulong Asked, UInt128 Brought, ulong Content, uint Number) : IComparable<DocumentOrder>
{
    public static DocumentOrder Of(Survivor keep, int source, in Fingerprint own, uint number) => new(
        keep == Survivor.First ? ((ulong)source << 32) | own.Asked : ((ulong)own.Asked << 32) | (uint)source, new UInt128(own.BroughtHigh, own.BroughtLow), own.Content, number);

    public int CompareTo(DocumentOrder other)
    {
        if (Asked != other.Asked)
            return Asked < other.Asked ? -1 : 1;
        if (Brought != other.Brought)
            return Brought < other.Brought ? -1 : 1;
        return Content != other.Content ? Content.CompareTo(other.Content) : Number.CompareTo(other.Number);
    }

    /// <summary>What the rule looks at; the smaller, the earlier.</summary>
    public static uint AskedOf(Survivor keep, Document document) => keep switch
    {
        Survivor.First => SecondsOf(document) is > 0 and var seconds ? seconds : uint.MaxValue,
        Survivor.Longest => uint.MaxValue - (uint)document.Text.Length,
        Survivor.Latest => uint.MaxValue - SecondsOf(document),
        _ => (uint)Licenses.GroupOf(document.License),
    };

    /// <summary>The first 16 bytes of an id, so that they sort as people would: before its digits, a number has the count of them. Documents without an id come last.</summary>
    public static UInt128 BroughtOf(string? id)
    {
        if (id is null)
            return UInt128.MaxValue;
        Span<byte> sorted = stackalloc byte[16];
        sorted.Clear();
        var at = 0;
        for (var i = 0; i < id.Length && at < sorted.Length; i++)
        {
            if (char.IsAsciiDigit(id[i]) && (i == 0 || !char.IsAsciiDigit(id[i - 1])))
            {
                var digits = id.AsSpan(i).IndexOfAnyExceptInRange('0', '9');
                sorted[at++] = (byte)('0' + Math.Min(9, digits < 0 ? id.Length - i : digits));
            }
            if (at < sorted.Length)
                at += Rune.TryGetRuneAt(id, i, out var rune) && rune.Utf8SequenceLength <= sorted.Length - at ? rune.EncodeToUtf8(sorted[at..]) : 1;
        }
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(sorted);
    }

    /// <summary>A hash of the id, URL, text, evidence and metadata that the input brought; where it lies in the input does not count.</summary>
    public static ulong ContentOf(Document document, UInt128 text)
    {
        var hash = new XxHash3();
        hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<UInt128>(in text)));
        foreach (var field in (ReadOnlySpan<string?>)[document.SourceId, document.Url, document.Title, document.License, document.Consent])
            Append(hash, field);
        foreach (var (key, value) in document.Metadata)
        {
            Append(hash, key);
            Append(hash, value);
        }
        return hash.GetCurrentHashAsUInt64();
    }

    private static void Append(XxHash3 hash, string? field)
    {
        var length = field?.Length ?? -1;
        hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length)));
        hash.Append(MemoryMarshal.AsBytes(field.AsSpan()));
    }

    /// <summary>Since 1970; 0 where no date is known. Only what begins with a whole ISO 8601 date counts: what is left out would be taken from the clock.</summary>
    private static uint SecondsOf(Document document) =>
        document.Metadata.TryGetValue("date", out var text) && text.Length is >= 10 and <= 64
            && DateOnly.TryParseExact(text.AsSpan(0, 10), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? (uint)Math.Clamp(date.ToUnixTimeSeconds(), 1, uint.MaxValue - 1)
            : 0;
}
