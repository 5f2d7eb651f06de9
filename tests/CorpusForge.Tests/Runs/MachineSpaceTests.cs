using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Runs;

public sealed class MachineSpaceTests : IDisposable
{
    readonly string _parent = Directory.CreateTempSubdirectory("corpusforge-machine-").FullName;

    [Fact]
    public void Copies_stay_while_there_is_room_and_those_go_first_that_were_used_longest_ago()
    {
        using var space = new MachineSpace(_parent, mostBytes: 30);
        var written = new List<string>();
        string[] paths = [Copy("a"), Copy("b"), Copy("c")];
        Assert.All(paths, p => Assert.Equal(10, new FileInfo(p).Length));
        Assert.Equal(paths[0], Copy("a"));
        Copy("d");
        Assert.Equal([true, false, true], paths.Select(File.Exists));
        Copy("a");
        Copy("b");
        Assert.Equal(["a", "b", "c", "d", "b"], written);
        Assert.False(File.Exists(paths[2]));

        string Copy(string name) => space.CopyOf(name, "1", 10, stream =>
        {
            written.Add(name);
            stream.Write(new byte[10]);
        });
    }

    [Fact]
    public void What_could_not_be_written_is_written_anew_and_takes_no_room()
    {
        using var space = new MachineSpace(_parent, mostBytes: 30);
        var first = space.CopyOf("a", "1", 20, stream => stream.Write(new byte[20]));
        Assert.Throws<IOException>(() => space.CopyOf("b", "1", 10, _ => throw new IOException("gone")));
        Assert.True(File.Exists(space.CopyOf("b", "1", 10, stream => stream.Write(new byte[10]))));
        Assert.True(File.Exists(first));
    }

    [Fact]
    public void What_a_killed_process_left_goes_and_what_another_has_stays()
    {
        var (dead, beginning) = (Directory.CreateDirectory(Path.Combine(_parent, "corpusforge-space-dead")), Directory.CreateDirectory(Path.Combine(_parent, "corpusforge-space-new")));
        File.WriteAllBytes(Path.Combine(dead.FullName, ".lock"), [1]);
        File.WriteAllBytes(Path.Combine(beginning.FullName, ".lock"), []);
        using var other = new MachineSpace(_parent, mostBytes: 30);
        using (new MachineSpace(_parent, mostBytes: 30))
            Assert.Equal(3, Directory.GetDirectories(_parent).Length);
        Assert.Equal((false, true), (Directory.Exists(dead.FullName), Directory.Exists(beginning.FullName)));
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);
}
