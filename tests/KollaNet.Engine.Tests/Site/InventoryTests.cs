using KollaNet.Engine.Site;

namespace KollaNet.Engine.Tests.Site;

public sealed class InventoryTests : IDisposable
{
    private readonly SiteFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("node[01:03]", "node01 node02 node03")]
    [InlineData("n[1:10:4].x", "n1.x n5.x n9.x")]
    [InlineData("r[a:b]-[1:2]", "ra-1 ra-2 rb-1 rb-2")]
    [InlineData("fd00::1", "fd00::1")]
    public void Ranges_stand_for_their_hosts(string pattern, string expected)
    {
        folder.Write("inventory", $"[control]\n{pattern}\n");

        folder.Read().Groups["control"].Should().Equal(expected.Split(' '));
    }

    [Theory]
    [InlineData("n1 ansible_host=10.0.0.5 ansible_user=admin ansible_port=2222 ansible_ssh_private_key_file=\"/keys/my key\"", "10.0.0.5", 2222, "admin", "/keys/my key")]
    [InlineData("n1:2200", "n1", 2200, null, null)]
    [InlineData("[fd00::1]:2200", "fd00::1", 2200, null, null)]
    [InlineData("n1 ansible_host=\"{{ inventory_hostname }}.example\" # comment", "n1.example", null, null, null)]
    public void A_connection_is_read_from_the_variables_of_the_host(string line, string address, int? port, string? user, string? key)
    {
        folder.Write("inventory", $"[control]\n{line}\n");

        folder.Read().Hosts.Single().Connection.Should().Be(new HostConnection(false, address, port, user, key));
    }

    [Theory]
    [InlineData("", "/var/run/docker.sock")]
    [InlineData("docker_socket: /srv/engine.sock", "/srv/engine.sock")]
    [InlineData("docker_socket: unix:///srv/engine.sock", "/srv/engine.sock")]
    public void The_engine_is_where_docker_socket_says(string globals, string expected)
    {
        folder.Globals(globals).Write("inventory", "[control]\nhere ansible_connection=local\nthere ansible_host=10.0.0.2\n");

        folder.Read().Hosts.Select(host => host.Connection.EngineSocket).Should().Equal(expected, expected);
    }

    [Fact]
    public void A_host_may_have_its_engine_elsewhere()
    {
        folder.Write("inventory", "[control]\nn1 ansible_connection=local docker_socket=/srv/engine.sock\nn2 ansible_host=10.0.0.2\n");

        folder.Read().Hosts.Select(host => host.Connection.EngineSocket).Should().Equal("/srv/engine.sock", "/var/run/docker.sock");
    }

    [Fact]
    public void A_section_that_is_never_closed_is_named_once()
    {
        folder.AllPasswords().Write("inventory", SiteFolder.OneHost.Replace("[keystone:children]", "[keystone:children", StringComparison.Ordinal));

        folder.Problems().Should().ContainSingle().Which.Should().EndWith("inventory:7:1: the section's name must end with ']'");
    }

    [Fact]
    public void Ini_and_yaml_files_add_up()
    {
        folder.Write("inventory", "[control]\nn1 ansible_connection=local\n").Write("more.yml", """
            all:
              children:
                compute:
                  hosts:
                    n[2:3]:
                      ansible_host: "10.0.0.{{ inventory_hostname[1:] }}"
                everything:
                  children:
                    control:
                    compute:
            """);
        folder.Inventories = [folder.Inventory, folder.PathOf("more.yml")];

        KollaNet.Engine.Site.Site site = folder.Read();

        site.Groups["everything"].Should().Equal("n1", "n2", "n3");
        site.Hosts.Select(host => host.Connection.Address).Should().Equal(null, "10.0.0.2", "10.0.0.3");
    }

    [Theory]
    [InlineData(null, "n1 n2 n3")]
    [InlineData("n1,n3", "n1 n3")]
    [InlineData("compute", "n2 n3")]
    [InlineData("all,!n2", "n1 n3")]
    [InlineData("!n2", "n1 n3")]
    [InlineData("n*", "n1 n2 n3")]
    public void A_limit_selects_hosts(string? limit, string expected)
    {
        folder.Write("inventory", "[control]\nn1\n[compute]\nn[2:3]\n");
        folder.Limit = limit;

        folder.Read().Hosts.Where(host => host.Selected).Select(host => host.Name).Should().Equal(expected.Split(' '));
    }
}
