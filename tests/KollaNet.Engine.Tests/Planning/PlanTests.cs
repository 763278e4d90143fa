using System.Collections.Immutable;
using System.Text;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Memory;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;
using KollaNet.Engine.Site;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Tests.Planning;

public sealed class PlanTests : IDisposable
{
    private readonly TinySite site = new();
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task An_empty_host_gets_everything_in_order()
    {
        Plan plan = await site.PlanAsync();

        plan.ToString().Should().Be("""
            change  node1: file /etc/tiny/store/.kollanet-files: lists the files that are ours
            change  node1: file /etc/tiny/store/store.conf: is missing
            change  node1: volume store_data: is missing
            change  node1: job bootstrap_store: has not run yet
            change  node1: container store: is missing
            check   node1: ready store: must be running
            change  node1: file /etc/tiny/web/.kollanet-files: lists the files that are ours
            change  node1: file /etc/tiny/web/web.conf: is missing
            change  node1: volume web_cache: is missing
            change  node1: container web: is missing
            check   node1: ready web: must serve

            """);
    }

    [Fact]
    public async Task Files_volumes_and_images_wait_for_no_other_service()
    {
        Plan plan = await site.PlanAsync();

        plan.Steps.Where(step => step.Id.Kind is "volume" or "image").Should().OnlyContain(step => step.After.IsEmpty);
        plan.Steps.Where(step => step.Id.Kind == "file" && !step.Id.Subject.EndsWith(".kollanet-files", StringComparison.Ordinal)).SelectMany(step => step.After)
            .Should().OnlyContain(id => id.Subject.EndsWith(".kollanet-files", StringComparison.Ordinal));
        plan.Steps.Single(step => step.Id.ToString() == "node1: container web").After.Select(id => id.ToString()).Should().Contain("node1: ready store");
    }

    [Fact]
    public async Task A_deployed_site_plans_only_checks()
    {
        (await site.RunAsync()).Succeeded.Should().BeTrue();

        TinySite.Changes(await site.PlanAsync()).Should().BeEmpty();
        (await site.PlanAsync()).ToString().Should().Be("""
            check   node1: job bootstrap_store: has run
            check   node1: container store: runs as wanted
            check   node1: ready store: must be running
            check   node1: container web: runs as wanted
            check   node1: ready web: must serve

            """);
    }

    [Fact]
    public async Task A_changed_variable_says_which_field_differs()
    {
        await site.RunAsync();
        site.Globals("time_zone: Europe/Berlin");

        TinySite.Changes(await site.PlanAsync()).Should().Be("node1: container web: environment TZ: UTC → Europe/Berlin");
    }

    [Fact]
    public async Task A_changed_configuration_recreates_only_its_container()
    {
        await site.RunAsync();
        site.Globals("greeting: good day");

        TinySite.Changes(await site.PlanAsync()).Should().Be("""
            node1: file /etc/tiny/web/web.conf: content differs
            node1: container web: configuration web.conf changed
            """);
    }

    [Fact]
    public async Task A_rebuilt_image_recreates_its_container_and_repeats_its_job()
    {
        await site.RunAsync();
        string before = (await site.Engine.FindImageAsync("tiny/store:1", Cancel))!.Id, now = site.Engine.AddImage("tiny/store:1");

        string change = $"image is {SpecDifference.Short(before)}, wanted {SpecDifference.Short(now)}";
        TinySite.Changes(await site.PlanAsync()).Should().Be($"node1: job bootstrap_store: {change}\nnode1: container store: {change}");
    }

    [Fact]
    public async Task A_file_edited_by_hand_is_rewritten_and_its_container_restarted()
    {
        await site.RunAsync();
        HostFile file = site.Host.File("/etc/tiny/web/web.conf");
        await site.Host.WriteAsync(file with { Content = [.. Encoding.UTF8.GetBytes("[DEFAULT]\ngreeting = mine\n")] }, Cancel);

        TinySite.Changes(await site.PlanAsync()).Should().Be("""
            node1: file /etc/tiny/web/web.conf: content differs
            node1: container web: configuration web.conf was changed by hand
            """);
    }

    [Fact]
    public async Task A_file_newer_than_its_containers_start_restarts_it()
    {
        await site.RunAsync();
        await site.Host.WriteAsync(site.Host.File("/etc/tiny/web/web.conf"), Cancel);

        TinySite.Changes(await site.PlanAsync()).Should().Be("node1: container web: configuration web.conf is newer than its start");
    }

    [Fact]
    public async Task A_file_of_ours_that_is_no_longer_wanted_is_deleted_and_a_strangers_is_left()
    {
        site.Folder.Write("etc/config/extra.txt", "more");
        await site.RunAsync();
        await site.Host.WriteAsync(new HostFile("/etc/tiny/web/mine.txt", [], UnixFileMode.UserRead, "root", "root", false), Cancel);
        File.Delete(site.Folder.PathOf("etc/config/extra.txt"));

        (await site.RunAsync()).Succeeded.Should().BeTrue();

        site.Host.Paths.Should().Equal("/etc/tiny/store/.kollanet-files", "/etc/tiny/store/store.conf", "/etc/tiny/web/.kollanet-files", "/etc/tiny/web/mine.txt", "/etc/tiny/web/web.conf");
        (await site.RunAsync()).HasChanges.Should().BeFalse();
    }

    [Fact]
    public async Task A_dead_container_is_started_and_says_how_it_died()
    {
        await site.RunAsync();
        site.Engine.Crash("web", 137);

        TinySite.Changes(await site.PlanAsync()).Should().Be("node1: container web: is exited (code 137)");
    }

    [Fact]
    public async Task A_missing_container_is_made_again()
    {
        await site.RunAsync();
        await site.Engine.RemoveContainerAsync("web", Cancel);

        TinySite.Changes(await site.PlanAsync()).Should().Be("node1: container web: is missing");
    }

    [Fact]
    public async Task A_volume_made_anew_repeats_the_job_that_prepared_it()
    {
        await site.RunAsync();
        await site.Engine.RemoveContainerAsync("store", Cancel);
        await site.Engine.RemoveContainerAsync("bootstrap_store", Cancel);
        await site.Engine.RemoveVolumeAsync("store_data", Cancel);

        TinySite.Changes(await site.PlanAsync()).Should().Be("""
            node1: volume store_data: is missing
            node1: job bootstrap_store: has not run yet
            node1: container store: is missing
            """);
    }

    [Theory]
    [InlineData("1", "1", true)]
    [InlineData("1", "2", false)]
    public void A_job_is_done_for_the_volume_it_ran_on_and_not_for_a_namesake(string then, string now, bool done)
    {
        ObservedContainer record = new()
        {
            Name = "job",
            Id = "1",
            Image = "i",
            ImageId = "i1",
            State = "exited",
            ExitCode = 0,
            Labels = ImmutableSortedDictionary<string, string>.Empty.Add("kollanet_spec", "{}").Add("kollanet_volumes", RunJobStep.VolumesText([Volume(then, 1)])),
        };

        RunJobStep.WhyRun(record, "{}", RunJobStep.VolumesText([Volume(now, 2)]), "i1").Should().Be(done ? null : "a volume it prepared has been made anew");

        static ObservedVolume Volume(string id, int second) =>
            new("data", ImmutableSortedDictionary<string, string>.Empty.Add("kollanet_id", id), DateTimeOffset.UnixEpoch.AddSeconds(second), "/");
    }

    [Fact]
    public async Task A_strangers_container_with_our_name_is_an_error_and_untouched()
    {
        await site.Engine.CreateContainerAsync(new ContainerSpec { Name = "web", Image = "tiny/web:1" }, Cancel);

        (await site.Invoking(s => s.RunAsync()).Should().ThrowAsync<PlanConflictException>())
            .Which.Conflicts.Should().Equal("container web on node1 (tiny/web:1) was made by somebody else");
        (await site.StatesAsync()).Should().Equal(new Dictionary<string, string> { ["web"] = "created" });
        site.Host.Paths.Should().BeEmpty();
    }

    [Fact]
    public async Task A_container_of_kolla_ansible_is_taken_over()
    {
        await site.Engine.CreateContainerAsync(new ContainerSpec { Name = "web", Image = "tiny/web:1", Labels = ImmutableSortedDictionary<string, string>.Empty.Add("kolla_version", "16") }, Cancel);

        TinySite.Changes(await site.PlanAsync()).Should().Contain("node1: container web: was made by kolla-ansible; taken over with its volumes");
        (await site.RunAsync()).Succeeded.Should().BeTrue();
        (await site.RunAsync()).HasChanges.Should().BeFalse();
    }

    [Fact]
    public async Task A_service_switched_off_loses_its_containers_and_keeps_its_volumes()
    {
        await site.RunAsync();
        site.Globals("enable_web: \"no\"");

        Plan plan = await site.PlanAsync();
        TinySite.Changes(plan).Should().Be("node1: container web: is no longer configured on this host; its volumes stay");
        plan.Notices.Should().Equal("web on node1 is no longer configured and will be removed; its volumes stay: web_cache");
        await site.RunAsync();
        (await site.StatesAsync()).Keys.Should().Equal("bootstrap_store", "store");
        (await site.Engine.ListVolumesAsync(null, Cancel)).Select(volume => volume.Name).Should().Equal("store_data", "web_cache");
    }

    [Fact]
    public async Task A_prefix_names_containers_volumes_and_the_site()
    {
        site.Globals("container_prefix: t_");

        (await site.RunAsync()).Succeeded.Should().BeTrue();

        (await site.StatesAsync()).Keys.Should().Equal("t_bootstrap_store", "t_store", "t_web");
        ObservedContainer web = (await site.Engine.FindContainerAsync("t_web", Cancel))!;
        web.Labels["kollanet_site"].Should().Be("t_");
        (await site.Engine.ListVolumesAsync("kollanet_site=t_", Cancel)).Select(volume => volume.Name).Should().Equal("t_store_data", "t_web_cache");
    }

    [Fact]
    public async Task No_plan_label_event_or_error_holds_a_password()
    {
        site.Globals("time_zone: \"{{ web_password }}\"\ngreeting: \"{{ web_password }}\"");
        site.Behaviour = spec => spec.Name == "web" ? new ContainerBehaviour { ExitCode = 1, Log = ["cannot use s3cret-of-web"] } : new ContainerBehaviour { ExitCode = spec.Name == "store" ? null : 0 };

        DeployReport report = await site.RunAsync();

        report.Succeeded.Should().BeFalse();
        string all = report.Plan + string.Join('\n', site.Events.Select(happened => happened is StepEnded ended ? $"{ended.Outcome.Detail} {ended.Outcome.Failure}" : happened is StepProgress progress ? progress.Line : ""))
            + string.Join('\n', (await site.Engine.ListContainersAsync(null, Cancel)).SelectMany(container => container.Labels.Values));
        all.Should().Contain("cannot use ***").And.NotContain("s3cret-of-web");
        site.Host.File("/etc/tiny/web/web.conf").IsSecret.Should().BeTrue();
    }

    [Fact]
    public void Every_rendering_error_is_reported_at_once()
    {
        site.Folder.Write("templates/store/config/store.conf.j2", "[DEFAULT]\npath = {{ nowhere }}\n").Write("templates/web/config/web.conf.j2", "[DEFAULT]\nx = {{ 1 + }}\n");

        site.Invoking(s => s.Desired()).Should().Throw<SiteInvalidException>().Which.Problems.Select(problem => problem.Place)
            .Should().BeEquivalentTo("store/config/store.conf.j2:2:11", "web/config/web.conf.j2:2:12");
    }

    [Fact]
    public void Limits_a_host_cannot_grant_are_lowered_with_a_notice()
    {
        var spec = new ContainerSpec { Name = "x", Image = "y", Privileged = true, Dimensions = new Dimensions { Ulimits = ImmutableSortedDictionary<string, Ulimit>.Empty.Add("nofile", new Ulimit(1048576, 1048576)) } };

        (ContainerSpec lowered, ImmutableArray<string> notices) = HostLimits.Lower(spec, site.Host.Facts);

        lowered.Privileged.Should().BeFalse();
        lowered.CapabilitiesAdded.Should().Equal("ALL");
        lowered.CapabilitiesDropped.Should().Equal("SYS_RESOURCE");
        lowered.Mounts.Should().Contain(new Mount("/dev", "/dev"));
        lowered.Dimensions.Ulimits["nofile"].Should().Be(new Ulimit(1024, 1024));
        notices.Should().HaveCount(2);
        HostLimits.Lower(spec, site.Host.Facts with { CapabilityBounds = ulong.MaxValue, HardNofile = 1048576 }).Notices.Should().BeEmpty();
    }
}
