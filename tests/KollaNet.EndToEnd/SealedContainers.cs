using System.Collections.Immutable;
using KollaNet.EndToEnd.Sites;
using KollaNet.Engine.Containers;
using KollaNet.TestHost;

namespace KollaNet.EndToEnd;

/// <summary>The image service runs as an ordinary user on a root file system that cannot be written.</summary>
[Collection(WholeSiteCollection.Name)]
public sealed class SealedContainers(WholeSite whole)
{
    private TestSite Site => whole.Site;

    [Fact]
    public async Task The_deployed_image_service_can_write_to_its_volumes_and_to_memory_only()
    {
        string container = Site.Prefix + "glance_api";
        (await RunAsync(container, "id -un")).Should().Equal("glance");
        (await RunAsync(container, "grep ' / ' /proc/mounts")).Should().ContainSingle().Which.Should().Contain(" ro,");
        string[] refused = ["/x", "/opt/kollanet-image/x", "/usr/local/bin/x", "/var/lib/x"];
        foreach (string path in refused) (await RunAsync(container, $"touch {path} 2>&1 || echo refused")).Should().Contain("refused", path);
        string[] written = ["/etc/glance/x", "/tmp/x", "/var/lib/glance/x", "/var/log/kolla/x"];
        foreach (string path in written) (await RunAsync(container, $"touch {path} && rm {path} && echo ok")).Should().Equal(["ok"], path);
        (await RunAsync(container, "ps -eo user= 2>/dev/null || stat -c %U /proc/1")).Should().NotContain("root");
    }

    [Fact]
    public async Task Its_image_needs_no_more_than_a_volume_and_a_folder_in_memory()
    {
        string name = Site.Prefix + "sealed", image = (await TestImages.EnsureAsync(TestSite.Cancel, "glance-api"))[0];
        var none = ImmutableSortedDictionary<string, string>.Empty;
        await Site.Engine.CreateVolumeAsync(name, none, none, TestSite.Cancel);
        await Site.Engine.CreateContainerAsync(
            new ContainerSpec
            {
                Name = name,
                Image = image,
                User = "glance",
                ReadOnlyRoot = true,
                Tmpfs = ["/tmp"],
                Mounts = [new Mount(name, "/var/lib/glance")],
                Environment = none.Add("XDG_DATA_HOME", "/var/lib/glance"),
                NetworkMode = "none",
                Command = ["kollanet-image", "serve"],
            },
            TestSite.Cancel);
        await Site.Engine.StartContainerAsync(name, TestSite.Cancel);
        try
        {
            await TestSite.UntilAsync("the sealed service is healthy", async () =>
                (await Site.Engine.ExecAsync(name, ["curl", "-sf", "http://127.0.0.1:9292/healthcheck"], new ExecOptions(), TestSite.Cancel)).ExitCode == 0);
            const string curl = "curl -sf http://127.0.0.1:9292/v2/images";
            string id = string.Concat(await RunAsync(name, $"{curl} -H 'Content-Type: application/json' -d '{{\"disk_format\": \"raw\", \"container_format\": \"bare\"}}' | sed 's/.*\"id\": \"\\([^\"]*\\)\".*/\\1/'"));
            await RunAsync(name, $"echo hello | {curl}/{id}/file -X PUT -H 'Content-Type: application/octet-stream' --data-binary @-");
            (await RunAsync(name, $"{curl}/{id}/file")).Should().Equal("hello");
        }
        finally
        {
            await Site.Engine.RemoveContainerAsync(name, CancellationToken.None);
            await Site.Engine.RemoveVolumeAsync(name, CancellationToken.None);
        }
    }

    private async Task<IEnumerable<string>> RunAsync(string container, string command)
    {
        JobResult result = await Site.Engine.ExecAsync(container, ["sh", "-c", command], new ExecOptions(), TestSite.Cancel);
        result.ExitCode.Should().Be(0, string.Join('\n', result.Output));
        return result.Output;
    }
}
