using System.IO.Compression;
using CorpusForge.Runs;
using ZstdSharp;

namespace CorpusForge.Read;

/// <summary>How a file is compressed, told by its first bytes, never by its name.</summary>
public enum Compression
{
    None,
    Gzip,
    Zstd,
}

/// <summary>Opens files that may be compressed.</summary>
/// <remarks>
/// Gzip files may have several members, zstd files several frames. That a truncated gzip file throws needs the runtime
/// switch System.IO.Compression.UseStrictValidation, which Directory.Build.props sets for every program of the project.
/// </remarks>
public static class Compressed
{
    public static Compression Of(IStorage storage, InputFile input)
    {
        using var stream = input.OpenRead(storage);
        return Of(stream);
    }

    /// <summary>Reads a file from the start, decompressed; the second stream is the file itself, which tells the offset of damage.</summary>
    public static (Stream Content, Stream File) Open(IStorage storage, InputFile input) => Open(input.OpenRead(storage));

    public static (Stream Content, Stream File) Open(Stream file)
    {
        var compression = Of(file);
        file.Position = 0;
        return compression switch
        {
            Compression.Gzip => (new GZipStream(file, CompressionMode.Decompress), file),
            Compression.Zstd => (new DecompressionStream(file, bufferSize: 1 << 17, leaveOpen: false), file),
            _ => (file, file),
        };
    }

    private static Compression Of(Stream stream)
    {
        Span<byte> magic = stackalloc byte[4];
        var got = magic[..stream.ReadAtLeast(magic, 4, throwOnEndOfStream: false)];
        return got.StartsWith<byte>([0x1F, 0x8B]) ? Compression.Gzip
            : got.StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD]) ? Compression.Zstd
            : Compression.None;
    }
}
