namespace CorpusForge.Runs;

/// <summary>Finds the input files of a source and knows what is in them.</summary>
public sealed class Inputs
{
}
