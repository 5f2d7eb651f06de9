using System.Runtime.InteropServices;
using System.Text;

namespace CorpusForge.Filter.FastText;

/// <summary>The file of a fastText model, little-endian: magic, version, arguments, dictionary, input matrix, output matrix.</summary>
public static class FastTextFile
{
    private const int Magic = 793_712_314;
    private const int Version = 12;
    private const int Supervised = 3;

    /// <param name="stream">Seekable.</param>
    /// <param name="name">For errors.</param>
    /// <param name="digest">Of the whole file.</param>
    /// <exception cref="InputException">It is no fastText model, or is damaged.</exception>
    internal static FastTextModel Read(Stream stream, string name, string digest)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        try
        {
            Check(stream.Length >= 8 && reader.ReadInt32() == Magic, "it does not begin as a fastText model does");
            var version = reader.ReadInt32();
            Check(version is 11 or 12, $"version {version} of the format is not known");
            var settings = ReadSettings(reader, version);
            var dictionary = ReadDictionary(reader, settings, out var pruned);
            var quantised = reader.ReadBoolean();
            Check(quantised || !pruned, "the dictionary is pruned and the input is not quantised");
            var rows = dictionary.Words.Count + (dictionary.Kept?.Count ?? settings.Buckets);
            var input = ReadMatrix(reader, quantised, rows, settings.Dimension);
            var output = ReadMatrix(reader, reader.ReadBoolean() && quantised, dictionary.Labels.Length, settings.Dimension);
            return new FastTextModel(settings, dictionary, input, output, digest);
        }
        catch (EndOfStreamException e)
        {
            throw new InputException(name, stream.Length, "the model is cut off", e);
        }

        void Check(bool holds, string problem)
        {
            if (!holds)
                throw new InputException(name, stream.Position, problem);
        }

        FastTextSettings ReadSettings(BinaryReader from, int version)
        {
            var numbers = new int[12];
            foreach (ref var number in numbers.AsSpan())
                number = from.ReadInt32();
            from.ReadDouble();
            Check(numbers[7] == Supervised, "it is a model of word vectors, not a classifier");
            Check(numbers[0] is > 0 and <= 1 << 16 && numbers[5] is >= 1 and <= 64 && numbers[6] is >= 1 and <= 4 && numbers[8] >= 0 && numbers[9] is >= 0 and <= 64 && numbers[10] is >= 0 and <= 64, "its settings make no sense");
            return new FastTextSettings
            {
                Dimension = numbers[0],
                Epochs = numbers[2],
                MinCount = numbers[3],
                WordNgrams = numbers[5],
                Loss = (FastTextLoss)numbers[6],
                Buckets = numbers[8],
                MinCharacters = numbers[9],
                // Version 11 wrote a length that its classifiers did not use.
                MaxCharacters = version == 11 ? 0 : numbers[10],
            };
        }

        FastTextDictionary ReadDictionary(BinaryReader from, FastTextSettings settings, out bool pruned)
        {
            var (size, words, labels) = (from.ReadInt32(), from.ReadInt32(), from.ReadInt32());
            from.ReadInt64();
            var kept = from.ReadInt64();
            pruned = kept >= 0;
            Check(words >= 0 && labels > 0 && size == words + labels && size <= (stream.Length - stream.Position) / 10 && kept <= (stream.Length - stream.Position) / 8, "its dictionary makes no sense");
            var entries = new (byte[] Text, long Count)[size];
            for (var i = 0; i < size; i++)
            {
                var text = new List<byte>();
                for (var b = from.ReadByte(); b != 0; b = from.ReadByte())
                    text.Add(b);
                entries[i] = ([.. text], from.ReadInt64());
                Check(from.ReadByte() == (i < words ? 0 : 1), $"entry {i} of its dictionary is of the wrong type");
            }
            Check(settings.Buckets > 0 || (settings.WordNgrams == 1 && settings.MaxCharacters == 0), "it has n-grams and no buckets for them");
            Dictionary<int, int>? map = null;
            if (pruned)
            {
                map = new Dictionary<int, int>((int)kept);
                for (var i = 0; i < kept; i++)
                {
                    var (bucket, row) = (from.ReadInt32(), from.ReadInt32());
                    Check(row >= 0 && row < kept, "a pruned bucket is out of range");
                    map[bucket] = row;
                }
            }
            return new FastTextDictionary(
                settings, [.. entries[..words].Select(e => e.Text)], [.. entries[..words].Select(e => e.Count)],
                [.. entries[words..].Select(e => Encoding.UTF8.GetString(e.Text))], [.. entries[words..].Select(e => e.Count)], map);
        }

        float[] ReadMatrix(BinaryReader from, bool quantised, int rows, int columns)
        {
            var norms = quantised && from.ReadBoolean();
            var (m, n) = (from.ReadInt64(), from.ReadInt64());
            Check(m == rows && n == columns, $"a matrix of {m} by {n} stands where {rows} by {columns} is due");
            Check(m * n <= Array.MaxLength, $"a matrix of {m} by {n} is larger than can be held");
            Check(quantised || m * n * sizeof(float) <= stream.Length - stream.Position, "the model is cut off");
            var values = LargeArray.Allocate<float>((int)(m * n));
            if (!quantised)
            {
                stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan(0, (int)Math.Min(values.Length, 1 << 28))));
                for (var at = 1 << 28; at < values.Length; at += 1 << 28)
                    stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan(at, Math.Min(values.Length - at, 1 << 28))));
                return values;
            }
            var size = from.ReadInt32();
            Check(size >= 0 && size <= stream.Length - stream.Position, "the model is cut off");
            var codes = from.ReadBytes(size);
            var quantizer = ReadQuantizer(from);
            Check(quantizer.Dimension == columns && (long)quantizer.Parts * m == size, "its codes do not fit its matrix");
            var normCodes = norms ? from.ReadBytes((int)m) : [];
            var normQuantizer = norms ? ReadQuantizer(from) : null;
            Check(normQuantizer is null || (normQuantizer.Dimension == 1 && normCodes.Length == m), "its norms do not fit its matrix");
            for (var row = 0; row < m; row++)
            {
                var norm = normQuantizer is null ? 1f : normQuantizer.Centroid(0, normCodes[row])[0];
                quantizer.Decode(codes.AsSpan(row * quantizer.Parts, quantizer.Parts), norm, FastTextModel.Row(values, row, columns));
            }
            return values;
        }

        ProductQuantizer ReadQuantizer(BinaryReader from)
        {
            var (dimension, parts, width, last) = (from.ReadInt32(), from.ReadInt32(), from.ReadInt32(), from.ReadInt32());
            Check(dimension is > 0 and <= 1 << 16 && width > 0 && width <= dimension, "its quantiser makes no sense");
            var centroids = new float[dimension * 256];
            var quantizer = new ProductQuantizer(dimension, width, centroids);
            Check(quantizer.Parts == parts && quantizer.LastWidth == last, "its quantiser makes no sense");
            stream.ReadExactly(MemoryMarshal.AsBytes(centroids.AsSpan()));
            return quantizer;
        }
    }

    /// <summary>Writes a dense model as fastText 0.9.2 does.</summary>
    public static void WriteDense(FastTextModel model, Stream stream) => Write(model, stream, quantised: false, (writer, matrix, rows) =>
    {
        writer.Write((long)rows);
        writer.Write((long)model.Settings.Dimension);
        for (var at = 0; at < matrix.Length; at += 1 << 20)
            writer.Write(MemoryMarshal.AsBytes(matrix.AsSpan(at, Math.Min(matrix.Length - at, 1 << 20))));
    });

    /// <summary>Writes a model with quantised rows (`.ftz`), a byte for every <paramref name="width"/> numbers; the output stays dense.</summary>
    public static void WriteQuantised(FastTextModel model, Stream stream, int width, bool norms, ulong seed) => Write(model, stream, quantised: true, (writer, matrix, rows) =>
    {
        var columns = model.Settings.Dimension;
        var random = new SplitMix64(seed);
        var vectors = matrix.AsSpan().ToArray();
        var lengths = new float[rows];
        for (var row = 0; row < rows; row++)
        {
            var vector = FastTextModel.Row(vectors, row, columns);
            lengths[row] = norms ? MathF.Sqrt(FastTextModel.Dot(vector, vector)) : 1;
            foreach (ref var value in vector)
                value = lengths[row] > 0 ? value / lengths[row] : 0;
        }
        var quantizer = new ProductQuantizer(columns, width);
        var codes = quantizer.Train(vectors, rows, ref random);
        writer.Write(norms);
        writer.Write((long)rows);
        writer.Write((long)columns);
        writer.Write(codes.Length);
        writer.Write(codes);
        WriteQuantizer(writer, quantizer);
        if (!norms)
            return;
        var normQuantizer = new ProductQuantizer(1, 1);
        writer.Write(normQuantizer.Train(lengths, rows, ref random));
        WriteQuantizer(writer, normQuantizer);
    });

    private static void Write(FastTextModel model, Stream stream, bool quantised, Action<BinaryWriter, float[], int> writeInput)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        var (settings, dictionary) = (model.Settings, model.Dictionary);
        foreach (var number in (int[])[Magic, Version, settings.Dimension, 5, settings.Epochs, settings.MinCount, 5, settings.WordNgrams,
            (int)settings.Loss, Supervised, settings.Buckets, settings.MinCharacters, settings.MaxCharacters, 100])
            writer.Write(number);
        writer.Write(1e-4);
        var (words, labels) = (dictionary.Words.Count, dictionary.Labels.Length);
        writer.Write(words + labels);
        writer.Write(words);
        writer.Write(labels);
        writer.Write(dictionary.WordCounts.Sum() + dictionary.LabelCounts.Sum());
        writer.Write((long)(dictionary.Kept?.Count ?? -1));
        for (var i = 0; i < words; i++)
            Entry(dictionary.Words[i], dictionary.WordCounts[i], 0);
        for (var i = 0; i < labels; i++)
            Entry(Encoding.UTF8.GetBytes(dictionary.Labels[i]), dictionary.LabelCounts[i], 1);
        foreach (var (bucket, row) in dictionary.Kept ?? new Dictionary<int, int>())
        {
            writer.Write(bucket);
            writer.Write(row);
        }
        writer.Write(quantised);
        writeInput(writer, model.Input, model.Input.Length / settings.Dimension);
        writer.Write(false);
        writer.Write((long)labels);
        writer.Write((long)settings.Dimension);
        writer.Write(MemoryMarshal.AsBytes(model.Output.AsSpan()));

        void Entry(byte[] text, long count, byte type)
        {
            writer.Write(text);
            writer.Write((byte)0);
            writer.Write(count);
            writer.Write(type);
        }
    }

    private static void WriteQuantizer(BinaryWriter writer, ProductQuantizer quantizer)
    {
        foreach (var number in (int[])[quantizer.Dimension, quantizer.Parts, quantizer.Width, quantizer.LastWidth])
            writer.Write(number);
        writer.Write(MemoryMarshal.AsBytes(quantizer.All));
    }
}
