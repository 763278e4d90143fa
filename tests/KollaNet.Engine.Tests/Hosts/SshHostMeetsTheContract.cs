using System.Text.RegularExpressions;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Processes;
using KollaNet.Engine.Site;

namespace KollaNet.Engine.Tests.Hosts;

public sealed class SshHostMeetsTheContract(SshServer server) : HostContract, IClassFixture<SshServer>
{
    protected override IHost Host => server.Host;

    [Fact]
    public async Task Facts_are_the_same_from_here_and_from_there()
    {
        await using IHost local = new HostConnector(new ProcessRunner()).Open(new SiteHost("here", new HostConnection(IsLocal: true)));

        HostFacts here = await local.FactsAsync(Cancel), there = await Host.FactsAsync(Cancel);

        // Other containers come and go on this machine: their ports and interfaces are left out.
        there.Should().BeEquivalentTo(here, options => options.Excluding(facts => facts.ListeningPorts).Excluding(facts => facts.Addresses));
        Lasting(there).Should().BeEquivalentTo(Lasting(here), options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task A_host_that_refuses_the_connection_is_named_with_what_ssh_said()
    {
        await using IHost absent = server.Open(SshServer.FreePort());

        Func<Task> script = () => absent.RunScriptAsync("true", Cancel);
        Func<Task> engine = () => absent.Containers.VersionAsync(Cancel);

        HostUnreachableException failure = (await script.Should().ThrowAsync<HostUnreachableException>()).Which;
        failure.What.Should().Be("Host there cannot be reached.");
        failure.Why.Should().Contain("Connection refused");
        failure.Next.Should().StartWith("try it by hand: ssh -p ");
        (await engine.Should().ThrowAsync<EngineUnreachableException>()).Which.Why.Should().Contain("Connection refused");
    }

    [Fact]
    public async Task A_key_that_is_not_known_there_is_reported_in_the_words_of_ssh()
    {
        await using IHost stranger = server.Open(server.Port, user: "daemon");

        Func<Task> script = () => stranger.RunScriptAsync("true", Cancel);

        (await script.Should().ThrowAsync<HostUnreachableException>()).Which.Why.Should().MatchRegex("Permission denied|not allowed|closed");
    }

    private static Dictionary<string, string[]> Lasting(HostFacts facts) => facts.Addresses
        .Where(link => !Regex.IsMatch(link.Key, "^(veth|br-|docker)")).ToDictionary(link => link.Key, link => link.Value.ToArray());
}
