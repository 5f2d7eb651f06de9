namespace CorpusForge.Host.Service;

/// <summary>What a stage of a pipeline has produced, in all its versions.</summary>
/// <param name="Id">PIPELINE/STAGE.</param>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Stage">The stage's id.</param>
/// <param name="Versions">Newest first.</param>
public sealed record Dataset(string Id, string Pipeline, string Stage, IReadOnlyList<DatasetVersion> Versions);

/// <summary>One content of a dataset: runs that left the same bytes share it.</summary>
/// <param name="Root">The Merkle root over its parts.</param>
/// <param name="Digest">Of the configuration that it was made by.</param>
/// <param name="Folder">Relative to the output.</param>
/// <param name="Runs">That left it, newest first.</param>
/// <param name="Created">When the first of them was created.</param>
/// <param name="Documents">Kept.</param>
/// <param name="Bytes">UTF-8 bytes of text.</param>
/// <param name="Tokens">Written by a tokenize stage.</param>
/// <param name="MadeOf">The versions of the datasets of the stages before it, nearest first.</param>
public sealed record DatasetVersion(
    string Root, string Digest, string Folder, IReadOnlyList<string> Runs, DateTimeOffset Created, long Documents, long Bytes, long Tokens, IReadOnlyList<DatasetInput> MadeOf);

/// <summary>A dataset that another was made of.</summary>
/// <param name="Dataset">PIPELINE/STAGE.</param>
/// <param name="Root">Its version.</param>
public sealed record DatasetInput(string Dataset, string Root);
