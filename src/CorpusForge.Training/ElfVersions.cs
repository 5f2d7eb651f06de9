using System.Buffers.Binary;
using System.Text;

namespace CorpusForge.Training;

/// <summary>The symbol versions that an ELF library defines and needs, and how to make a needed one optional.</summary>
/// <remarks>
/// 64-bit little-endian ELF with section headers; System V gABI and the Linux Standard Base, chapter 10 (symbol versioning).
/// Damaged tables throw <see cref="BadImageFormatException"/>.
/// </remarks>
internal static class ElfVersions
{
    private const uint DynamicSymbols = 11, Relocations = 4, Defined = 0x6ffffffd, Needed = 0x6ffffffe, SymbolVersions = 0x6fffffff;
    private const ushort Weak = 2;

    /// <summary>One version of one library that the loader insists on.</summary>
    /// <param name="Library">As in DT_NEEDED, for example `libstdc++.so.6`.</param>
    /// <param name="Version">For example `GLIBCXX_3.4.32`.</param>
    /// <param name="Bound">Whether a relocation refers to a symbol of the version, so that something would call it.</param>
    /// <param name="FlagsOffset">Where in the file its flags are.</param>
    public sealed record Need(string Library, string Version, bool Bound, int FlagsOffset);

    public static IReadOnlySet<string> DefinedBy(ReadOnlySpan<byte> elf)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var sections = Sections(elf);
        foreach (var section in sections.Where(s => s.Type == Defined))
        {
            for (var at = section.Offset; ;)
            {
                var name = UInt32(elf, at + UInt32(elf, at + 12));
                names.Add(Text(elf, sections[section.Link], name));
                if (UInt32(elf, at + 16) is var next && next == 0)
                    break;
                at += next;
            }
        }
        return names;
    }

    public static IReadOnlyList<Need> NeededBy(ReadOnlySpan<byte> elf)
    {
        var needs = new List<Need>();
        var sections = Sections(elf);
        var bound = BoundVersions(elf, sections);
        foreach (var section in sections.Where(s => s.Type == Needed))
        {
            for (var at = section.Offset; ;)
            {
                var library = Text(elf, sections[section.Link], UInt32(elf, at + 4));
                for (var version = at + UInt32(elf, at + 8); ;)
                {
                    if ((UInt16(elf, version + 4) & Weak) == 0)
                    {
                        needs.Add(new Need(library, Text(elf, sections[section.Link], UInt32(elf, version + 8)),
                            bound.Contains(UInt16(elf, version + 6)), checked((int)version + 4)));
                    }
                    if (UInt32(elf, version + 12) is var nextVersion && nextVersion == 0)
                        break;
                    version += nextVersion;
                }
                if (UInt32(elf, at + 12) is var next && next == 0)
                    break;
                at += next;
            }
        }
        return needs;
    }

    /// <summary>Lets the loader go on where the version is missing.</summary>
    public static void Weaken(Span<byte> elf, Need need) =>
        BinaryPrimitives.WriteUInt16LittleEndian(elf[need.FlagsOffset..], (ushort)(UInt16(elf, need.FlagsOffset) | Weak));

    private static HashSet<int> BoundVersions(ReadOnlySpan<byte> elf, Section[] sections)
    {
        var bound = new HashSet<int>();
        var versions = sections.FirstOrDefault(s => s.Type == SymbolVersions);
        if (versions.Size == 0)
            return bound;
        foreach (var section in sections)
        {
            if (section.Type != Relocations || section.Link >= sections.Length || sections[section.Link].Type != DynamicSymbols)
                continue;
            for (var at = section.Offset; at < section.Offset + section.Size; at += 24)
            {
                var symbol = UInt32(elf, at + 12);
                bound.Add(UInt16(elf, versions.Offset + (2L * symbol)) & 0x7fff);
            }
        }
        return bound;
    }

    private static Section[] Sections(ReadOnlySpan<byte> elf)
    {
        if (elf.Length < 64 || !elf.StartsWith("\u007fELF"u8) || elf[4] != 2 || elf[5] != 1)
            throw new BadImageFormatException("not a 64-bit little-endian ELF file");
        var (table, size, count) = (BinaryPrimitives.ReadInt64LittleEndian(elf[0x28..]), UInt16(elf, 0x3a), UInt16(elf, 0x3c));
        var sections = new Section[count];
        for (var i = 0; i < count; i++)
        {
            var at = table + ((long)i * size);
            sections[i] = new Section(UInt32(elf, at + 4), Int64(elf, at + 24), Int64(elf, at + 32), UInt32(elf, at + 40));
        }
        return sections;
    }

    private readonly record struct Section(uint Type, long Offset, long Size, uint Link);

    private static string Text(ReadOnlySpan<byte> elf, Section strings, uint offset)
    {
        var tail = At(elf, strings.Offset + offset, 0);
        var end = tail.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? throw Damaged() : tail[..end]);
    }

    private static ushort UInt16(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadUInt16LittleEndian(At(elf, at, 2));

    private static uint UInt32(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadUInt32LittleEndian(At(elf, at, 4));

    private static long Int64(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadInt64LittleEndian(At(elf, at, 8));

    private static ReadOnlySpan<byte> At(ReadOnlySpan<byte> elf, long at, int length) =>
        at >= 0 && at <= elf.Length - length ? elf[(int)at..] : throw Damaged();

    private static BadImageFormatException Damaged() => new("the ELF tables point outside the file");
}
