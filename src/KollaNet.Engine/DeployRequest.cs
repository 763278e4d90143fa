using KollaNet.Engine.Site;

namespace KollaNet.Engine;

/// <summary>What to do with a site.</summary>
public sealed record DeployRequest
{
    /// <summary>Where its configuration is.</summary>
    public required SiteRequest Site { get; init; }

    /// <summary>Which way to go.</summary>
    public DeployAction Action { get; init; } = DeployAction.Deploy;

    /// <summary>Makes the plan and looks, but changes nothing.</summary>
    public bool PlanOnly { get; init; }

    /// <summary>Most steps that run at once.</summary>
    public int Parallelism { get; init; } = 8;

    /// <summary>The operator knows that a container gets another data folder, or that a service's own guard refuses the change, and has seen to the data.</summary>
    public bool AcceptDataMove { get; init; }

    /// <summary>Destroy only: images that carry our label go too.</summary>
    public bool IncludeImages { get; init; }
}

/// <summary>What a run aims at.</summary>
public enum DeployAction
{
    /// <summary>Everything as configured.</summary>
    Deploy,

    /// <summary>The same as <see cref="Deploy"/>, under Kolla's other name for it.</summary>
    Reconfigure,

    /// <summary>Containers only: no configuration files, no bootstrap, no registration.</summary>
    DeployContainers,

    /// <summary>Images only.</summary>
    Pull,

    /// <summary>Configuration files only; no container is touched.</summary>
    GenConfig,

    /// <summary>Every container stopped, those that others depend on last.</summary>
    Stop,

    /// <summary>Everything that carries our label removed, volumes included.</summary>
    Destroy,
}
