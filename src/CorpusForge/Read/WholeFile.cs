using CorpusForge.Runs;

namespace CorpusForge.Read;

/// <summary>Reads a file in one piece.</summary>
internal static class WholeFile
{
    /// <exception cref="InputException">The file is shorter or longer than when the run was planned.</exception>
    public static byte[] Read(IStorage storage, InputFile file)
    {
        using var stream = file.OpenRead(storage);
        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)file.Bytes));
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read < bytes.Length || stream.ReadByte() >= 0)
            throw new InputException(file.Name, read, $"the file had {file.Bytes:N0} bytes when the run was planned and has changed since");
        return bytes;
    }
}
