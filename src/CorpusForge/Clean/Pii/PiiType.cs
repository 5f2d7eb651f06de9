namespace CorpusForge.Clean.Pii;

/// <summary>What kind of personal datum or secret was found.</summary>
public enum PiiType
{
    Email,
    Phone,
    IpAddress,
    Iban,
    Card,
    NationalId,
    PostalAddress,
    Wallet,
    Key,
}

/// <summary>What becomes of a personal datum or a secret.</summary>
public enum PiiPolicy
{
    /// <summary>Stays, and is not looked for.</summary>
    Keep,

    /// <summary>A fixed name of its type stands in its place, such as `&lt;PHONE&gt;`.</summary>
    Mask,

    /// <summary>A fake of the same form, always the same for the same value, that belongs to nobody.</summary>
    Fake,

    /// <summary>Is masked, and the document leaves by a rule that names the type.</summary>
    Drop,
}

/// <summary>Where a datum stands in a text.</summary>
public readonly record struct PiiSpan(PiiType Type, int Start, int Length)
{
    public int End => Start + Length;
}
