using System.Globalization;
using System.IO.Hashing;
using System.Text;
using CorpusForge.Runs;

namespace CorpusForge.Training;

/// <summary>The checkpoints of one training in one folder of a storage: each whole or not there, the newest few kept.</summary>
/// <remarks>
/// A checkpoint is a safetensors file: the parameters under their published names, both moments of the optimizer, and as metadata the
/// number of steps done (from which learning rate and place in the data follow), the digest of the training, threads and device, and a
/// hash of the data. There is no other state: nothing in training draws random numbers but the initial weights and the shuffle, which are
/// functions of the seed.
/// </remarks>
internal sealed class Checkpoints(IStorage storage, string folder, string digest, int keep, Action<string> say)
{
    /// <summary>Writes under a temporary name, flushes, renames, and deletes the oldest.</summary>
    public void Save(long step, IReadOnlyList<NamedTensor> state, int threads, string device)
    {
        var temporary = In(IStorage.TemporaryPrefix + "checkpoint");
        using (var file = (FileStream)storage.Create(temporary))
        {
            SafeTensors.Write(file, state, new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["device"] = device,
                ["digest"] = digest,
                ["hash"] = HashOf(state),
                ["step"] = $"{step}",
                ["threads"] = $"{threads}",
            });
            file.Flush(flushToDisk: true);
        }
        storage.Publish(temporary, NameOf(step));
        foreach (var old in Steps().Skip(keep))
            storage.Delete(NameOf(old));
    }

    /// <summary>Publishes what belongs to the next checkpoint.</summary>
    public void Publish(string name, string text)
    {
        var temporary = In(IStorage.TemporaryPrefix + name);
        using (var file = (FileStream)storage.Create(temporary))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        storage.Publish(temporary, In(name));
    }

    /// <summary>Copies what was published into a folder of this machine, if it is there.</summary>
    public void Fetch(string name, string to)
    {
        if (storage.Exists(In(name)))
            File.Copy(storage.LocalPath(In(name)), Path.Combine(to, name), overwrite: true);
    }

    /// <summary>Restores the newest checkpoint that is whole and returns its step; 0 when there is none.</summary>
    /// <exception cref="TrainingException">The checkpoint belongs to another training.</exception>
    public long Restore(IReadOnlyList<NamedTensor> state, int threads, string device)
    {
        foreach (var step in Steps())
        {
            var path = storage.LocalPath(NameOf(step));
            try
            {
                using var file = SafeTensors.Open(path);
                if (file.Metadata.GetValueOrDefault("digest") != digest)
                {
                    throw new TrainingException($"{path} is a checkpoint of another model, other settings or other token shards: " +
                        "train in another folder, or delete it to start anew.");
                }
                foreach (var tensor in state)
                    file.ReadInto(tensor);
                if (HashOf(state) != file.Metadata.GetValueOrDefault("hash"))
                    throw new InputException(path, 0, "its data are not those that were written");
                if (file.Metadata.GetValueOrDefault("threads") != $"{threads}" || file.Metadata.GetValueOrDefault("device") != device)
                {
                    say($"{path} was written with {file.Metadata.GetValueOrDefault("threads")} threads on {file.Metadata.GetValueOrDefault("device")}, " +
                        $"training goes on with {threads} on {device}: the result is not the same to the last bit.");
                }
                return step;
            }
            catch (InputException e)
            {
                say($"The checkpoint of step {step} is damaged and not used: {e.Message}");
            }
        }
        return 0;
    }

    private string NameOf(long step) => In($"step-{step:D10}.safetensors");

    private string In(string name) => folder.Length == 0 ? name : $"{folder}/{name}";

    /// <summary>The newest first.</summary>
    private List<long> Steps() => [.. storage.List(folder)
        .Select(f => f.Name[In("").Length..]).Where(n => n.StartsWith("step-", StringComparison.Ordinal) && n.EndsWith(".safetensors", StringComparison.Ordinal))
        .Select(n => long.TryParse(n[5..^12], NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1)
        .Where(s => s >= 0).OrderDescending()];

    private static string HashOf(IReadOnlyList<NamedTensor> state)
    {
        var hash = new XxHash128();
        foreach (var (_, tensor) in state)
            SafeTensors.ForBytes(tensor, hash.Append);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
