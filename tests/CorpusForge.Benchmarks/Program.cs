using CorpusForge.Benchmarks;

return args switch
{
    ["kernels", .. var filters] => Kernels.Run(filters),
    ["stages", var pipeline, var folder] => StageBenchmark.Run(pipeline, folder, passes: 1),
    ["stages", var pipeline, var folder, var passes] => StageBenchmark.Run(pipeline, folder, int.Parse(passes, System.Globalization.CultureInfo.InvariantCulture)),
    ["synthesize", var words, var bytes, var folder] => Synthesis.Run(words, long.Parse(bytes, System.Globalization.CultureInfo.InvariantCulture), folder),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        kernels [FILTER…]                      the hot loops, each over about a megabyte: `kernels '*Sign*'`
        stages PIPELINE OUT [PASSES]           a whole pipeline, stage by stage, one worker; each pass in a fresh folder below OUT
        """);
    return 2;
}
