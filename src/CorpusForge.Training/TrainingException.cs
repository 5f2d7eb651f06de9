namespace CorpusForge.Training;

/// <summary>Training cannot go on, for a reason that the user can mend and that the message names.</summary>
public sealed class TrainingException(string message, Exception? inner = null) : Exception(message, inner);
