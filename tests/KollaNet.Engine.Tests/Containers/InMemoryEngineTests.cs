using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Memory;

namespace KollaNet.Engine.Tests.Containers;

public sealed class InMemoryEngineTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_crash_shows_as_the_end_of_the_run()
    {
        InMemoryEngine engine = new();
        engine.AddImage("tiny:1");
        await engine.CreateContainerAsync(new ContainerSpec { Name = "a", Image = "tiny:1" }, Cancel);
        await engine.StartContainerAsync("a", Cancel);

        engine.Crash("a", 139);

        ObservedContainer container = (await engine.FindContainerAsync("a", Cancel))!;
        (container.State, container.ExitCode, container.Pid).Should().Be(("exited", 139, 0));
    }

    [Fact]
    public async Task A_new_build_leaves_existing_containers_on_the_old_image()
    {
        InMemoryEngine engine = new();
        string old = engine.AddImage("tiny:1");
        await engine.CreateContainerAsync(new ContainerSpec { Name = "a", Image = "tiny:1" }, Cancel);

        string rebuilt = engine.AddImage("tiny:1");

        (await engine.FindContainerAsync("a", Cancel))!.ImageId.Should().Be(old).And.NotBe(rebuilt);
    }
}
