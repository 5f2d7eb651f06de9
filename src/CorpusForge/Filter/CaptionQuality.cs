using System.Text.RegularExpressions;

namespace CorpusForge.Filter;

/// <summary>DataComp's basic rules for captioned images, and rules for captions that say nothing.</summary>
/// <remarks>
/// Gadre et al. 2023, arXiv:2304.14108: more than two words, more than five characters, the shorter side at least 200 pixels, an
/// aspect ratio of at most 3. An image whose size is unknown breaks `image-too-small`. File names, placeholders and repeated words are rules of our own.
/// </remarks>
public sealed partial record CaptionQuality : IFilter
{
    public Kinds For => Kinds.Caption;

    public int MinWords { get; init; } = 3;
    public int MaxWords { get; init; } = 1000;
    public int MinChars { get; init; } = 6;

    /// <summary>Of words that came before in the caption.</summary>
    public double MaxRepeatedWordShare { get; init; } = 0.5;

    /// <summary>Of the shorter side, in pixels.</summary>
    public int MinSidePixels { get; init; } = 200;

    /// <summary>The longer side over the shorter.</summary>
    public double MaxAspectRatio { get; init; } = 3;

    public Verdict Judge(TextView text)
    {
        var caption = text.Text.Trim();
        var image = text.Document.Image;
        var (shorter, longer) = image is null
            ? (double.NaN, double.NaN)
            : (Math.Min(image.Width, image.Height), Math.Max(image.Width, image.Height));
        return text.Verdict
            .Never("file-name", FileName().IsMatch(caption))
            .Never("placeholder", Placeholder().IsMatch(caption))
            .AtLeast("too-few-words", text.WordCount, MinWords)
            .AtMost("too-many-words", text.WordCount, MaxWords)
            .AtLeast("too-short", caption.Length, MinChars)
            .AtMost("repeated-words", text.RepeatedWordShare, MaxRepeatedWordShare)
            .AtLeast("image-too-small", shorter, MinSidePixels)
            .AtMost("image-too-narrow", longer / shorter, MaxAspectRatio);
    }

    [GeneratedRegex(@"\A\S[^\n]{0,200}\.(?:jpe?g|png|gif|webp|bmp|tiff?|svg|avif|heic|ico)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex FileName();

    // A word that stands for a caption, or a camera's prefix, alone or with a number.
    [GeneratedRegex(
        @"\A(?:image|img|picture|pic|photo|photograph|figure|fig|screenshot|screen shot|thumbnail|thumb|logo|icon|banner|avatar|placeholder"
            + @"|untitled|unnamed|unknown|no caption|no description|no image|image description|null|none|undefined|n/a|alt|alt text"
            + @"|dsc|dscn|dscf|dcim|pxl|mvimg|gopr|p|wp|vid)[\s_#.()-]*[\d\s_()-]*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Placeholder();
}
