using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Planning;

/// <summary>Plans the pull of every image the site needs.</summary>
internal static class PullPlanner
{
    public static Plan Plan(DesiredState desired) => new(
        desired.Containers.Where(container => desired.IsTagged(container.Service)).DistinctBy(container => (container.Host, container.Spec.Image)).Select(container =>
            new EnsureImageStep(new StepId(container.Host, "image", container.Spec.Image), container.Service, desired.Registry is null ? "must be there; docker_registry is not set, so it is not pulled" : "the registry may have a newer one", [], desired.Registry, Always: true)),
        desired.Registry is null ? ["docker_registry is empty: images are built here ('kollanet build'), not pulled"] : []);
}
