using System.Collections.Immutable;
using KollaNet.Engine.Containers;

namespace KollaNet.Engine.Tests.Containers;

// Jobs, commands, output, events; volumes, networks, images.
public abstract partial class ContainerEngineContract
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_job_runs_to_its_end_shows_both_outputs_and_is_kept(int exitCode)
    {
        JobResult result = await Engine.RunToEndAsync(Spec("job", exitCode, "to output", "to error") with { RestartPolicy = "unless-stopped" }, 10, Cancel);

        result.ExitCode.Should().Be(exitCode);
        result.Output.Should().BeEquivalentTo("to output", "to error");
        ObservedContainer kept = (await Engine.FindContainerAsync(Named("job"), Cancel))!;
        (kept.State, kept.ExitCode, kept.RestartCount).Should().Be(("exited", exitCode, 0));
    }

    [Fact]
    public async Task A_job_shows_only_the_last_lines()
    {
        JobResult result = await Engine.RunToEndAsync(Spec("job", 0, "one\ntwo\nthree"), 2, Cancel);

        result.Output.Should().Equal("two", "three");
        (await Engine.TailLogAsync(Named("job"), 1, Cancel)).Should().Equal("three");
    }

    [Fact]
    public async Task A_followed_log_ends_with_its_container()
    {
        await Engine.CreateContainerAsync(Spec("a", output: "first"), Cancel);
        await Engine.StartContainerAsync(Named("a"), Cancel);
        await using IAsyncEnumerator<string> log = Engine.FollowLogAsync(Named("a"), 10, Cancel).GetAsyncEnumerator(Cancel);

        (await log.MoveNextAsync()).Should().BeTrue();
        log.Current.Should().Be("first");
        ValueTask<bool> next = log.MoveNextAsync();
        await Engine.StopContainerAsync(Named("a"), TimeSpan.FromSeconds(30), Cancel);

        (await next).Should().BeFalse();
    }

    [Fact]
    public async Task A_followed_log_ends_when_it_is_cancelled()
    {
        await Engine.CreateContainerAsync(Spec("a", output: "first"), Cancel);
        await Engine.StartContainerAsync(Named("a"), Cancel);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        Func<Task> follow = async () =>
        {
            await foreach (string line in Engine.FollowLogAsync(Named("a"), 10, stop.Token)) await stop.CancelAsync();
        };

        await follow.Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task A_command_gets_its_input_and_environment_and_answers_with_its_outputs_and_exit_code()
    {
        await Engine.CreateContainerAsync(Spec("a"), Cancel);
        await Engine.StartContainerAsync(Named("a"), Cancel);
        ExecOptions greeting = new() { Environment = ImmutableSortedDictionary<string, string>.Empty.Add("GREETING", "häj") };

        JobResult failed = await Engine.ExecAsync(Named("a"), ["sh", "-c", """echo "$GREETING"; echo bad >&2; exit 3"""], greeting, Cancel);
        var lines = new List<string>();
        await Engine.ExecAsync(Named("a"), ["sh", "-c", """echo "$GREETING"; echo bad >&2; exit 3"""], greeting with { OnLine = lines.Add }, Cancel);
        lines.Should().BeEquivalentTo(failed.Output);
        JobResult copied = await Engine.ExecAsync(Named("a"), ["cat"], new ExecOptions { StandardInput = "one\ntwo" }, Cancel);
        JobResult user = await Engine.ExecAsync(Named("a"), ["id", "-u"], new ExecOptions { User = "42400" }, Cancel);

        failed.ExitCode.Should().Be(3);
        failed.Output.Should().BeEquivalentTo("häj", "bad");
        copied.Should().BeEquivalentTo(new JobResult(0, ["one", "two"]));
        user.Output.Should().Equal("42400");
    }

    [Fact]
    public async Task A_command_needs_a_running_container()
    {
        await Engine.CreateContainerAsync(Spec("a"), Cancel);

        EngineException failure = await Refusal(() => Engine.ExecAsync(Named("a"), ["true"], new ExecOptions(), Cancel));

        failure.What.Should().Be($"true could not be run in container {Named("a")}.");
        failure.Why.Should().Contain("not running");
    }

    [Fact]
    public async Task Events_tell_of_a_container_that_starts_and_dies()
    {
        await Engine.CreateContainerAsync(Spec("a", exitCode: 7), Cancel);
        await Engine.CreateContainerAsync(Spec("b", exitCode: 0) with { Labels = ImmutableSortedDictionary<string, string>.Empty }, Cancel);
        await using IAsyncEnumerator<EngineEvent> events = Engine.EventsAsync(Label, Cancel).GetAsyncEnumerator(Cancel);
        ValueTask<bool> next = events.MoveNextAsync();

        await StartUntilSeenAsync(next);
        await Engine.RemoveContainerAsync(Named("b"), Cancel);
        List<EngineEvent> seen = [];
        do seen.Add(events.Current); while (seen[^1].Action != "die" && await events.MoveNextAsync());

        seen.Should().Contain(happened => happened.Action == "start").And.OnlyContain(happened => happened.ContainerName == Named("a"));
        seen[^1].ExitCode.Should().Be(7);
    }

    /// <summary>The subscription itself cannot be seen from outside: the container is started until an event arrives.</summary>
    private async Task StartUntilSeenAsync(ValueTask<bool> next)
    {
        Task<bool> seen = next.AsTask();
        while (!seen.IsCompleted)
        {
            await Engine.StartContainerAsync(Named("b"), Cancel);
            await Engine.StartContainerAsync(Named("a"), Cancel);
            await Task.WhenAny(seen, Task.Delay(200, Cancel));
        }
        (await seen).Should().BeTrue();
    }

    [Fact]
    public async Task A_volume_is_made_once_and_stays_as_it_was_made()
    {
        var none = ImmutableSortedDictionary<string, string>.Empty;

        (await Engine.CreateVolumeAsync(Named("data"), Labels, none, Cancel)).Should().BeTrue();
        (await Engine.CreateVolumeAsync(Named("data"), Labels.Add("late", "yes"), none, Cancel)).Should().BeFalse();

        ObservedVolume volume = (await Engine.ListVolumesAsync(Label, Cancel)).Should().ContainSingle().Subject;
        volume.Name.Should().Be(Named("data"));
        volume.Labels.Should().Equal(Labels);
        volume.CreatedAt.Should().BeAfter(DateTimeOffset.UnixEpoch);
        volume.Mountpoint.Should().NotBeEmpty();
        (await Engine.RemoveVolumeAsync(Named("data"), Cancel)).Should().BeTrue();
        (await Engine.RemoveVolumeAsync(Named("data"), Cancel)).Should().BeFalse();
    }

    [Fact]
    public async Task A_volume_in_use_is_not_removed()
    {
        await Engine.CreateVolumeAsync(Named("data"), Labels, ImmutableSortedDictionary<string, string>.Empty, Cancel);
        await Engine.CreateContainerAsync(Spec("a") with { Mounts = [new Mount(Named("data"), "/data", "ro")] }, Cancel);

        EngineException failure = await Refusal(() => Engine.RemoveVolumeAsync(Named("data"), Cancel));

        failure.Why.Should().Contain("in use");
        (await Engine.FindContainerAsync(Named("a"), Cancel))!.Volumes.Should().Equal(Named("data"));
        (await Engine.ListVolumesAsync(Label, Cancel)).Should().ContainSingle();
    }

    [Fact]
    public async Task A_network_is_made_and_removed_once()
    {
        (await Engine.CreateNetworkAsync(Named("network"), Labels, Cancel)).Should().BeTrue();
        (await Engine.CreateNetworkAsync(Named("network"), Labels, Cancel)).Should().BeFalse();
        (await Engine.RemoveNetworkAsync(Named("network"), Cancel)).Should().BeTrue();
        (await Engine.RemoveNetworkAsync(Named("network"), Cancel)).Should().BeFalse();
    }

    [Fact]
    public async Task An_image_is_found_by_reference_and_listed_by_label()
    {
        ObservedImage image = (await Engine.FindImageAsync(Image, Cancel))!;

        image.References.Should().Contain(Image);
        image.Labels.Should().Contain("from-image", "yes");
        image.SizeBytes.Should().BePositive();
        (await Engine.ListImagesAsync("from-image=yes", Cancel)).Should().Contain(listed => listed.Id == image.Id);
        (await Engine.ListImagesAsync("from-image=no", Cancel)).Should().BeEmpty();
        (await Engine.ListImagesAsync(null, Cancel)).Should().Contain(listed => listed.Id == image.Id);
        (await Engine.FindImageAsync("kollanet-test/absent:1", Cancel)).Should().BeNull();
        (await Engine.RemoveImageAsync("kollanet-test/absent:1", Cancel)).Should().BeFalse();
    }

    [Fact]
    public async Task An_image_in_use_is_not_removed()
    {
        await Engine.CreateContainerAsync(Spec("a"), Cancel);
        await Engine.StartContainerAsync(Named("a"), Cancel);

        EngineException failure = await Refusal(() => Engine.RemoveImageAsync(Image, Cancel));

        failure.What.Should().Be($"Image {Image} could not be removed.");
        failure.Why.Should().Contain("container");
        (await Engine.FindImageAsync(Image, Cancel)).Should().NotBeNull();
    }
}
