using System.Text;
using CorpusForge.Clean.Html;

namespace CorpusForge.Clean.Content;

/// <summary>The words that an element calls itself by, as hashes: its tag, and the words of class, id, role and itemprop, in the order of the page.</summary>
/// <remarks>FNV-1a over lower-case characters. A tag is marked apart from a word of the same letters.</remarks>
internal ref struct WordHash(Span<uint> buffer)
{
    public const uint Start = 2166136261;
    private const uint TagMark = 0x5bd1e995;
    private const int MaxChars = 2000, MinLength = 2;

    /// <summary>By tag, the hash of its name.</summary>
    private static readonly uint[] s_tags = [.. Enumerable.Range(0, 256).Select(tag => tag == (int)Tag.Other || !Enum.IsDefined((Tag)tag) ? 0 : Of(Tags.Name((Tag)tag)))];

    private readonly Span<uint> _buffer = buffer;
    private int _count;

    public readonly ReadOnlySpan<uint> Words => _buffer[.._count];

    public static uint Add(uint hash, char c) => (hash ^ c) * 16777619;

    public static uint Of(ReadOnlySpan<char> word)
    {
        var hash = Start;
        foreach (var c in word)
            hash = Add(hash, char.ToLowerInvariant(c));
        return hash;
    }

    /// <summary>As <see cref="Of(ReadOnlySpan{char})"/>, or of a tag when the word is written `&lt;tag`.</summary>
    public static uint OfNamed(ReadOnlySpan<char> word) => word is ['<', .. var tag] ? Of(tag) ^ TagMark : Of(word);

    /// <summary>Adds the words of an element; returns its shape, which siblings share that have the same tag and the same letters in the first word of their class.</summary>
    public uint Add(PageTree tree, in PageNode node, Action<uint, string>? names = null)
    {
        var shape = node.Tag == Tag.Other ? Of(tree.TextOf(node)) : s_tags[(int)node.Tag];
        Add(shape ^ TagMark);
        names?.Invoke(shape ^ TagMark, $"<{tree.NameOf(node)}");
        foreach (ref readonly var attribute in tree.AttributesOf(node))
        {
            var name = tree.NameOf(attribute);
            switch (name.Length)
            {
                case 5 when Ascii.EqualsIgnoreCase(name, "class"):
                    var value = tree.RawValueOf(attribute);
                    shape = FirstLetters(shape, value);
                    Split(value, names);
                    break;
                case 2 when Ascii.EqualsIgnoreCase(name, "id"):
                case 4 when Ascii.EqualsIgnoreCase(name, "role"):
                case 8 when Ascii.EqualsIgnoreCase(name, "itemprop"):
                    Split(tree.RawValueOf(attribute), names);
                    break;
            }
        }
        return shape;
    }

    private static uint FirstLetters(uint hash, ReadOnlySpan<char> names)
    {
        foreach (var c in names.TrimStart())
        {
            if (c <= ' ')
                break;
            if (char.IsAsciiLetter(c))
                hash = Add(hash, c);
        }
        return hash;
    }

    /// <summary>Cuts at what is no letter and where lower case meets upper case.</summary>
    private void Split(scoped ReadOnlySpan<char> value, Action<uint, string>? names)
    {
        value = value[..Math.Min(value.Length, MaxChars)];
        var (start, hash) = (0, Start);
        for (var i = 0; i <= value.Length; i++)
        {
            var letter = i < value.Length && char.IsAsciiLetter(value[i]);
            if (i > start && (!letter || char.IsAsciiLetterLower(value[i - 1]) && char.IsAsciiLetterUpper(value[i])))
            {
                if (i - start >= MinLength)
                {
                    Add(hash);
                    names?.Invoke(hash, value[start..i].ToString().ToLowerInvariant());
                }
                (start, hash) = (i, Start);
            }
            if (letter)
                hash = Add(hash, (char)(value[i] | 0x20));
            else
                start = i + 1;
        }
    }

    private void Add(uint hash)
    {
        if (_count < _buffer.Length && _buffer[.._count].IndexOf(hash) < 0)
            _buffer[_count++] = hash;
    }
}
