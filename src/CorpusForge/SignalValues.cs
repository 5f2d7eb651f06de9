using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace CorpusForge;

/// <summary>What filters measured of one document, by `step.rule`.</summary>
/// <remarks>The names are one array for all documents of a stage or shard. A rule that was not asked of this document is absent.</remarks>
public sealed class SignalValues : IReadOnlyDictionary<string, double>
{
    private readonly string[] _names;
    private readonly double?[] _values;

    /// <param name="names">Of all columns, each once.</param>
    /// <param name="values">One for each name; null is absent.</param>
    public SignalValues(string[] names, double?[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, names.Length);
        (_names, _values) = (names, values);
    }

    public static SignalValues None { get; } = new([], []);

    public bool IsEmpty => Count == 0;
    public int Count => _values.Count(v => v is not null);
    public IEnumerable<string> Keys => this.Select(p => p.Key);
    public IEnumerable<double> Values => this.Select(p => p.Value);

    public double this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"no signal '{key}'");

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out double value)
    {
        var found = At(0, key);
        value = found.GetValueOrDefault();
        return found is not null;
    }

    public IEnumerator<KeyValuePair<string, double>> GetEnumerator()
    {
        for (var i = 0; i < _names.Length; i++)
            if (_values[i] is { } value)
                yield return new(_names[i], value);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The value of a signal, null where it is absent; quickest where <paramref name="place"/> is its place among the names.</summary>
    internal double? At(int place, string name)
    {
        if (place >= _names.Length || _names[place] != name)
            place = Array.IndexOf(_names, name);
        return place < 0 ? null : _values[place];
    }
}
