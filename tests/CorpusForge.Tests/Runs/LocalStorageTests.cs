using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Runs;

public sealed class LocalStorageTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-storage-").FullName;
    readonly string _elsewhere = Directory.CreateTempSubdirectory("corpusforge-storage-").FullName;
    readonly LocalStorage _storage;

    public LocalStorageTests()
    {
        _storage = new LocalStorage(_folder);
        foreach (var name in (string[])["p/b/2", "p/a/1", "p/c", "p/B/3", "p/b/10"])
        {
            using var file = _storage.Create(name);
            file.Write("four"u8);
        }
        File.WriteAllText(Path.Combine(_elsewhere, "other"), "a longer one");
    }

    [Fact]
    public void Files_and_folders_are_listed_in_ordinal_order()
    {
        Assert.Equal(["p/B/3", "p/a/1", "p/b/10", "p/b/2", "p/c"], _storage.List("p").Select(f => f.Name));
        Assert.Equal(["B", "a", "b"], _storage.Folders("p"));
        Assert.Empty(_storage.List("absent"));
        Assert.Empty(_storage.Folders("absent"));
    }

    [Fact]
    public void A_linked_folder_is_not_entered_and_a_linked_file_is_as_long_as_what_it_leads_to()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder, "p", "linked"), _elsewhere);
        File.CreateSymbolicLink(Path.Combine(_folder, "p", "a", "linked"), Path.Combine(_elsewhere, "other"));
        File.CreateSymbolicLink(Path.Combine(_folder, "p", "a", "nowhere"), Path.Combine(_elsewhere, "nothing"));
        Assert.Equal(["B", "a", "b"], _storage.Folders("p"));
        Assert.DoesNotContain(_storage.List("p"), f => f.Name.StartsWith("p/linked/", StringComparison.Ordinal));
        Assert.Equal(12, Assert.Single(_storage.List("p/a"), f => f.Name == "p/a/linked").Bytes);
        Assert.Contains(_storage.List("p/a"), f => f.Name == "p/a/nowhere");
    }

    [Fact]
    public void What_is_published_takes_the_place_of_what_was_there_and_what_is_gone_can_be_deleted_again()
    {
        _storage.Publish("p/c", "p/new/c");
        _storage.Publish("p/a/1", "p/new/c");
        Assert.Equal((4L, false), (_storage.Length("p/new/c"), _storage.Exists("p/a/1")));
        _storage.Delete("p/new/c");
        _storage.Delete("p/new/c");
        _storage.Delete("absent/c");
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        Directory.Delete(_elsewhere, recursive: true);
    }
}
