using System.Collections.Immutable;

namespace KollaNet.Engine;

/// <summary>What <c>prechecks</c> or <c>validate-config</c> found.</summary>
public sealed record CheckReport(ImmutableArray<Check> Checks)
{
    /// <summary>True when nothing failed.</summary>
    public bool Succeeded => Checks.All(check => check.Result != CheckResult.Failed);
}

/// <summary>One check.</summary>
/// <param name="Host">Empty when it is about the site.</param>
/// <param name="Subject">What was checked: <c>port 10.0.0.11:9292</c>.</param>
/// <param name="Message">What was found.</param>
/// <param name="Next">What to do about it; null when there is nothing to do.</param>
public sealed record Check(string Host, string Subject, CheckResult Result, string Message, string? Next = null);

/// <summary>How a check ended.</summary>
public enum CheckResult
{
    /// <summary>As it should be.</summary>
    Passed,

    /// <summary>Works, but the operator should know.</summary>
    Warning,

    /// <summary>A deployment would fail.</summary>
    Failed,
}

/// <summary>A site now.</summary>
public sealed record StatusReport(ImmutableArray<ContainerStatus> Containers, ImmutableArray<EndpointStatus> Endpoints)
{
    /// <summary>True when every container runs and is not unhealthy, and every endpoint answers.</summary>
    public bool AllWell => Containers.All(container => container.IsWell) && Endpoints.All(endpoint => endpoint.Answers);
}

/// <summary>A container that should be there.</summary>
/// <param name="State">The engine's word, or <c>missing</c>.</param>
/// <param name="Health">Null when the engine does not watch it.</param>
/// <param name="Image">The reference it was created from; the wanted one when it is missing.</param>
/// <param name="Uptime">Null when it does not run.</param>
/// <param name="Detail">Exit code and the like; empty when all is well.</param>
public sealed record ContainerStatus(string Service, string Host, string Name, string State, string? Health, string Image, TimeSpan? Uptime, string Detail)
{
    /// <summary>True when it runs and is not unhealthy.</summary>
    public bool IsWell => State == "running" && Health != "unhealthy";
}

/// <summary>An address that should answer.</summary>
/// <param name="Version">What it calls itself, when it does; null otherwise.</param>
/// <param name="Detail">HTTP status or the reason it does not answer.</param>
public sealed record EndpointStatus(string Service, string Interface, string Url, bool Answers, string? Version, string Detail);

/// <summary>A line of a container's output.</summary>
public sealed record LogLine(string Host, string Container, string Text);

/// <summary>A file written on the machine that deploys.</summary>
public sealed record WrittenFile(string Path, bool Changed);
