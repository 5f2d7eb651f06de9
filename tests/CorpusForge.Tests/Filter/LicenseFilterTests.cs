using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class LicenseFilterTests
{
    public static TheoryData<string?, string[], string[], string?> Judged => new()
    {
        { "MIT", ["MIT"], [], null },
        { "mit", ["MIT"], [], null },
        { "GPL-3.0-only", ["MIT"], [], "license-not-allowed" },
        { "GPL-3.0-only OR MIT", ["MIT"], [], null },
        { "GPL-3.0-only AND MIT", ["MIT"], [], "license-not-allowed" },
        { "(GPL-3.0-only OR MIT) AND Apache-2.0", ["MIT", "Apache-2.0"], [], null },
        { "GPL-3.0-only", [], ["GPL-3.0-only"], "license-denied" },
        { "GPL-3.0-only OR MIT", [], ["GPL-3.0-only"], null },
        { "GPL-3.0-only AND MIT", [], ["GPL-3.0-only"], "license-denied" },
        { "BSD-3-Clause", [], ["GPL-3.0-only"], null },
        { "MIT", ["MIT"], ["MIT"], "license-denied" },
        { "GPL-2.0-only WITH Classpath-exception-2.0", ["GPL-2.0-only"], [], null },
        { "GPL-2.0-only WITH Classpath-exception-2.0", ["GPL-2.0-only WITH Classpath-exception-2.0"], ["GPL-2.0-only"], null },
        { "GPL-2.0-only", ["GPL-2.0-only WITH Classpath-exception-2.0"], [], "license-not-allowed" },
        { "GPL-2.0+", ["GPL-2.0"], [], null },
        { null, ["MIT"], [], "license-unknown" },
        { "", ["MIT"], [], "license-unknown" },
        { "NOASSERTION", [], [], "license-unknown" },
        { "MIT OR", [], [], "license-malformed" },
    };

    [Theory, MemberData(nameof(Judged))]
    public void Names_the_rule(string? license, string[] allow, string[] deny, string? rule) =>
        Assert.Equal(rule, new LicenseFilter { Allow = allow, Deny = deny }.Judge(View(Document("") with { License = license })).Rule);

    [Fact]
    public void Keeps_unknown_licenses_where_the_setting_says_so() =>
        Assert.True(new LicenseFilter { Allow = ["MIT"], Unknown = UnknownLicense.Keep }.Judge(View("")).Kept);
}
