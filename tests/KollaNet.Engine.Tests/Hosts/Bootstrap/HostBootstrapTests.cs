using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts.Bootstrap;

namespace KollaNet.Engine.Tests.Hosts.Bootstrap;

public sealed class HostBootstrapTests
{
    private static readonly HostReadiness Ready = new()
    {
        Engine = new EngineVersion("Docker 20.10", "1.41", "overlay2", "/var/lib/docker"),
        Programs = ["dockerd", "iptables", "mmdebstrap"],
        Paths = ["/etc/kolla", "/etc/kolla/config"],
        Groups = ["kolla"],
    };

    private static readonly HostReadiness Silent = Ready with { Engine = null, EngineSilence = "Connection refused" };

    private static string Text(HostReadiness seen, BootstrapOptions? options = null) =>
        string.Join('\n', new HostBootstrap(options ?? new BootstrapOptions()).Plan(seen).Select(action => $"{action.What}: {action.Because}"));

    [Fact]
    public void A_ready_host_needs_nothing() => Text(Ready).Should().BeEmpty();

    [Fact]
    public void A_bare_host_gets_everything_the_engines_settings_before_the_engine() => Text(new HostReadiness { EngineSilence = "No such file or directory" }).Should().Be("""
        write /etc/docker/daemon.json: the engine to be installed should bound its logs
        install docker.io, iptables: no container engine answers (No such file or directory), and dockerd is not installed
        start the container engine: no container engine answers (No such file or directory)
        install mmdebstrap: building a base image needs mmdebstrap or debootstrap
        make group kolla: there is no such group
        make /etc/kolla: there is no such folder
        make /etc/kolla/config: there is no such folder
        """);

    [Fact]
    public void An_installed_engine_is_only_started() => Text(Silent).Should().Be("start the container engine: no container engine answers (Connection refused)");

    [Fact]
    public void An_installed_engine_without_iptables_gets_them_first() => Text(Silent with { Programs = ["dockerd", "debootstrap"] }).Should().Be("""
        install iptables: no container engine answers (Connection refused), and it cannot start without iptables
        start the container engine: no container engine answers (Connection refused)
        """);

    [Fact]
    public void An_engine_that_answers_is_left_alone_whatever_else_is_missing() =>
        Text(Ready with { Programs = ["mmdebstrap"] }).Should().BeEmpty();

    [Fact]
    public void Settings_that_are_there_already_are_kept() =>
        Text(new HostReadiness { EngineSilence = "silence", Paths = ["/etc/docker/daemon.json"] }).Should().NotContain("daemon.json");

    [Fact]
    public void The_owner_of_the_configuration_is_made_with_the_group() =>
        Text(Ready with { Groups = [], Paths = [] }, new BootstrapOptions { ConfigOwner = "stack", CanBuild = false }).Should().Be("""
        make group kolla: there is no such group
        make user stack: config_owner_user names it, and there is no such user
        make /etc/kolla: there is no such folder
        make /etc/kolla/config: there is no such folder
        """);

    [Fact]
    public void A_host_that_does_not_build_needs_no_tools_for_it() =>
        Text(Ready with { Programs = [] }, new BootstrapOptions { CanBuild = false }).Should().BeEmpty();

    [Fact]
    public void Systemd_starts_the_engine_where_it_is_process_1() =>
        new HostBootstrap(new BootstrapOptions()).Plan(Silent with { HasSystemd = true }).OfType<StartEngine>().Single().HasSystemd.Should().BeTrue();
}
