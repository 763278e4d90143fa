using System.Collections.Immutable;
using KollaNet.Engine.Containers;

namespace KollaNet.Engine.Tests.Containers;

/// <summary>What every container engine promises. An engine is finished when a class deriving from this passes with no overrides.</summary>
public abstract partial class ContainerEngineContract : IAsyncLifetime
{
    private const string TestLabel = "kollanet-test";

    /// <summary>Prints OUT and ERR, then ends with CODE; without a CODE it runs until it is stopped.</summary>
    protected const string Script = """[ -z "$OUT" ] || echo "$OUT"; [ -z "$ERR" ] || echo "$ERR" >&2; [ -z "$CODE" ] || exit "$CODE"; trap 'exit 0' TERM; sleep 1000 & wait""";

    private readonly string run = $"kollanet-test-{Guid.NewGuid().ToString("N")[..8]}";

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The engine under test.</summary>
    protected abstract IContainerEngine Engine { get; }

    /// <summary>An image with <c>sh</c>, <c>cat</c> and <c>id</c>, labelled <c>from-image=yes</c>.</summary>
    protected abstract string Image { get; }

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (ObservedContainer container in await Engine.ListContainersAsync(Label, CancellationToken.None)) await Engine.RemoveContainerAsync(container.Name, CancellationToken.None);
        foreach (ObservedVolume volume in await Engine.ListVolumesAsync(Label, CancellationToken.None)) await Engine.RemoveVolumeAsync(volume.Name, CancellationToken.None);
        await Engine.RemoveNetworkAsync(Named("network"), CancellationToken.None);
        GC.SuppressFinalize(this);
    }

    protected string Label => $"{TestLabel}={run}";

    protected ImmutableSortedDictionary<string, string> Labels => ImmutableSortedDictionary<string, string>.Empty.Add(TestLabel, run);

    protected string Named(string name) => $"{run}-{name}";

    protected ContainerSpec Spec(string name, int? exitCode = null, string output = "", string error = "") => new()
    {
        Name = Named(name),
        Image = Image,
        Command = ["sh", "-c", Script],
        NetworkMode = "none",
        RestartPolicy = "no",
        Labels = Labels,
        Environment = ImmutableSortedDictionary<string, string>.Empty.Add("OUT", output).Add("ERR", error).Add("CODE", exitCode?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? ""),
    };

    /// <summary>Looks until a container is as wanted.</summary>
    protected async Task<ObservedContainer> EventuallyAsync(string name, Func<ObservedContainer, bool> wanted)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            if (await Engine.FindContainerAsync(name, deadline.Token) is { } container && wanted(container)) return container;
            await Task.Delay(20, deadline.Token);
        }
    }

    [Fact]
    public async Task A_version_names_product_and_api()
    {
        EngineVersion version = await Engine.VersionAsync(Cancel);

        version.Product.Should().NotBeNullOrWhiteSpace();
        Version.Parse(version.ApiVersion).Should().BeGreaterOrEqualTo(new Version(1, 41));
    }

    [Fact]
    public async Task A_created_container_does_not_run_and_carries_the_labels_of_its_spec_and_its_image()
    {
        string id = await Engine.CreateContainerAsync(Spec("a"), Cancel);

        ObservedContainer container = (await Engine.FindContainerAsync(Named("a"), Cancel))!;
        container.Id.Should().Be(id);
        (container.State, container.ExitCode, container.StartedAt, container.Pid, container.Health).Should().Be(("created", null, null, 0, null));
        container.Image.Should().Be(Image);
        container.ImageId.Should().Be((await Engine.FindImageAsync(Image, Cancel))!.Id);
        container.Labels.Should().Contain("kollanet-test", run).And.Contain("from-image", "yes");
    }

    [Fact]
    public async Task Starting_and_stopping_say_whether_they_changed_anything()
    {
        string name = Named("a");
        await Engine.CreateContainerAsync(Spec("a"), Cancel);

        (await Engine.StartContainerAsync(name, Cancel)).Should().BeTrue();
        (await Engine.StartContainerAsync(name, Cancel)).Should().BeFalse();
        ObservedContainer running = (await Engine.FindContainerAsync(name, Cancel))!;
        (running.State, running.ExitCode).Should().Be(("running", null));
        running.StartedAt.Should().NotBeNull();
        running.Pid.Should().BePositive();

        (await Engine.StopContainerAsync(name, TimeSpan.FromSeconds(30), Cancel)).Should().BeTrue();
        (await Engine.StopContainerAsync(name, TimeSpan.FromSeconds(30), Cancel)).Should().BeFalse();
        (await Engine.FindContainerAsync(name, Cancel))!.State.Should().Be("exited");
    }

    [Fact]
    public async Task A_restart_is_a_new_run_of_the_same_container()
    {
        string name = Named("a");
        string id = await Engine.CreateContainerAsync(Spec("a"), Cancel);
        await Engine.StartContainerAsync(name, Cancel);
        DateTimeOffset firstStart = (await Engine.FindContainerAsync(name, Cancel))!.StartedAt!.Value;

        await Engine.RestartContainerAsync(name, TimeSpan.FromSeconds(30), Cancel);

        ObservedContainer container = (await Engine.FindContainerAsync(name, Cancel))!;
        (container.Id, container.State).Should().Be((id, "running"));
        container.StartedAt.Should().BeAfter(firstStart);
    }

    [Fact]
    public async Task Removing_kills_what_runs_and_says_when_there_was_nothing()
    {
        await Engine.CreateContainerAsync(Spec("a"), Cancel);
        await Engine.StartContainerAsync(Named("a"), Cancel);

        (await Engine.RemoveContainerAsync(Named("a"), Cancel)).Should().BeTrue();
        (await Engine.RemoveContainerAsync(Named("a"), Cancel)).Should().BeFalse();
        (await Engine.FindContainerAsync(Named("a"), Cancel)).Should().BeNull();
    }

    [Fact]
    public async Task Acts_on_a_container_that_is_not_there()
    {
        string name = Named("nobody");

        (await Engine.FindContainerAsync(name, Cancel)).Should().BeNull();
        (await Engine.StopContainerAsync(name, TimeSpan.Zero, Cancel)).Should().BeFalse();
        (await Engine.TailLogAsync(name, 10, Cancel)).Should().BeEmpty();
        (await ToListAsync(Engine.FollowLogAsync(name, 10, Cancel))).Should().BeEmpty();
        (await Refusal(() => Engine.StartContainerAsync(name, Cancel))).What.Should().Be($"Container {name} could not be started.");
        (await Refusal(() => Engine.RestartContainerAsync(name, TimeSpan.Zero, Cancel))).Why.Should().Contain(name);
        (await Refusal(() => Engine.ExecAsync(name, ["true"], new ExecOptions(), Cancel))).Why.Should().Contain(name);
    }

    [Fact]
    public async Task Lists_hold_running_and_ended_containers_of_a_label_sorted_by_name()
    {
        await Engine.CreateContainerAsync(Spec("b"), Cancel);
        await Engine.CreateContainerAsync(Spec("a"), Cancel);
        await Engine.StartContainerAsync(Named("b"), Cancel);

        (await Engine.ListContainersAsync(Label, Cancel)).Select(container => container.Name).Should().Equal(Named("a"), Named("b"));
        (await Engine.ListContainersAsync(TestLabel, Cancel)).Select(container => container.Name).Should().Contain([Named("a"), Named("b")]);
        (await Engine.ListContainersAsync(null, Cancel)).Select(container => container.Name).Should().Contain([Named("a"), Named("b")]);
        (await Engine.ListContainersAsync($"{TestLabel}=nothing", Cancel)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_missing_image_is_named()
    {
        Func<Task> create = () => Engine.CreateContainerAsync(Spec("a") with { Image = "kollanet-test/absent:1" }, Cancel);

        ImageMissingException failure = (await create.Should().ThrowAsync<ImageMissingException>()).Which;
        failure.Reference.Should().Be("kollanet-test/absent:1");
        failure.Next.Should().Contain("kollanet build");
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_and_the_first_container_stays()
    {
        string id = await Engine.CreateContainerAsync(Spec("a"), Cancel);

        EngineException failure = await Refusal(() => Engine.CreateContainerAsync(Spec("a"), Cancel));

        failure.What.Should().Be($"Container {Named("a")} could not be created.");
        failure.Why.Should().Contain("already in use");
        failure.Next.Should().Contain(Named("a"));
        (await Engine.FindContainerAsync(Named("a"), Cancel))!.Id.Should().Be(id);
    }

    [Fact]
    public async Task A_volume_is_never_made_by_mounting_it()
    {
        EngineException failure = await Refusal(() => Engine.CreateContainerAsync(Spec("a") with { Mounts = [new Mount(Named("data"), "/data")] }, Cancel));

        failure.Why.Should().Contain(Named("data"));
        (await Engine.FindContainerAsync(Named("a"), Cancel)).Should().BeNull();
        (await Engine.ListVolumesAsync(null, Cancel)).Should().NotContain(volume => volume.Name == Named("data"));
    }

    [Fact]
    public async Task A_watched_container_becomes_healthy_or_unhealthy()
    {
        HealthCheck check = new(["CMD-SHELL", "true"], TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(20), 1, TimeSpan.Zero);
        await Engine.CreateContainerAsync(Spec("good") with { HealthCheck = check }, Cancel);
        await Engine.CreateContainerAsync(Spec("bad") with { HealthCheck = check with { Test = ["CMD-SHELL", "false"] } }, Cancel);

        await Engine.StartContainerAsync(Named("good"), Cancel);
        await Engine.StartContainerAsync(Named("bad"), Cancel);

        await EventuallyAsync(Named("good"), container => container.Health == "healthy");
        await EventuallyAsync(Named("bad"), container => container.Health == "unhealthy");
    }

    protected static async Task<EngineException> Refusal(Func<Task> act) => (await act.Should().ThrowAsync<EngineException>()).Which;

    protected static async Task<List<T>> ToListAsync<T>(IAsyncEnumerable<T> items)
    {
        List<T> list = [];
        await foreach (T item in items) list.Add(item);
        return list;
    }
}
