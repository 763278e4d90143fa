using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Docker;
using KollaNet.TestHost;

namespace KollaNet.Engine.Tests.Containers;

public sealed class DockerMeetsTheContract(DockerFixture docker) : ContainerEngineContract, IClassFixture<DockerFixture>
{
    protected override IContainerEngine Engine => docker.Engine;

    protected override string Image => docker.Image;
}

/// <summary>The machine's own engine, installed and started as <c>kollanet bootstrap-servers</c> does it when there is none; with a tiny image of this run's own.</summary>
public sealed class DockerFixture : IAsyncLifetime
{
    public DockerEngine Engine { get; } = DockerEngine.AtSocket(DockerEngine.DefaultSocket);

    public string Image { get; } = $"kollanet-test-{Guid.NewGuid().ToString("N")[..8]}/tiny:1";

    public async ValueTask InitializeAsync()
    {
        await TestMachine.EnsureEngineAsync(CancellationToken.None);
        await TinyImage.ImportAsync(Engine, Image, CancellationToken.None, "LABEL from-image=yes", "ENV PATH=/bin");
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.RemoveImageAsync(Image, CancellationToken.None);
        Engine.Dispose();
    }
}
