using System.Collections.Immutable;

namespace KollaNet.Engine.Services;

/// <summary>Every service that has a folder below <c>templates/</c>.</summary>
public sealed class ServiceCatalog(ImmutableArray<ServiceDefinition> services)
{
    /// <summary>Sorted by name.</summary>
    public ImmutableArray<ServiceDefinition> Services { get; } = services;
}
