using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace CorpusForge.Audit;

/// <summary>Markup that is safe to write: what interpolation puts into it is escaped unless it is markup itself.</summary>
internal readonly record struct Html(string Markup)
{
    public static Html Empty => new("");

    public static Html Of(Writer writer) => new(writer.ToString());

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(p => p.Markup)));

    public static Html Each<T>(IEnumerable<T> items, Func<T, Html> one) => Join(items.Select(one));

    /// <summary>Text that came from a document: isolated, so that its direction does not reach what follows.</summary>
    public static Html Foreign(string? text) => string.IsNullOrEmpty(text) ? Of($"<span class=\"muted\">none</span>") : Of($"<bdi>{text}</bdi>");

    /// <summary>A link where the address is one of the web, else its text.</summary>
    public static Html Link(string? url) =>
        url is not null && Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? Of($"<a href=\"{url}\" rel=\"nofollow noreferrer noopener\"><bdi>{url}</bdi></a>")
            : Foreign(url);

    /// <summary>Writes escaped text: the five characters of markup, and no control or bidirectional override characters.</summary>
    internal static void Escape(StringBuilder to, string? text)
    {
        foreach (var c in text ?? "")
        {
            _ = c switch
            {
                '&' => to.Append("&amp;"),
                '<' => to.Append("&lt;"),
                '>' => to.Append("&gt;"),
                '"' => to.Append("&quot;"),
                '\'' => to.Append("&#39;"),
                '\n' or '\t' => to.Append(c),
                < ' ' or (>= '\u007f' and <= '\u009f') or '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => to.Append('\ufffd'),
                _ => to.Append(c),
            };
        }
    }

    /// <summary>Escapes the holes of an interpolated string.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Writer(int literals, int holes)
    {
        private readonly StringBuilder _text = new(literals + (16 * holes));

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(string? text) => Escape(_text, text);

        public void AppendFormatted(Html markup) => _text.Append(markup.Markup);

        public void AppendFormatted(int number) => _text.Append(CultureInfo.InvariantCulture, $"{number}");

        /// <summary>A coordinate, to a tenth.</summary>
        public void AppendFormatted(double number) => _text.Append(number.ToString("0.#", CultureInfo.InvariantCulture));

        /// <summary>A count, with thousands separators.</summary>
        public void AppendFormatted(long number) => _text.Append(Readable.Count(number));

        public override string ToString() => _text.ToString();
    }
}
