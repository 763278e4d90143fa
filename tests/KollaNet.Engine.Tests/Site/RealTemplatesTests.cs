using System.Collections.Immutable;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Tests.Site;

/// <summary>The folders that are shipped, read as an operator's first deployment does.</summary>
public sealed class RealTemplatesTests : IDisposable
{
    private readonly SiteFolder folder = new SiteFolder().AllPasswords();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_services_that_are_shipped_load_without_a_problem()
    {
        ServiceCatalog catalog = ServiceReader.Read(SiteFolder.RealTemplates, out ImmutableArray<SiteProblem> problems);

        problems.Should().BeEmpty();
        catalog.Services.Select(service => service.Name).Should().Contain(["glance", "keystone", "mariadb", "memcached"]);
    }

    [Fact]
    public void A_site_of_defaults_and_passwords_has_no_problem_before_and_after_its_host_is_reached()
    {
        KollaNet.Engine.Site.Site site = folder.Read();

        folder.Shorten(site.Problems).Should().BeEmpty();
        folder.Shorten(site.Warnings).Should().BeEmpty();
        folder.Shorten(site.Validate(SiteFolder.Facts("node1"))).Should().BeEmpty();
    }

    [Fact]
    public void Values_are_evaluated_with_the_facts_of_the_host()
    {
        ImmutableDictionary<string, HostFacts> facts = SiteFolder.Facts("node1");
        IVariables variables = folder.Read().VariablesOf("node1", facts);

        Value(variables, "api_interface_address").Should().Be("10.0.0.1");
        Value(variables, "kolla_internal_vip_address").Should().Be("10.0.0.1");
        Value(variables, "openstack_service_workers").Should().Be(5L);
        Value(variables, "mariadb_innodb_buffer_pool_size_mb").Should().Be(1638L);
        Value(variables, "glance_internal_endpoint").Should().Be("http://10.0.0.1:9292");
        Value(variables, "node_custom_config").Should().Be(folder.ConfigFolder + "/config");
        Value(variables, "glance_api_hosts").As<IReadOnlyList<object?>>().Should().Equal("node1");
    }

    [Theory]
    [InlineData("all-in-one")]
    [InlineData("multinode")]
    public void The_inventories_that_are_shipped_serve_every_enabled_service(string name)
    {
        folder.Inventories = [Path.Combine(SiteFolder.Repository, "inventories", name)];

        folder.Problems().Should().BeEmpty();
    }

    [Fact]
    public void The_all_in_one_inventory_is_this_machine()
    {
        folder.Inventories = [Path.Combine(SiteFolder.Repository, "inventories", "all-in-one")];

        folder.Read().Hosts.Should().Equal(new SiteHost("localhost", new HostConnection(true)));
    }

    private static object? Value(IVariables variables, string name)
    {
        variables.TryGet(name, out object? value).Should().BeTrue();
        return value;
    }
}
