namespace KollaNet.Engine.Tests.Site;

/// <summary>What an operator reads when something is wrong, word for word.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly SiteFolder folder = new SiteFolder().AllPasswords();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("enable_galnce: yes", "globals.yml:1:1: unknown key 'enable_galnce'; did you mean 'enable_glance'?")]
    [InlineData("network_interfce: eth0", "globals.yml:1:1: unknown key 'network_interfce'; did you mean 'network_interface'?")]
    [InlineData("something_else: 1", "globals.yml:1:1: unknown key 'something_else': nothing uses it; remove it, or begin its name with custom_ to keep it")]
    [InlineData("inventory_hostname: x", "globals.yml:1:1: 'inventory_hostname' is set by KollaNet itself and cannot be changed")]
    [InlineData("enable_glance: yse", "globals.yml:1:1: enable_glance: \"yse\" is not yes or no")]
    [InlineData("enable_nova: yse", "globals.yml:1:1: enable_nova: \"yse\" is not yes or no")]
    [InlineData("enable_keystone: \"{{ 'maybe' }}\"", "globals.yml:1:1: enable_keystone: \"maybe\" is not yes or no")]
    [InlineData("glance_api_port: 99999", "globals.yml:1:1: glance_api_port: 99999 is not a port (1 to 65535)")]
    [InlineData("glance_api_workers: many", "globals.yml:1:1: glance_api_workers: \"many\" is not a whole number")]
    [InlineData("kolla_internal_vip_address: 10.0.0.300", "globals.yml:1:1: kolla_internal_vip_address: \"10.0.0.300\" is not an IP address")]
    [InlineData("docker_graceful_timeout: [1]", "globals.yml:1:1: docker_graceful_timeout: a list is not a whole number")]
    [InlineData("default_extra_volumes: /data", "globals.yml:1:1: default_extra_volumes: \"/data\" is not a list")]
    [InlineData("docker_socket: run/docker.sock", "globals.yml:1:1: docker_socket: \"run/docker.sock\" is not the absolute path of a socket")]
    [InlineData("config_strategy: COPY_ONCE_", "globals.yml:1:1: config_strategy: \"COPY_ONCE_\" is not one of COPY_ALWAYS, COPY_ONCE; did you mean 'COPY_ONCE'?")]
    [InlineData("enable_haproxy: yes", "globals.yml:1:1: enable_haproxy is on, but this release has no load balancer; set enable_haproxy: \"no\"")]
    [InlineData("openstack_tag: \"{{ openstack_relese }}\"", "globals.yml:1:20: 'openstack_relese' is undefined; did you mean 'openstack_release'?")]
    [InlineData("openstack_tag: \"{{ }\"", "globals.yml:1:20: unexpected '}'")]
    [InlineData("a: 1\na: 2\ncustom_b: 3", "globals.yml:2:1: key 'a' is already set in line 1")]
    [InlineData("openstack_release: {{ x }}", "globals.yml:1:21: a value that starts with '{{' needs quotes around it: \"{{ … }}\"")]
    [InlineData("node_config: /etc/kolla\n\tx: 1", "globals.yml:2:1: a tab starts this line; YAML is indented with blanks only")]
    [InlineData("node_config: 'abc", "globals.yml:1:14: the quote opened here is never closed")]
    [InlineData("node_config: a: b", "globals.yml:1:15: a ':' where none can be: the line above is indented differently, or the value needs quotes")]
    [InlineData("- node_config", "globals.yml:1:1: expected 'key: value' lines, found a list")]
    [InlineData("custom_a: [1\nb: 2", "globals.yml: the bracket opened in line 1 is never closed")]
    public void A_wrong_globals_file_is_explained_with_its_place(string globals, string expected)
    {
        folder.Globals(globals);

        folder.Problems().Should().Contain(expected);
    }

    [Theory]
    [InlineData("custom_thing: 1")]
    [InlineData("enable_keystone: \"no\"")]
    [InlineData("my_domain: example.org\nkolla_internal_fqdn: \"api.{{ my_domain }}\"")]
    [InlineData("enable_nova: \"no\"\nnova_console: novnc")]
    [InlineData("kolla_internal_vip_address: \"{{ ansible_facts['eth0']['ipv4']['address'] }}\"")]
    [InlineData("node_config_directory: /srv/kolla")]
    [InlineData("glance_backend_file: true")]
    public void What_is_allowed_gives_no_problem(string globals) => folder.Globals(globals).Problems().Should().BeEmpty();

    [Fact]
    public void A_key_that_only_an_override_uses_is_known()
    {
        folder.Globals("cors_origin: http://x").Write("etc/config/glance.conf", "[cors]\nallowed_origin = {{ cors_origin }}\n");

        folder.Problems().Should().BeEmpty();
    }

    [Fact]
    public void A_cycle_shows_its_whole_way()
    {
        folder.Globals("kolla_internal_fqdn: \"{{ kolla_external_fqdn }}\"\nkolla_external_fqdn: \"{{ kolla_internal_fqdn }}\"\n");

        folder.Problems().Should().Contain("globals.yml:1:1: 'kolla_internal_fqdn' needs itself: kolla_internal_fqdn (globals.yml:1:1) → kolla_external_fqdn (globals.yml:2:1) → kolla_internal_fqdn");
    }

    [Fact]
    public void All_problems_come_at_once()
    {
        folder.Globals("enable_galnce: yes\nglance_api_port: x\n").Write("etc/globals.d/a.yml", "keystone_public_port: 0\n");
        folder.Tags = ["glanc"];
        folder.Limit = "node2";

        folder.Problems().Should().Contain(
        [
            "--limit: 'node2' is neither a host nor a group; did you mean 'node1'?",
            "--tags: there is no service 'glanc'; did you mean 'glance'?",
            "globals.yml:1:1: unknown key 'enable_galnce'; did you mean 'enable_glance'?",
            "globals.yml:2:1: glance_api_port: \"x\" is not a port (1 to 65535)",
            "globals.d/a.yml:1:1: keystone_public_port: 0 is not a port (1 to 65535)",
        ]);
    }

    [Fact]
    public void Missing_passwords_are_named_once_with_the_command_that_makes_them()
    {
        folder.AllPasswords().Write("etc/passwords.yml", File.ReadAllText(folder.PathOf("etc/passwords.yml")).Replace("dbpass-1234", "", StringComparison.Ordinal).Replace("keystone_admin_password", "keystone_admin_pasword", StringComparison.Ordinal));

        folder.Problems().Should().BeEquivalentTo(
            "passwords.yml:3:1: unknown key 'keystone_admin_pasword'; did you mean 'keystone_admin_password'?",
            "passwords.yml: keystone_admin_password is missing, and service keystone needs it; run kollanet genpwd",
            "passwords.yml:1:1: database_password is empty, and service mariadb needs it; run kollanet genpwd");
    }

    [Fact]
    public void A_site_without_passwords_says_so_once()
    {
        File.Delete(folder.PathOf("etc/passwords.yml"));

        folder.Problems().Should().Equal("passwords.yml: the file does not exist; run kollanet genpwd");
    }

    [Fact]
    public void Of_passwords_that_cannot_be_read_none_is_called_missing()
    {
        File.Delete(folder.PathOf("etc/passwords.yml"));
        Directory.CreateDirectory(folder.PathOf("etc/passwords.yml"));

        folder.Problems().Should().Equal("passwords.yml: cannot be read: it is a folder");
        folder.Read().Problems.Should().OnlyContain(problem => !problem.IsMissingPassword);
    }

    [Fact]
    public void Passwords_that_are_not_made_yet_are_told_from_other_problems()
    {
        File.Delete(folder.PathOf("etc/passwords.yml"));
        folder.Globals("enable_galnce: yes");

        folder.Read().Problems.Where(problem => !problem.IsMissingPassword).Should().ContainSingle().Which.Problem.Should().StartWith("unknown key 'enable_galnce'");
        folder.Read().Problems.Should().HaveCount(2);
    }

    [Fact]
    public void What_is_wrong_with_the_hosts_is_told_from_the_rest()
    {
        folder.Globals("enable_galnce: yes").Write("inventory", SiteFolder.OneHost + "\n[one]\nnode2 ansible_port=x\n");
        folder.Limit = "node3";

        folder.Shorten(folder.Read().HostProblems).Should().Equal("--limit: 'node3' is neither a host nor a group; did you mean 'node1'?", "inventory:30:7: ansible_port: \"x\" is not a port (1 to 65535)");
        folder.Problems().Should().HaveCount(3);
    }

    [Fact]
    public void A_folder_that_holds_no_services_is_the_only_problem()
    {
        folder.Globals("glance_api_port: 1").Tags = ["glance"];
        folder.Templates = folder.ConfigFolder;

        folder.Problems().Should().Equal("etc: no folder in it is a service, with a service.yml");
    }

    [Fact]
    public void Passwords_that_everybody_can_read_are_a_warning()
    {
        File.SetUnixFileMode(folder.PathOf("etc/passwords.yml"), UnixFileMode.UserRead | UnixFileMode.OtherRead);

        folder.Shorten(folder.Read().Warnings).Should().Equal("passwords.yml: every user of this machine can read it; run: chmod 600 etc/passwords.yml");
    }

    [Fact]
    public void A_group_that_an_enabled_service_needs_is_missed()
    {
        folder.Write("inventory", SiteFolder.OneHost.Replace("[glance-api:children]", "[glance-apis:children]", StringComparison.Ordinal));

        folder.Problems().Should().Equal("inventory: there is no group 'glance-api', and service glance needs one; did you mean 'glance-apis'?");
    }

    [Fact]
    public void A_group_of_a_service_that_is_off_is_not_missed()
    {
        folder.Globals("enable_glance: \"no\"").Write("inventory", SiteFolder.OneHost.Replace("[glance-api:children]\nglance", "", StringComparison.Ordinal));

        folder.Problems().Should().BeEmpty();
    }

    [Fact]
    public void An_empty_group_is_named()
    {
        folder.Write("inventory", SiteFolder.OneHost.Replace("[memcached:children]\ncontrol", "[memcached]", StringComparison.Ordinal));

        folder.Problems().Should().Equal("inventory: group 'memcached' has no hosts, and service memcached needs at least one");
    }

    [Fact]
    public void An_interface_that_the_host_does_not_have_is_found_with_its_facts()
    {
        folder.Globals("network_interface: ens9");

        KollaNet.Engine.Site.Site site = folder.Read();
        site.Problems.Should().BeEmpty();
        folder.Shorten(site.Validate(SiteFolder.Facts("node1"))).Should().Equal(
            "globals.yml:1:1: network_interface: host 'node1' has no interface 'ens9' that is up; it has eth0, lo");
    }

    [Fact]
    public void A_default_interface_that_the_host_does_not_have_is_named_by_the_key_to_set()
    {
        folder.Globals("");
        var facts = SiteFolder.Facts("node1").SetItem("node1", SiteFolder.FactsOf("node1", "10.0.0.1", "ens3"));

        folder.Shorten(folder.Read().Validate(facts)).Should().Equal(
            "templates/defaults.yml:6:1: network_interface: host 'node1' has no interface 'eth0' that is up; it has ens3, lo");
    }

    [Theory]
    [InlineData("[control]\nn1\nn1\n", "inventory:3:1: host 'n1' is already in [control]")]
    [InlineData("[control]\nn[1:3\n", "inventory:2:1: 'n[1:3' is not a host; a range is written [01:20] or [a:f]")]
    [InlineData("[control]\nn[3:1]\n", "inventory:2:1: '[3:1]' ends before it starts")]
    [InlineData("[control]\nn1 ansible_host\n", "inventory:2:4: expected name=value, found 'ansible_host'")]
    [InlineData("[control]\nn1 a='b\n", "inventory:2:4: a ' is opened and never closed")]
    [InlineData("[control:childern]\nx\n", "inventory:1:1: [control:childern] is not a section; ':children' and ':vars' are the only endings; did you mean 'children'?")]
    [InlineData("[control]\nn1\n[glance:children]\ncontrl\n", "inventory:4:1: [glance:children] names group 'contrl', which no inventory file has; did you mean 'control'?")]
    [InlineData("[a:children]\nb\n[b:children]\na\n", "inventory:4:1: groups contain each other: a → b → a")]
    [InlineData("[control]\nn1 ansible_port=x\n", "inventory:2:4: ansible_port: \"x\" is not a port (1 to 65535)")]
    [InlineData("[control]\nn1 ansible_connection=winrm\n", "inventory:2:4: ansible_connection: \"winrm\" is not supported; it is local or ssh")]
    [InlineData("[contrl:vars]\na=b\n", "inventory:1:2: [contrl:vars] is about group 'contrl', which no inventory file has")]
    [InlineData("[control]\n", "inventory: the inventory has no hosts")]
    [InlineData("all:\n  host:\n    n1:\n", "inventory:2:3: 'host' cannot stand in group 'all', only hosts, children and vars can; did you mean 'hosts'?")]
    public void A_wrong_inventory_is_explained_with_its_place(string inventory, string expected)
    {
        folder.Write("inventory", inventory);

        folder.Problems().Should().Contain(expected);
    }
}
