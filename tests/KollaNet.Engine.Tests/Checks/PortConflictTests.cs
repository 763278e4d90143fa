using KollaNet.Engine.Checks;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Site;
using KollaNet.Engine.Tests.Planning;

namespace KollaNet.Engine.Tests.Checks;

/// <summary>A port that is taken stops a deployment before it changes anything; ports of our own containers do not.</summary>
public sealed class PortConflictTests : IDisposable
{
    private readonly TinySite site = new();

    public PortConflictTests() => Listen("8080");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task A_port_of_a_strangers_process_is_named_with_the_process_and_nothing_changes()
    {
        Taken("10.0.0.1:8080", "0100000A:1F90 nginx_worker 4711 4700");

        PortTakenException failure = (await Deploying().Should().ThrowAsync<PortTakenException>()).Which;

        failure.Conflicts.Should().Equal("web on node1 needs 10.0.0.1:8080, but nginx_worker (process 4711) listens on 10.0.0.1:8080");
        site.Host.Paths.Should().BeEmpty();
        (await site.StatesAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_plan_names_it_too()
    {
        Taken("0.0.0.0:8080", "00000000:1F90 nginx 4711");

        await FluentActions.Awaiting(() => site.RunAsync(planOnly: true)).Should().ThrowAsync<PortTakenException>();
    }

    [Fact]
    public async Task Our_own_running_container_keeps_its_port()
    {
        await site.RunAsync();
        ObservedContainer web = (await site.Engine.FindContainerAsync("web", Cancel))!;
        Taken("10.0.0.1:8080", $"0100000A:1F90 web 99 {web.Pid} 1000");
        site.Globals("greeting: good day");

        (await site.RunAsync()).Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task Who_has_the_same_port_on_another_address_is_of_no_interest()
    {
        await site.RunAsync();
        ObservedContainer web = (await site.Engine.FindContainerAsync("web", Cancel))!;
        Taken("10.0.0.1:8080", $"0200000A:1F90 neighbour 98\n0100000A:1F90 web 99 {web.Pid} 1000");
        site.Globals("greeting: good day");

        (await site.RunAsync()).Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task Our_containers_may_exchange_their_ports()
    {
        await site.RunAsync();
        ObservedContainer store = (await site.Engine.FindContainerAsync("store", Cancel))!;
        Listen("8081");
        Taken("10.0.0.1:8081", $"0100000A:1F91 store {store.Pid}");
        site.Globals("greeting: good day");

        (await site.RunAsync()).Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task A_change_to_a_strangers_port_leaves_the_running_container_alone()
    {
        await site.RunAsync();
        ObservedContainer before = (await site.Engine.FindContainerAsync("web", Cancel))!;
        Listen("8081");
        Taken("10.0.0.1:8081", "0100000A:1F91 nginx 4711");
        site.Globals("greeting: good day");

        await Deploying().Should().ThrowAsync<PortTakenException>();

        (await site.Engine.FindContainerAsync("web", Cancel))!.Id.Should().Be(before.Id);
    }

    [Fact]
    public void Two_services_on_one_port_are_a_mistake_in_the_configuration()
    {
        site.Folder.Write("templates/store/service.yml", TinySite.Store.Replace("volumes:", "listens: [\"0.0.0.0:8080\"]\n    volumes:", StringComparison.Ordinal));

        site.Invoking(tiny => tiny.Desired()).Should().Throw<SiteInvalidException>().Which.Problems.Select(problem => problem.Problem)
            .Should().Equal("store and web would both listen on 0.0.0.0:8080; give store or web another port in globals.yml");
    }

    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1:80", true)]
    [InlineData("127.0.0.1:80", "0.0.0.0:80", true)]
    [InlineData("[::]:80", "10.0.0.1:80", true)]
    [InlineData("127.0.0.1:80", "127.0.0.2:80", false)]
    [InlineData("127.0.0.1:80", "127.0.0.1:8080", false)]
    public void Listeners_collide_on_one_port_of_one_address(string one, string other, bool expected)
    {
        HostChecks.Collide(one, other).Should().Be(expected);
        HostChecks.Collide(other, one).Should().Be(expected);
    }

    private Func<Task> Deploying() => () => site.RunAsync();

    private void Listen(string port) =>
        site.Folder.Write("templates/web/service.yml", TinySite.Web.Replace("ready:", $"listens: [\"10.0.0.1:{port}\"]\n    ready:", StringComparison.Ordinal));

    private void Taken(string address, string owner)
    {
        site.Host.Facts = site.Host.Facts with { ListeningPorts = [address] };
        site.Host.Script = _ => new CommandResult(0, owner + "\n", "");
    }
}
