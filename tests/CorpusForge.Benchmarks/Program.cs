using CorpusForge.Benchmarks;

return args switch
{
    ["kernels", .. var filters] => Kernels.Run(filters),
    ["stages", var pipeline, var folder] => StageBenchmark.Run(pipeline, folder, passes: 1),
    ["stages", var pipeline, var folder, var passes] => StageBenchmark.Run(pipeline, folder, int.Parse(passes, System.Globalization.CultureInfo.InvariantCulture)),
    ["ledger", var address] => LedgerBenchmark.Run(address, 1_000, 100_000),
    ["overhead", var folder] => await OverheadBenchmark.Run(folder, null),
    ["overhead", var folder, var address] => await OverheadBenchmark.Run(folder, address),
    ["deduplicate", var folder, .. var counts] => DeduplicateScale.Run(folder, counts.DefaultIfEmpty("100000").Select(c => long.Parse(c, System.Globalization.CultureInfo.InvariantCulture))),
    ["training"] => TrainingBenchmark.Run(),
    ["ngram", var tokens] => NgramBaseline.Run(tokens),
    ["synthesize", var words, var bytes, var folder] => Synthesis.Run(words, long.Parse(bytes, System.Globalization.CultureInfo.InvariantCulture), folder),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        kernels [FILTER…]                      the hot loops, each over about a megabyte: `kernels '*Sign*'`
        stages PIPELINE OUT [PASSES]           a whole pipeline, stage by stage, one worker; each pass in a fresh folder below OUT
        training                               loader, optimizer and training step on one thread, beside TorchSharp's own
        ngram TOKENS                           bits per byte of a byte 5-gram model on the token shards of a stage (tokenizer byte), as a bar for training
        ledger ADDRESS                         the statements of the ledger, over 1,000 and 100,000 units; a file, or a PostgreSQL connection string
        deduplicate OUT [COUNT…]               so many made-up documents, a tenth of them near copies, phase by phase
        overhead OUT [POSTGRES]                a run of 10,000 empty units, embedded and, given an empty database, through the service
        """);
    return 2;
}
