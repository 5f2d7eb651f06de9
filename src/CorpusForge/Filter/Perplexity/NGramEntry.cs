using System.Runtime.InteropServices;

namespace CorpusForge.Filter.Perplexity;

/// <summary>An n-gram as a file keeps it: a hash of its words, and logarithms to base 10.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal readonly record struct NGramEntry(ulong Key, NGramLogarithms Logarithms) : IComparable<NGramEntry>
{
    public int CompareTo(NGramEntry other) => Key.CompareTo(other.Key);
}

/// <summary>To base 10.</summary>
internal readonly record struct NGramLogarithms(float Probability, float BackOff);
