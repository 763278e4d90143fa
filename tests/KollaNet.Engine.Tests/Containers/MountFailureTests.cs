using KollaNet.Engine.Containers.Docker;

namespace KollaNet.Engine.Tests.Containers;

/// <summary>Docker's words for mounts that fail, as real engines have said them.</summary>
public sealed class MountFailureTests
{
    private const string Mount = "error while mounting volume '/var/lib/docker/volumes/nas/_data': failed to mount local volume: mount :/images:/var/lib/docker/volumes/nas/_data, data: addr=172.17.0.2,nfsvers=4.1,soft: ";

    [Theory]
    [InlineData(Mount + "no such device", "*kernel knows no file system of that type*")]
    [InlineData(Mount + "connection refused", "*server named by addr=*")]
    [InlineData(Mount + "connection timed out", "*server named by addr=*")]
    [InlineData(Mount + "no such file or directory", "*exports no such path*")]
    [InlineData(Mount + "operation not permitted", "*the server's exports*")]
    [InlineData(Mount + "invalid argument", "*correct 'o'*")]
    [InlineData(Mount + "something else", "correct docker_volume_options, or what it names")]
    [InlineData("error while creating mount source path '/mnt/nas': mkdir /mnt/nas: file exists", "*stale: unmount it*")]
    public void Each_has_a_next_step(string why, string next) => MountFailures.Next(why).Should().Match(next);

    [Theory]
    [InlineData("driver failed programming external connectivity: address already in use")]
    [InlineData("error while creating mount source path '/x': mkdir /x: read-only file system")]
    public void Other_failures_have_none(string why) => MountFailures.Next(why).Should().BeNull();
}
