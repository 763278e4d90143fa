using System.Collections.Immutable;
using KollaNet.Engine.Site;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Services;

/// <summary>Checks what services say about each other and about their own folders.</summary>
internal static class ServiceLinks
{
    private static readonly string[] Types = ["bool", "int", "port", "address", "string", "list", "map"];

    /// <summary>Reports every name that leads nowhere.</summary>
    public static void Check(ServiceCatalog catalog, SiteProblems problems)
    {
        foreach (ServiceDefinition service in catalog.Services)
        {
            CheckAfter(service, catalog, problems);
            CheckJobs(service, problems);
            CheckFiles(service, problems);
            foreach ((string name, string type) in service.VariableTypes.Where(type => !Types.Contains(type.Value) && !type.Value.StartsWith("one of ", StringComparison.Ordinal)))
                problems.Add(PlaceOf(service), $"variable_types: {name}: \"{type}\" is not a type{Suggestion.Phrase(type, Types)}");
        }
        CheckOnlyOne(catalog, "provides_database", service => service.ProvidesDatabase is not null, problems);
        CheckOnlyOne(catalog, "provides_identity", service => service.ProvidesIdentity is not null, problems);
        CheckContainerNames(catalog, problems);
        CheckCycles(catalog, problems);
    }

    private static Place PlaceOf(ServiceDefinition service) => new(ServiceReader.SourceOf(service.Folder, ServiceReader.FileName));

    private static void CheckAfter(ServiceDefinition service, ServiceCatalog catalog, SiteProblems problems)
    {
        string[] names = [.. catalog.Services.Select(other => other.Name)];
        foreach (string name in service.After.Where(name => !names.Contains(name)))
            problems.Add(PlaceOf(service), $"after: there is no service '{name}'{Suggestion.Phrase(name, names)}");
        foreach (string name in service.Containers.SelectMany(container => container.Preflight?.Without.Keys ?? []).Except(service.After))
            problems.Add(PlaceOf(service), $"preflight: without: '{name}' is not one of the services in 'after'{Suggestion.Phrase(name, [.. service.After])}");
    }

    private static void CheckJobs(ServiceDefinition service, SiteProblems problems)
    {
        string[] containers = [.. service.Containers.Select(container => container.Name)];
        foreach (JobDefinition job in service.Jobs.Where(job => job.Container.Length > 0 && !containers.Contains(job.Container)))
            problems.Add(PlaceOf(service), $"job '{job.Name}': the service has no container '{job.Container}'{Suggestion.Phrase(job.Container, containers)}");
        foreach ((JobDefinition job, Templated volume) in service.Jobs.SelectMany(job => (job.Volumes ?? []).Where(volume => volume.Text.Contains(":/", StringComparison.Ordinal)).Select(volume => (job, volume))))
            problems.Add(new Place(volume.Source, volume.Line, volume.Column), $"job '{job.Name}': '{volume.Text}' is a mount; 'volumes' of a job takes names only");
        foreach (JobDefinition job in service.Jobs.Where(job => job is { Run: "inside", Command: null }))
            problems.Add(PlaceOf(service), $"job '{job.Name}' runs inside a container and needs 'command'");
    }

    private static void CheckFiles(ServiceDefinition service, SiteProblems problems)
    {
        foreach (ContainerDefinition container in service.Containers)
        {
            if (container is { ConfigFolder: null, Files.Length: > 0 })
                problems.Add(PlaceOf(service), $"container '{container.Name}' has files and needs 'config_folder'");
            foreach (ConfigFileDefinition file in container.Files)
            {
                if (file.Template is { } template && !File.Exists(Path.Combine(service.Folder, "config", template)))
                    problems.Add(new Place(file.Name.Source, file.Name.Line), $"there is no template config/{template}");
                if (file.Template is null && file.Overrides.IsEmpty && file.StaysWhen is null)
                    problems.Add(new Place(file.Name.Source, file.Name.Line), $"file '{file.Name.Text}' needs 'template' or 'overrides'");
                if (file.Mode.Length is < 3 or > 4 || file.Mode.AsSpan().IndexOfAnyExceptInRange('0', '7') >= 0)
                    problems.Add(new Place(file.Name.Source, file.Name.Line), $"mode: \"{file.Mode}\" is not octal permissions such as \"0660\"");
            }
        }
    }

    private static void CheckOnlyOne(ServiceCatalog catalog, string key, Func<ServiceDefinition, bool> has, SiteProblems problems)
    {
        ServiceDefinition[] all = [.. catalog.Services.Where(has)];
        if (all.Length > 1) problems.Add(PlaceOf(all[1]), $"{key} is already in service '{all[0].Name}'; one service can have it");
    }

    private static void CheckContainerNames(ServiceCatalog catalog, SiteProblems problems)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (ServiceDefinition service in catalog.Services)
        {
            foreach (string name in service.Containers.Select(c => c.Name).Concat(service.Jobs.Where(job => job.Run == "before").Select(job => job.Name)))
            {
                if (!seen.TryAdd(name, service.Name)) problems.Add(PlaceOf(service), $"container name '{name}' is already used by service '{seen[name]}'");
            }
        }
    }

    private static void CheckCycles(ServiceCatalog catalog, SiteProblems problems)
    {
        var byName = catalog.Services.ToImmutableDictionary(service => service.Name, StringComparer.Ordinal);
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (ServiceDefinition service in catalog.Services) Visit(service, []);

        void Visit(ServiceDefinition service, ImmutableList<string> path)
        {
            int start = path.IndexOf(service.Name);
            if (start >= 0)
                problems.Add(PlaceOf(byName[path[^1]]), $"services wait for each other: {string.Join(" → ", path.Skip(start))} → {service.Name}");
            if (!done.Add(service.Name)) return;
            foreach (string name in service.After.Where(byName.ContainsKey)) Visit(byName[name], path.Add(service.Name));
        }
    }
}
