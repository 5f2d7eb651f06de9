using System.Text;

namespace CorpusForge.Audit;

/// <summary>A term and the group of people it is about.</summary>
/// <param name="Group">For example religion.</param>
/// <param name="Name">As the report shows it.</param>
/// <param name="Forms">What counts as the term in a text.</param>
public sealed record IdentityTerm(string Group, string Name, IReadOnlyList<string> Forms)
{
    /// <summary>The list that comes with the program: English; six groups.</summary>
    public static IReadOnlyList<IdentityTerm> English { get; } = ReadEmbedded();

    /// <summary>Reads lines of group, tab and term; further forms stand behind `|`, comments behind `#` at the start of a line.</summary>
    /// <exception cref="InputException">A line is not of this form.</exception>
    public static IReadOnlyList<IdentityTerm> Read(Stream stream, string file)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var terms = new List<IdentityTerm>();
        for (var offset = 0L; reader.ReadLine() is { } line; offset += Encoding.UTF8.GetByteCount(line) + 1)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            string[] parts = line.Split('\t');
            string[] forms = parts.Length == 2 ? parts[1].Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];
            if (parts[0].Trim().Length == 0 || forms.Length == 0)
                throw new InputException(file, offset, "expected a group, a tab and a term");
            if (!forms.All(f => f.Any(char.IsLetterOrDigit)))
                throw new InputException(file, offset, "a term needs a letter or a digit");
            terms.Add(new IdentityTerm(parts[0].Trim(), forms[0], forms));
        }
        return terms;
    }

    /// <summary>The terms of a file; the English list where there is no path.</summary>
    public static IReadOnlyList<IdentityTerm> ReadFile(string? path)
    {
        if (path is null)
            return English;
        if (!File.Exists(path))
            throw new PipelineException($"there is no file of terms '{path}'");
        using var stream = File.OpenRead(path);
        return Read(stream, Path.GetFileName(path)) is { Count: > 0 } terms ? terms : throw new PipelineException($"{path}: there is no term in it; expected lines of a group, a tab and a term");
    }

    private static IReadOnlyList<IdentityTerm> ReadEmbedded()
    {
        const string name = "identity-terms.txt";
        using var stream = typeof(IdentityTerm).Assembly.GetManifestResourceStream(name)!;
        return Read(stream, name);
    }
}
