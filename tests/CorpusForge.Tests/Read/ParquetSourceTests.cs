using CorpusForge.Read;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace CorpusForge.Tests.Read;

public sealed class ParquetSourceTests : IDisposable
{
    private static readonly DataField s_text = new DataField<string>("text");
    private static readonly DataField s_id = new DataField<long>("id");
    private static readonly DataField s_score = new DataField<double?>("score");
    private static readonly DataField s_tags = new("tags", typeof(int), isArray: true);
    private readonly SourceRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Rows_of_all_row_groups_come_with_their_columns()
    {
        var path = await Write(groups: 3);
        var documents = _run.Read(Source(path) with { Metadata = ["score"], License = "license" });
        Assert.Equal(["a", "no-text", "a", "a", "no-text", "a", "a", "no-text", "a"], SourceRun.Outcome(documents));
        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"a.parquet@{i}"), documents.Select(d => d.Locator));
        Assert.Equal(["1", null, "3"], documents.Take(3).Select(d => d.SourceId));
        Assert.Equal(["0.5", null, null], documents.Take(3).Select(d => d.Metadata.GetValueOrDefault("score")));
        Assert.Equal("MIT", documents[0].License);
        Assert.Equal("text/plain", documents[0].MediaType);
    }

    [Fact]
    public async Task A_slice_reads_its_row_groups_and_no_other()
    {
        var source = Source(await Write(groups: 3));
        var slice = Assert.Single(SourceRun.Plan(source));
        Assert.Equal((0, 3), (slice.Start, slice.End));
        var documents = _run.Read(source, slice with { Start = 1, End = 2 });
        Assert.Equal(["a.parquet@3", "a.parquet@4", "a.parquet@5"], documents.Select(d => d.Locator));
    }

    [Fact]
    public async Task A_file_without_rows_is_one_empty_slice()
    {
        var source = Source(await Write(groups: 0));
        Assert.Single(SourceRun.Plan(source));
        Assert.Empty(_run.Read(source));
    }

    [Fact]
    public async Task A_missing_column_is_an_error_that_names_the_file_and_the_columns_there_are()
    {
        var path = await Write(groups: 1);
        var error = Assert.Throws<PipelineException>(() => SourceRun.Plan(Source(path) with { Text = "body" }));
        Assert.Contains("a.parquet has no column 'body'", error.Message);
        Assert.Contains("text, id, score, license, tags", error.Message);
        Assert.Throws<PipelineException>(() => SourceRun.Plan(Source(path) with { Url = "link" }));
    }

    [Fact]
    public async Task A_column_of_another_type_is_an_error_that_says_which()
    {
        var path = await Write(groups: 1);
        Assert.Contains("is Int64", Assert.Throws<PipelineException>(() => SourceRun.Plan(Source(path) with { Text = "id" })).Message);
        Assert.Contains("a list of Int32", Assert.Throws<PipelineException>(() => SourceRun.Plan(Source(path) with { Metadata = ["tags"] })).Message);
    }

    [Theory, InlineData(0), InlineData(4), InlineData(11), InlineData(200), InlineData(-1)]
    public async Task A_truncated_file_fails_with_its_name(int length)
    {
        var bytes = await File.ReadAllBytesAsync(await Write(groups: 2), TestContext.Current.CancellationToken);
        var path = _run.Write("cut.parquet", bytes[..(length < 0 ? bytes.Length + length : length)]);
        Assert.StartsWith("cut.parquet: ", Assert.Throws<InputException>(() => SourceRun.Plan(Source(path))).Message);
    }

    [Theory, InlineData(int.MaxValue), InlineData(-1), InlineData(1 << 20)]
    public async Task A_footer_longer_than_the_file_is_not_believed(int length)
    {
        var path = await Write(groups: 1);
        var bytes = File.ReadAllBytes(path);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 8), length);
        _run.Write("a.parquet", bytes);
        Assert.Contains("more than the file", Assert.Throws<InputException>(() => SourceRun.Plan(Source(path))).Message);
    }

    [Fact]
    public async Task Damaged_pages_fail_the_slice_with_the_file_name()
    {
        var bytes = await File.ReadAllBytesAsync(await Write(groups: 1), TestContext.Current.CancellationToken);
        bytes.AsSpan(4, 40).Fill(0xFF);
        var source = Source(_run.Write("bad.parquet", bytes));
        Assert.StartsWith("bad.parquet: ", Assert.Throws<InputException>(() => _run.Read(source)).Message);
    }

    private static ParquetSource Source(string path) => new() { Paths = [path] };

    // Repeated values make the writer use a dictionary for the strings.
    private async Task<string> Write(int groups)
    {
        var path = Path.Combine(_run.Folder, "a.parquet");
        var license = new DataField<string>("license");
        await using var stream = File.Create(path);
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = System.IO.Compression.CompressionLevel.Fastest };
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(s_text, s_id, s_score, license, s_tags), stream, options);
        for (var group = 0; group < groups; group++)
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync(s_text, new[] { "a", null!, "a" });
            await rows.WriteAsync<long>(s_id, new long[] { 1, 2, 3 });
            await rows.WriteAsync<double>(s_score, new double?[] { 0.5, null, null });
            await rows.WriteAsync(license, new[] { "mit", "mit", "mit" });
            await rows.WriteAsync<int>(s_tags, new[] { 1, 2, 3 }, new[] { 0, 0, 0 });
        }
        return path;
    }
}
