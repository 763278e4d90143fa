using System.Collections.Immutable;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Tests.Site;

public sealed class VariableTests : IDisposable
{
    private readonly SiteFolder folder = new SiteFolder().AllPasswords().WithTemplates(
        ("defaults.yml", "key: default\nchain: \"{{ key }}!\"\nfacts: \"{{ ansible_facts.hostname }}/{{ ansible_hostname }}\"\nbroken: \"{{ nope }}\"\nnode_config: /etc/kolla\nnode_config_directory: \"{{ node_config }}\"\nnested: {a: [\"{{ key }}\"]}\npeer: \"{{ hostvars['n2'].chain }}\"\n"),
        ("site.yml", "aliases: {node_config: node_config_directory}\n"));

    public VariableTests() => folder.Globals("").Write("inventory", "[control]\nn1\nn2\n");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_layer_wins_over_the_ones_before()
    {
        Value("key").Should().Be("default");
        Write("inventory", "[control]\nn1\nn2\n[all:vars]\nkey=all\n", "all");
        Write("inventory", "[control]\nn1\nn2\n[all:vars]\nkey=all\n[control:vars]\nkey=group\n", "group");
        Write("group_vars/control.yml", "key: group_vars\n", "group_vars");
        Write("inventory", "[control]\nn1 key=host\nn2\n", "host");
        Write("host_vars/n1.yml", "key: host_vars\n", "host_vars");
        Write("etc/globals.yml", "key: globals\n", "globals");
        Write("etc/passwords.yml", "key: passwords\n", "passwords");
        Write("etc/globals.d/10.yml", "key: ten\n", "ten");
        Write("etc/globals.d/20.json", "{\"key\": \"twenty\"}", "twenty");
        folder.Extra = ["other=1 key='from the command line'", "{key: last}"];
        Value("key").Should().Be("last");

        void Write(string path, string text, string expected)
        {
            folder.Write(path, text);
            Value("key").Should().Be(expected, path);
        }
    }

    [Fact]
    public void Nothing_is_evaluated_before_it_is_asked_for()
    {
        Value("chain").Should().Be("default!");
        folder.Problems().Should().BeEmpty("no service needs the broken default");

        Action broken = () => Value("broken");

        broken.Should().Throw<TemplateException>().WithMessage("templates/defaults.yml:4:13: 'nope' is undefined*");
    }

    [Fact]
    public void Lists_mappings_facts_and_other_hosts_are_evaluated()
    {
        Value("nested").As<IReadOnlyDictionary<string, object?>>()["a"].As<IReadOnlyList<object?>>().Should().Equal("default");
        Value("facts").Should().Be("n1/n1");
        Value("peer").Should().Be("default!");
    }

    [Theory]
    [InlineData("node_config_directory: /srv", "/srv", "/srv")]
    [InlineData("node_config: /srv", "/srv", "/srv")]
    [InlineData("node_config: /a\nnode_config_directory: /b", "/a", "/b")]
    public void An_alias_follows_whichever_name_is_set(string globals, string nodeConfig, string directory)
    {
        folder.Globals(globals);

        Value("node_config").Should().Be(nodeConfig);
        Value("node_config_directory").Should().Be(directory);
    }

    [Fact]
    public void A_password_is_a_text_whatever_it_looks_like()
    {
        folder.Write("etc/passwords.yml", "key: 0123\n");

        Value("key").Should().Be("0123");
    }

    [Fact]
    public void Facts_of_a_host_that_was_not_reached_are_an_error_that_says_so()
    {
        Action ask = () => folder.Read().VariablesOf("n1", SiteFolder.Facts("n2")).TryGet("facts", out _);

        ask.Should().Throw<TemplateException>().Which.Problem.Should().Be("needs facts of host 'n1', which are unknown until it is reached");
    }

    [Fact]
    public void The_effective_configuration_names_origins_and_hides_secrets()
    {
        folder.Globals("key: globals\nurl: \"http://u:{{ database_password }}@h\"\n");
        folder.Extra = ["key=extra"];
        KollaNet.Engine.Site.Site site = folder.Read();

        ImmutableDictionary<string, EffectiveValue> values = site.Effective("n1", SiteFolder.Facts("n1", "n2")).ToImmutableDictionary(value => value.Key);

        values["key"].Should().BeEquivalentTo(new { Value = "extra", IsSecret = false, Problem = (string?)null });
        values["key"].Origin.ToString().Should().Be("-e");
        values["key"].Overridden.Select(place => place.ToString()).Should().Equal("globals.yml:1:1", "templates/defaults.yml:1:1");
        values["database_password"].Should().BeEquivalentTo(new { Value = "***", IsSecret = true });
        values["url"].Should().BeEquivalentTo(new { Value = "http://u:***@h", IsSecret = true });
        values["broken"].Problem.Should().StartWith("templates/defaults.yml:4:13: 'nope' is undefined");
        site.Effective("n1", SiteFolder.Facts("n1", "n2"), true).Single(value => value.Key == "url").Value.Should().Be("http://u:dbpass-1234@h");
    }

    private object? Value(string name)
    {
        folder.Read().VariablesOf("n1", SiteFolder.Facts("n1", "n2")).TryGet(name, out object? value).Should().BeTrue();
        return value;
    }
}
