using KollaNet.Engine.Site;

namespace KollaNet.Engine.Tests.Site;

public sealed class SampleFilesTests
{
    /// <summary>After a change of defaults, run the tests once with KOLLANET_WRITE_SAMPLES=1 and commit the files.</summary>
    [Theory]
    [InlineData("globals.yml")]
    [InlineData("passwords.yml")]
    public async Task The_committed_sample_is_what_the_defaults_give(string name)
    {
        string path = Path.Combine(SiteFolder.Repository, "etc-kolla-sample", name);
        string made = name == "globals.yml" ? SampleFiles.Globals(SiteFolder.RealTemplates) : SampleFiles.Passwords(SiteFolder.RealTemplates);
        if (Environment.GetEnvironmentVariable("KOLLANET_WRITE_SAMPLES") == "1") await File.WriteAllTextAsync(path, made, TestContext.Current.CancellationToken);

        (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Should().Be(made);
    }

    [Fact]
    public void A_sample_with_every_key_uncommented_is_a_valid_site()
    {
        using var folder = new SiteFolder();
        string[] lines = SampleFiles.Globals(SiteFolder.RealTemplates).Split('\n');
        folder.AllPasswords().Globals(string.Join('\n', lines.Select(line => line.Length > 1 && line[0] == '#' && (line[1] is not ' ' and not '#' || line.StartsWith("#  ", StringComparison.Ordinal)) ? line[1..] : line)));

        folder.Problems().Should().BeEmpty();
    }
}
