using CorpusForge.Host.Commands;
using Xunit;

namespace CorpusForge.Host.Tests.Commands;

[Collection(nameof(CorpusRun))]
public sealed class DoctorCommandTests(CorpusRun run)
{
    [Fact]
    public void Everything_that_a_run_needs_is_fine_here()
    {
        var (code, output, _) = run.Program.Run("doctor");
        Assert.True(code == 0, output);
        foreach (var check in (string[])[".NET", "ICU", "SQLite", "zstd", "libvips", "output", "disk"])
            Assert.Matches($@"(ok   |warn ) {System.Text.RegularExpressions.Regex.Escape(check)} ", output);
    }

    [Fact]
    public void What_is_missing_is_told_with_its_mend_and_the_other_checks_go_on()
    {
        run.Program.Write("file", "x");
        var (code, output, error) = run.Program.Run("doctor", "--out", "file/out", "--libtorch", "nowhere", "-o", "json");
        Assert.Equal((1, ""), (code, error));
        var findings = System.Text.Json.JsonDocument.Parse(output).RootElement.EnumerateArray()
            .ToDictionary(f => f.GetProperty("check").GetString()!, f => f.GetProperty("result").GetString());
        Assert.Equal(("fail", "warn", "ok"), (findings["output"], findings["libtorch"], findings["SQLite"]));
    }

    [Theory]
    [InlineData(true, "fail")]
    [InlineData(false, "warn")]
    public void A_check_that_throws_is_a_finding(bool needed, string expected)
    {
        var finding = DoctorCommand.Run(new DoctorCommand.Check("x", needed, "mend it", () => throw new TypeInitializationException("T", new DllNotFoundException("libx is not there"))));
        Assert.Equal(new DoctorCommand.Finding(expected, "x", "libx is not there", "mend it"), finding);
    }

    [Fact]
    public void Invariant_globalization_is_found()
    {
        using var program = new ProgramRun();
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
        try
        {
            var (code, output, _) = program.Run("doctor");
            Assert.Equal(1, code);
            Assert.Contains("fail  ICU", output);
        }
        finally
        {
            Environment.SetEnvironmentVariable("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", null);
        }
    }
}
