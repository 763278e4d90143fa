using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;

namespace KollaNet.Engine.Planning;

/// <summary>Lowers what a container asks for to what its host can grant.</summary>
public static class HostLimits
{
    /// <summary>Bit of CAP_SYS_RESOURCE. Source: capabilities(7).</summary>
    private const ulong SysResource = 1UL << 24;

    /// <summary>The same specification, or one that the host can run, with a sentence about each thing that was lowered.</summary>
    public static (ContainerSpec Spec, ImmutableArray<string> Notices) Lower(ContainerSpec spec, HostFacts facts)
    {
        var notices = ImmutableArray.CreateBuilder<string>();
        if (spec.Privileged && (facts.CapabilityBounds & SysResource) == 0)
        {
            spec = WithoutSysResource(spec);
            notices.Add("this host cannot grant CAP_SYS_RESOURCE, so containers that ask to be privileged get every other capability and device instead");
        }
        foreach ((string name, Ulimit limit) in spec.Dimensions.Ulimits)
        {
            if (name != "nofile" || (Fits(limit.Hard) && Fits(limit.Soft))) continue;
            var lowered = new Ulimit(Lowered(limit.Soft), Lowered(limit.Hard));
            spec = spec with { Dimensions = spec.Dimensions with { Ulimits = spec.Dimensions.Ulimits.SetItem(name, lowered) } };
            notices.Add($"this host allows {facts.HardNofile} open files, so containers that ask for more ({limit.Hard}) get that many");
        }
        return (spec, notices.ToImmutable());

        bool Fits(long value) => value >= 0 && value <= facts.HardNofile;
        long Lowered(long value) => Fits(value) ? value : facts.HardNofile;
    }

    private static ContainerSpec WithoutSysResource(ContainerSpec spec) => spec with
    {
        Privileged = false,
        CapabilitiesAdded = ["ALL"],
        CapabilitiesDropped = ["SYS_RESOURCE"],
        SecurityOptions = ["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"],
        DeviceCgroupRules = ["a *:* rwm"],
        Mounts = spec.Mounts.Any(mount => mount.Target == "/dev") ? spec.Mounts : spec.Mounts.Add(new Mount("/dev", "/dev")),
    };
}
