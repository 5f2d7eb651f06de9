using System.Text;
using Xunit;
using static TorchSharp.torch;

namespace CorpusForge.Training.Tests;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Tensors_and_metadata_come_back()
    {
        using var a = arange(6, ScalarType.Float32).view(2, 3);
        using var b = tensor(float.NaN);
        Write(a, b);
        using var file = SafeTensors.Open(_path);
        Assert.Equal(["a", "b"], file.Names);
        Assert.Equal("pt", file.Metadata["format"]);
        using var read = zeros(2, 3);
        file.ReadInto(new NamedTensor("a", read));
        Assert.True(a.eq(read).all().item<bool>());
        using var scalar = zeros([]);
        file.ReadInto(new NamedTensor("b", scalar));
        Assert.Equal(float.NaN, scalar.item<float>());
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        using var a = tensor(new[] { 1f, 2f });
        using (var stream = File.Create(_path))
            SafeTensors.Write(stream, [new("a", a)], []);
        var header = """{"__metadata__":{},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";
        var padded = header.PadRight((header.Length + 7) / 8 * 8);
        Assert.Equal([.. BitConverter.GetBytes((long)padded.Length), .. Encoding.UTF8.GetBytes(padded), 0, 0, 128, 63, 0, 0, 0, 64], File.ReadAllBytes(_path));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        using var a = ones(3);
        using var b = ones(1);
        Write(a, b);
        var whole = File.ReadAllBytes(_path);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            Assert.Throws<InputException>(() => SafeTensors.Open(_path));
        }
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"I32","shape":[2],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""")]
    [InlineData("""{"a":{"shape":[1]}}""")]
    [InlineData("[]")]
    [InlineData("nonsense")]
    public void A_header_that_does_not_fit_is_refused(string header)
    {
        File.WriteAllBytes(_path, [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), 0, 0, 0, 0]);
        Assert.Throws<InputException>(() => SafeTensors.Open(_path));
    }

    [Fact]
    public void Another_shape_is_refused()
    {
        using var a = ones(3);
        using var b = ones(1);
        Write(a, b);
        using var file = SafeTensors.Open(_path);
        Assert.Contains("[3]", Assert.Throws<InputException>(() => file.ReadInto(new NamedTensor("a", b))).Message);
        Assert.Contains("no tensor c", Assert.Throws<InputException>(() => file.ReadInto(new NamedTensor("c", b))).Message);
    }

    private void Write(Tensor a, Tensor b)
    {
        using var stream = File.Create(_path);
        SafeTensors.Write(stream, [new("a", a), new("b", b)], [new("format", "pt")]);
    }
}
