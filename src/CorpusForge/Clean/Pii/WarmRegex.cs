using System.Text.RegularExpressions;

namespace CorpusForge.Clean.Pii;

/// <summary>An expression that is compiled once it has been used so often that this pays: compiling takes some 30 ms, a use without it some microseconds more.</summary>
/// <remarks>Two threads may compile the same; what they find is the same, too.</remarks>
internal sealed class WarmRegex(string expression, RegexOptions options)
{
    private const int Uses = 4096;

    private readonly Regex _cold = new(expression, options);
    private Regex? _warm;
    private int _uses;

    public Regex Now => _warm ?? (++_uses < Uses ? _cold : _warm = new Regex(expression, options | RegexOptions.Compiled));
}
