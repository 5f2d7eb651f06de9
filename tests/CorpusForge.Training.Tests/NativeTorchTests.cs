using System.Text;
using Xunit;

namespace CorpusForge.Training.Tests;

public sealed class NativeTorchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Torch_computes_on_this_machine()
    {
        NativeTorch.Load();
        using var sum = TorchSharp.torch.ones(3).sum();
        Assert.Equal(3f, sum.item<float>());
    }

    [Fact]
    public void The_versions_of_this_machine_are_read()
    {
        var loaded = NativeTorch.LoadedLibraries();
        var defined = ElfVersions.DefinedBy(File.ReadAllBytes(loaded["libstdc++.so.6"]));
        Assert.Contains("GLIBCXX_3.4", defined);
        Assert.Contains("GLIBCXX_3.4.20", defined);
        Assert.DoesNotContain("GLIBCXX_9.9", defined);
    }

    [Fact]
    public void The_bridge_of_TorchSharp_binds_nothing_of_the_version_that_old_systems_lack()
    {
        var needs = ElfVersions.NeededBy(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so")));
        Assert.Contains(needs, n => n is { Library: "libstdc++.so.6", Version: "GLIBCXX_3.4.21", Bound: true });
        Assert.All(needs.Where(n => n.Version == "GLIBCXX_3.4.32"), n => Assert.False(n.Bound));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_needed_version_is_found_with_whether_it_is_bound(bool bound)
    {
        var need = Assert.Single(ElfVersions.NeededBy(Elf("NEW_1", "OLD_1", bound)));
        Assert.Equal(("libx.so.1", "NEW_1", bound), (need.Library, need.Version, need.Bound));
    }

    [Fact]
    public void A_library_that_lacks_an_unbound_version_gets_a_copy_with_one_bit_set()
    {
        var bridge = Write("bridge.so", Elf("NEW_1", "OLD_1", bound: false));
        var old = Write("libx.so.1", Elf("NEW_1", "OLD_1", bound: false));
        var mended = NativeTorch.Loadable(bridge, new Dictionary<string, string> { ["libx.so.1"] = old }, Path.Combine(_folder, "cache"));

        Assert.Empty(ElfVersions.NeededBy(File.ReadAllBytes(mended)));
        var differences = File.ReadAllBytes(bridge).Zip(File.ReadAllBytes(mended)).Count(p => p.First != p.Second);
        Assert.Equal(1, differences);
        Assert.Equal(mended, NativeTorch.Loadable(bridge, new Dictionary<string, string> { ["libx.so.1"] = old }, Path.Combine(_folder, "cache")));
    }

    [Fact]
    public void A_damaged_copy_in_the_cache_is_written_again()
    {
        var bridge = Write("bridge.so", Elf("NEW_1", "OLD_1", bound: false));
        var loaded = new Dictionary<string, string> { ["libx.so.1"] = bridge };
        var mended = NativeTorch.Loadable(bridge, loaded, _folder);
        File.WriteAllBytes(mended, []);
        Assert.NotEmpty(File.ReadAllBytes(NativeTorch.Loadable(bridge, loaded, _folder)));
    }

    [Fact]
    public void A_library_that_has_the_version_is_used_as_it_is()
    {
        var bridge = Write("bridge.so", Elf("NEW_1", "OLD_1", bound: false));
        var current = Write("libx.so.1", Elf("-", "NEW_1", bound: false));
        Assert.Equal(bridge, NativeTorch.Loadable(bridge, new Dictionary<string, string> { ["libx.so.1"] = current }, _folder));
    }

    [Fact]
    public void A_missing_version_that_is_called_is_an_error_that_says_what_to_do()
    {
        var bridge = Write("bridge.so", Elf("NEW_1", "OLD_1", bound: true));
        var e = Assert.Throws<DllNotFoundException>(
            () => NativeTorch.Loadable(bridge, new Dictionary<string, string> { ["libx.so.1"] = bridge }, _folder));
        Assert.Contains("NEW_1 of libx.so.1", e.Message);
    }

    [Fact]
    public void A_damaged_library_never_reads_outside_the_file()
    {
        var whole = Elf("NEW_1", "OLD_1", bound: true);
        for (var length = 0; length < 0x3ac; length += 3)
            Assert.Throws<BadImageFormatException>(() => ElfVersions.NeededBy(whole.AsSpan(0, length)));
    }

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    // The least ELF that has versions: strings, one symbol of the needed version, perhaps a relocation to it; headers last.
    private static byte[] Elf(string needed, string defined, bool bound)
    {
        var bytes = new byte[0x400];
        var strings = "\0libx.so.1\0" + needed + "\0" + defined + "\0";
        var (library, need, define) = (1, 11, 12 + needed.Length);
        "\u007fELF"u8.CopyTo(bytes);
        (bytes[4], bytes[5]) = (2, 1);
        Put(0x28, 0x200L);
        Put(0x3a, (short)64);
        Put(0x3c, (short)7);
        Encoding.ASCII.GetBytes(strings, bytes.AsSpan(0x40));
        Section(1, type: 3, at: 0x40, size: strings.Length, link: 0);
        Section(2, type: 11, at: 0x80, size: 48, link: 1);
        Section(3, type: 0x6fffffff, at: 0xc0, size: 4, link: 2);
        Put(0xc2, (short)2);
        Section(4, type: 0x6ffffffe, at: 0xd0, size: 32, link: 1);
        Put(0xd0, (short)1);
        Put(0xd2, (short)1);
        Put(0xd4, library);
        Put(0xd8, 16);
        Put(0xe6, (short)2);
        Put(0xe8, need);
        Section(5, type: 0x6ffffffd, at: 0x100, size: 28, link: 1);
        Put(0x10c, 20);
        Put(0x114, define);
        Section(6, type: 4, at: 0x140, size: bound ? 24 : 0, link: 2);
        Put(0x148, (1L << 32) | 7);
        return bytes;

        void Section(int index, int type, int at, int size, int link)
        {
            Put(0x200 + (64 * index) + 4, type);
            Put(0x200 + (64 * index) + 24, (long)at);
            Put(0x200 + (64 * index) + 32, (long)size);
            Put(0x200 + (64 * index) + 40, link);
        }

        void Put<T>(int at, T value) where T : System.Numerics.IBinaryInteger<T> => value.WriteLittleEndian(bytes, at);
    }
}
