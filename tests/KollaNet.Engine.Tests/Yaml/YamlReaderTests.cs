using KollaNet.Engine.Site;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Tests.Yaml;

public sealed class YamlReaderTests
{
    [Theory]
    [InlineData("yes", true)]
    [InlineData("Off", false)]
    [InlineData("'yes'", "yes")]
    [InlineData("~", null)]
    [InlineData("", null)]
    [InlineData("12", 12L)]
    [InlineData("-1_000", -1000L)]
    [InlineData("0x1F", 31L)]
    [InlineData("0644", 420L)]
    [InlineData("09", "09")]
    [InlineData("22:22", "22:22")]
    [InlineData("1.5", 1.5)]
    [InlineData("2026.1-debian", "2026.1-debian")]
    [InlineData("1e3", "1e3")]
    [InlineData(".", ".")]
    public void Plain_scalars_mean_what_YAML_1_1_says(string text, object? expected)
    {
        Read($"a: {text}").Entries.Single().Value.As<YamlScalar>().Value.Should().Be(expected);
    }

    [Fact]
    public void Merge_keys_yield_to_explicit_ones()
    {
        YamlMap map = Read("base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\n");

        map.Find("more").As<YamlMap>().Entries.Select(entry => $"{entry.Key}={((YamlScalar)entry.Value).Text}").Should().BeEquivalentTo("y=3", "x=1");
    }

    [Fact]
    public void Every_node_knows_its_place()
    {
        YamlMap map = Read("a: 1\nb:\n  - \"text\"\n");

        map.Entries[1].Place.ToString().Should().Be("f.yml:2:1");
        map.Find("b").As<YamlList>().Items[0].As<YamlScalar>().TextPlace.ToString().Should().Be("f.yml:3:6");
    }

    private static YamlMap Read(string text)
    {
        var problems = new List<SiteProblem>();
        YamlMap map = YamlReader.ReadMap(text, "f.yml", problems);
        problems.Should().BeEmpty();
        return map;
    }
}
