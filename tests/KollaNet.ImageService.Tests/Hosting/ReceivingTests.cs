using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Hosting.Logging;

namespace KollaNet.ImageService.Tests.Hosting;

public sealed class ReceivingTests
{
    [Fact]
    public async Task Uploads_are_received_into_large_blocks()
    {
        using var folder = new ServiceFolder();
        await using ImageServer server = ImageServer.Create(StandAlone.Options(folder.Root) with { BindPort = 0 }, new LineLog(TextWriter.Null), TimeProvider.System);
        server.Buffers.Should().BeOfType<LargeBlockMemoryPoolFactory>("with Kestrel's own blocks an upload takes thirty-two times as many system calls");
    }
}
