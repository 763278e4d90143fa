using KollaNet.Engine.Checks;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Running;
using KollaNet.Engine.Tests.Planning;

namespace KollaNet.Engine.Tests.Checks;

/// <summary>A container whose users' data would be left in another volume is not touched without consent.</summary>
public sealed class DataMoveTests : IDisposable
{
    private readonly TinySite site = new();

    public DataMoveTests() => Mount("store_data");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => site.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_volume_is_refused_while_the_old_one_holds_something(bool removedByHand)
    {
        await site.RunAsync();
        if (removedByHand) await site.Engine.RemoveContainerAsync("store", Cancel);
        Mount("/srv/store");
        Files("3");

        DataLeftBehindException failure = (await FluentActions.Awaiting(() => site.RunAsync()).Should().ThrowAsync<DataLeftBehindException>()).Which;

        failure.Moves.Should().Equal("store on node1 keeps its things in store_data (3 files) and would look for them in /srv/store");
        failure.Next.Should().Contain("--accept-data-move");
        ObservedContainer? store = await site.Engine.FindContainerAsync("store", Cancel);
        if (removedByHand) store.Should().BeNull();
        else store!.Volumes.Should().Equal("store_data");
    }

    [Fact]
    public async Task With_consent_it_is_done_with_a_notice_and_the_old_volume_stays()
    {
        await site.RunAsync();
        Mount("new_data");
        Files("1");

        DeployReport report = await site.Deployment().DeployAsync(new DeployRequest { Site = site.Request, AcceptDataMove = true }, Cancel);

        report.Succeeded.Should().BeTrue();
        report.Notices.Should().Contain("store on node1 keeps its things in store_data (1 file) and would look for them in new_data");
        (await site.Engine.FindContainerAsync("store", Cancel))!.Volumes.Should().Equal("new_data");
        (await site.Engine.ListVolumesAsync(null, Cancel)).Select(volume => volume.Name).Should().Contain("store_data");
        (await site.RunAsync()).HasChanges.Should().BeFalse();
    }

    [Fact]
    public async Task An_empty_volume_is_left_without_a_word()
    {
        await site.RunAsync();
        Mount("new_data");
        Files("0");

        (await site.RunAsync()).Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task What_cannot_be_counted_is_not_taken_for_empty()
    {
        await site.RunAsync();
        Mount("new_data");
        site.Host.Script = _ => new CommandResult(1, "", "find: permission denied");

        (await FluentActions.Awaiting(() => site.RunAsync()).Should().ThrowAsync<DataLeftBehindException>())
            .Which.Moves.Single().Should().Contain("(number of files unknown)");
    }

    private void Mount(string source) => site.Folder.Write("templates/store/service.yml", TinySite.Store.Replace("store_data:/data\"]",
        $"{source}:/data\"]\n    data: [{{path: /data, holds: things}}]", StringComparison.Ordinal));

    private void Files(string count) => site.Host.Script = _ => new CommandResult(0, count + "\n", "");
}
