using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace CorpusForge.Training;

/// <summary>A tensor under the name that it has in a file.</summary>
public sealed record NamedTensor(string Name, Tensor Tensor);

/// <summary>A file of named tensors in Hugging Face's safetensors format: written deterministically as float32 or bfloat16, read strictly from any float type.</summary>
/// <remarks>
/// Eight bytes of header length, a JSON header, the data in the order of the header without gaps. Reading checks that offsets and shapes
/// agree with each other and with the length of the file; a file that was cut off is an <see cref="InputException"/>.
/// </remarks>
public sealed class SafeTensors : IDisposable
{
    private const int LongestHeader = 100_000_000;
    private const long ChunkElements = 1 << 24;

    private static readonly SortedDictionary<string, ScalarType> s_types = new(StringComparer.Ordinal)
    {
        ["BF16"] = ScalarType.BFloat16,
        ["F16"] = ScalarType.Float16,
        ["F32"] = ScalarType.Float32,
        ["F64"] = ScalarType.Float64,
    };

    private readonly FileStream _file;
    private readonly Dictionary<string, (ScalarType Type, long[] Shape, long Start, long End)> _entries = new(StringComparer.Ordinal);
    private readonly long _dataStart;

    private SafeTensors(FileStream file)
    {
        _file = file;
        using var header = ReadHeader(file);
        _dataStart = file.Position;
        foreach (var entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
            {
                Metadata = entry.Value.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString() ?? "", StringComparer.Ordinal);
                continue;
            }
            var dtype = entry.Value.GetProperty("dtype").GetString()!;
            if (!s_types.TryGetValue(dtype, out var type))
                throw new InputException(file.Name, 8, $"{entry.Name} is of type {dtype}; read are {string.Join(", ", s_types.Keys)}");
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())];
            var offsets = entry.Value.GetProperty("data_offsets");
            _entries.Add(entry.Name, (type, shape, offsets[0].GetInt64(), offsets[1].GetInt64()));
        }
        var end = 0L;
        foreach (var (name, (type, shape, start, stop)) in _entries.OrderBy(e => e.Value.Start).ThenBy(e => e.Value.End))
        {
            if (start != end || stop - start != shape.Aggregate(SizeOf(type), (a, b) => b >= 0 ? checked(a * b) : throw new OverflowException()))
                throw new InputException(file.Name, 8, $"the offsets of {name} do not fit its shape or the tensor before it");
            end = stop;
        }
        if (_dataStart + end != file.Length)
            throw new InputException(file.Name, file.Length, $"the header promises {_dataStart + end:N0} bytes, the file has {file.Length:N0}: it was cut off");
    }

    public IReadOnlyDictionary<string, string> Metadata { get; private set; } = new Dictionary<string, string>();

    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>Of a tensor of the file.</summary>
    public IReadOnlyList<long> ShapeOf(string name) => _entries[name].Shape;

    public static void Write(Stream stream, IReadOnlyList<NamedTensor> tensors, IEnumerable<KeyValuePair<string, string>> metadata, ScalarType type = ScalarType.Float32)
    {
        var header = new JsonObject
        {
            ["__metadata__"] = new JsonObject(metadata.OrderBy(m => m.Key, StringComparer.Ordinal)
                .Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))),
        };
        var end = 0L;
        foreach (var (name, tensor) in tensors)
        {
            var start = end;
            end += SizeOf(type) * tensor.numel();
            header[name] = new JsonObject
            {
                ["dtype"] = s_types.First(t => t.Value == type).Key,
                ["shape"] = new JsonArray([.. tensor.shape.Select(n => (JsonNode)n)]),
                ["data_offsets"] = new JsonArray(start, end),
            };
        }
        var json = Encoding.UTF8.GetBytes(header.ToJsonString());
        Span<byte> length = stackalloc byte[8];
        var padding = (8 - (json.Length % 8)) % 8;
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length + padding);
        stream.Write(length);
        stream.Write(json);
        stream.Write("        "u8[..padding]);
        foreach (var (_, tensor) in tensors)
            ForBytes(tensor, bytes => stream.Write(bytes), type);
    }

    /// <exception cref="InputException">Not a safetensors file, or not all of one.</exception>
    public static SafeTensors Open(string path)
    {
        var file = File.OpenRead(path);
        try
        {
            return new SafeTensors(file);
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException
                or IndexOutOfRangeException or ArgumentException)
                throw new InputException(path, 8, "the header is not that of a safetensors file", e);
            throw;
        }
    }

    /// <summary>Copies a tensor of the file into one of the same shape.</summary>
    public void ReadInto(NamedTensor destination)
    {
        if (!_entries.TryGetValue(destination.Name, out var entry))
            throw new InputException(_file.Name, 8, $"there is no tensor {destination.Name}");
        if (!entry.Shape.AsSpan().SequenceEqual(destination.Tensor.shape))
            throw new InputException(_file.Name, 8, $"{destination.Name} has the shape [{string.Join(", ", entry.Shape)}]");
        _file.Position = _dataStart + entry.Start;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        // A transposed view cannot be flattened in place: it is read whole.
        if (!destination.Tensor.is_contiguous())
        {
            using var whole = empty(entry.Shape, entry.Type);
            _file.ReadExactly(whole.bytes);
            destination.Tensor.detach().copy_(whole);
            return;
        }
        var flat = destination.Tensor.detach().view(-1);
        for (var start = 0L; start < flat.NumberOfElements; start += ChunkElements)
        {
            var target = flat.narrow(0, start, Math.Min(ChunkElements, flat.NumberOfElements - start));
            using var chunk = empty(target.NumberOfElements, entry.Type);
            _file.ReadExactly(chunk.bytes);
            target.copy_(chunk);
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Hands out the little-endian bytes of a tensor in pieces, from whichever device.</summary>
    internal static void ForBytes(Tensor tensor, Action<ReadOnlySpan<byte>> take, ScalarType type = ScalarType.Float32)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var flat = tensor.detach().contiguous().view(-1);
        for (var start = 0L; start < flat.NumberOfElements; start += ChunkElements)
        {
            using var local = flat.narrow(0, start, Math.Min(ChunkElements, flat.NumberOfElements - start)).cpu().to(type);
            take(local.bytes);
        }
    }

    private static long SizeOf(ScalarType type) => type switch { ScalarType.Float64 => 8, ScalarType.Float32 => 4, _ => 2 };

    private static JsonDocument ReadHeader(FileStream file)
    {
        Span<byte> length = stackalloc byte[8];
        if (file.Length < 8)
            throw new InputException(file.Name, file.Length, "too short for a safetensors file");
        file.ReadExactly(length);
        var bytes = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (bytes is < 2 or > LongestHeader || bytes > file.Length - 8)
            throw new InputException(file.Name, 0, $"a header of {bytes:N0} bytes does not fit the file");
        var json = new byte[bytes];
        file.ReadExactly(json);
        return JsonDocument.Parse(json);
    }
}
