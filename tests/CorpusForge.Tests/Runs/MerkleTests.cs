using System.Security.Cryptography;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Runs;

public class MerkleTests
{
    static string Leaf(string hex) => Hash([0, .. Convert.FromHexString(hex)]);

    static string Node(string a, string b) => Hash([1, .. Convert.FromHexString(a), .. Convert.FromHexString(b)]);

    static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    [Fact]
    public void The_root_is_built_as_rfc_9162_says()
    {
        string[] leaves = ["aa", "bb", "cc", "dd", "ee"];
        var h = leaves.Select(Leaf).ToArray();
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Merkle.Root([]));
        Assert.Equal(h[0], Merkle.Root(leaves[..1]));
        Assert.Equal(Node(Node(h[0], h[1]), h[2]), Merkle.Root(leaves[..3]));
        Assert.Equal(Node(Node(Node(h[0], h[1]), Node(h[2], h[3])), h[4]), Merkle.Root(leaves));
    }
}
