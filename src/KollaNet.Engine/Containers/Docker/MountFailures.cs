namespace KollaNet.Engine.Containers.Docker;

/// <summary>What it means when docker cannot mount a volume or a folder that does not lie on the host. Docker hands on the kernel's words alone.</summary>
internal static class MountFailures
{
    /// <summary>What to do next; null when it is not about such a volume.</summary>
    /// <param name="why">The engine's sentence: "… failed to mount local volume: mount :/export:/var/lib/docker/volumes/…: no such device".</param>
    public static string? Next(string why)
    {
        // Docker cannot see a folder behind a dead or stale mount, tries to make it, and is told that it is there.
        if (why.Contains("error while creating mount source path", StringComparison.Ordinal) && why.EndsWith("file exists", StringComparison.Ordinal))
            return "what is mounted at that path does not answer or is stale: unmount it (umount -l) and mount it again";
        if (!why.Contains("failed to mount local volume", StringComparison.Ordinal)) return null;
        return why[(why.LastIndexOf(':') + 1)..].Trim() switch
        {
            "no such device" => "the host's kernel knows no file system of that type: for NFS, run a kernel with its module (modprobe nfs; grep nfs /proc/filesystems)",
            "connection refused" or "connection timed out" or "no route to host" or "host is down" or "network is unreachable" =>
                "see that the server named by addr= in docker_volume_options runs and that this host reaches it",
            "permission denied" or "operation not permitted" or "access denied" => "let this host mount it: see the server's exports",
            "no such file or directory" or "not a directory" => "correct device in docker_volume_options: the server exports no such path",
            "protocol not supported" or "invalid argument" => "correct 'o' in docker_volume_options: the kernel or the server does not take these options or this version",
            "stale file handle" or "stale NFS file handle" => "what the server exports there was replaced: export it anew (exportfs -ra), then run the same command again",
            _ => "correct docker_volume_options, or what it names",
        };
    }
}
