namespace KollaNet.Engine.Services;

/// <summary>Lists the values of a service, so that all can be tried before anything happens.</summary>
internal static class ServiceTemplates
{
    /// <summary>Every value of the service, its containers and jobs.</summary>
    public static IEnumerable<Templated> All(ServiceDefinition service) =>
        OfSite(service).Append(service.Enabled).Concat(service.Containers.SelectMany(container => OfContainer(container).Concat(container.Files.SelectMany(OfFile)).Concat(Some(container.When)).Concat(container.Guards).Concat(Some(container.Keeps?.Command, container.Keeps?.Needs)).Concat(OfPreflight(container.Preflight)).Concat(container.Commands.Values)))
            .Concat(service.Jobs.SelectMany(OfJob)).Concat(service.Requirements.SelectMany(one => Some(one.Check, one.Message, one.When)));

    /// <summary>Values that hold for the site: databases, identity.</summary>
    public static IEnumerable<Templated> OfSite(ServiceDefinition service)
    {
        IEnumerable<Templated> providers = Some(
            service.ProvidesDatabase?.Host, service.ProvidesDatabase?.Port, service.ProvidesDatabase?.User, service.ProvidesDatabase?.Password,
            service.ProvidesIdentity?.AuthUrl, service.ProvidesIdentity?.User, service.ProvidesIdentity?.Password, service.ProvidesIdentity?.Project, service.ProvidesIdentity?.Region);
        return providers.Concat(service.Databases.SelectMany(database => Some(database.Name, database.User, database.Password)))
            .Concat(service.Identity.Services.SelectMany(entry => Some(entry.Name, entry.Type, entry.Description).Concat(entry.Endpoints.Values)))
            .Concat(service.Identity.Users.SelectMany(user => Some(user.Name, user.Password, user.Project).Concat(user.Roles)))
            .Concat(service.Identity.Roles);
    }

    /// <summary>Values of a container on one host, without its files.</summary>
    public static IEnumerable<Templated> OfContainer(ContainerDefinition container) =>
        Some(container.Hosts, container.Image, container.Dimensions, container.HealthCheck, container.Privileged, container.Command, container.Ready?.Url, container.Ready?.Tcp, container.Ready?.Within)
            .Concat(container.Ready?.Exec ?? []).Concat(container.Environment.Values).Concat(container.Volumes).Concat(container.Tmpfs)
            .Concat(container.Listens).Concat(container.Settings.Values);

    /// <summary>Loop, name, conditions and overrides of one of a container's files.</summary>
    public static IEnumerable<Templated> OfFile(ConfigFileDefinition file) => Some(file.Loop, file.Name, file.When, file.StaysWhen).Concat(file.Overrides);

    /// <summary>Values of a preflight.</summary>
    public static IEnumerable<Templated> OfPreflight(PreflightDefinition? preflight) => preflight is null ? [] : Some(preflight.Command, preflight.When).Concat(preflight.Without.Values);

    /// <summary>Values of a job.</summary>
    public static IEnumerable<Templated> OfJob(JobDefinition job) => (job.Command ?? []).Concat(job.Environment.Values).Concat(job.Volumes ?? []).Concat(Some(job.Within));

    private static IEnumerable<Templated> Some(params Templated?[] values) => values.OfType<Templated>();
}
