namespace CorpusForge.Clean.Html;

/// <summary>A page was stopped, since its tree takes more than the budget; counted and never timed.</summary>
internal sealed class PageBudgetException(string rule, double measured, double limit) : Exception
{
    public Extraction Drop() => Extraction.Drop(rule, measured, limit);
}
