using System.Collections.Immutable;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site.Passwords;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Checks;

/// <summary>Tries everything that a deployment of the enabled services will evaluate.</summary>
internal sealed class SiteCheck
{
    private readonly SiteModel model;
    private readonly IReadOnlyDictionary<string, HostFacts>? facts;
    private readonly SiteProblems problems;
    private readonly Attempts attempts;
    private readonly ImmutableArray<string> hosts;

    private SiteCheck(SiteModel model, IReadOnlyDictionary<string, HostFacts>? facts, SiteVariables variables, SiteProblems problems)
    {
        this.model = model;
        this.facts = facts;
        this.problems = problems;
        attempts = new Attempts(variables, model.Names, facts is not null, problems);
        hosts = [.. model.Hosts.Select(host => host.Name).Where(host => facts is null || facts.ContainsKey(host))];
    }

    /// <summary>Reports all problems that can be seen.</summary>
    /// <param name="facts">Null before any host was reached: values that need facts are then left for later.</param>
    public static void Run(SiteModel model, IReadOnlyDictionary<string, HostFacts>? facts, SiteVariables variables, SiteProblems problems)
    {
        var check = new SiteCheck(model, facts, variables, problems);
        if (check.hosts.IsEmpty) return;
        ImmutableArray<ServiceDefinition> enabled = check.EnabledServices();
        check.CheckPasswords(enabled);
        check.CheckInterfaces();
        foreach (ServiceDefinition service in enabled) check.CheckGroups(service);
        check.CheckTypes(enabled);
        check.CheckOperatorValues();
        check.CheckRequirements(model.Rules.Requirements, check.hosts[0]);
        foreach (ServiceDefinition service in enabled) check.CheckService(service);
    }

    private ImmutableArray<ServiceDefinition> EnabledServices() => [.. model.Services.Services.Where(service => IsTrue(service.Enabled, hosts[0]))];

    private bool IsTrue(Templated? condition, string host)
    {
        if (condition is null) return true;
        if (attempts.Try(host, condition.Evaluate) is not { } attempt) return false;
        if (Truth.Of(attempt.Value) is { } truth) return truth;
        problems.Add(new Place(condition.Source, condition.Line, condition.Column), $"'{condition.Text}' does not give yes or no");
        return false;
    }

    private void CheckPasswords(ImmutableArray<ServiceDefinition> enabled)
    {
        PasswordNeed[] missing = [.. model.Rules.Passwords.Where(need => need.Kind != PasswordKind.None && enabled.Any(service => service.Name == need.Service)
            && model.Names.Layers.Find(hosts[0], need.Key) is null)];
        foreach (PasswordNeed need in missing) attempts.Silenced.Add(need.Key);
        if (!model.CanReadPasswords) return;
        if (missing.Length > 0 && !model.HasPasswordsFile)
        {
            Report(model.PasswordsFile, "the file does not exist; run kollanet genpwd");
            return;
        }
        foreach (PasswordNeed need in missing)
        {
            bool named = model.PasswordKeys.TryGetValue(need.Key, out Place place);
            Report(named ? place : model.PasswordsFile, $"{need.Key} is {(named ? "empty" : "missing")}, and service {need.Service} needs it; run kollanet genpwd");
        }

        void Report(Place at, string problem) => problems.Errors.Add(new SiteProblem(at.ToString(), problem) { IsMissingPassword = true });
    }

    private void CheckInterfaces()
    {
        if (facts is null) return;
        foreach (string host in hosts)
        {
            ImmutableSortedDictionary<string, ImmutableArray<string>> known = facts[host].Addresses;
            var missing = model.Rules.VariableTypes.Where(type => type.Value == "interface").Select(type => (Key: type.Key, Name: ValueOf(host, type.Key) as string))
                .Where(one => one.Name is { Length: > 0 } name && !known.ContainsKey(name)).GroupBy(one => one.Name!, StringComparer.Ordinal);
            foreach (var group in missing)
            {
                // One key usually takes its value from another: name the one that the operator set, or that the value stands in.
                (string name, string key) = (group.Key, group.Select(one => one.Key).MaxBy(key => Weight(host, key))!);
                problems.Add(model.Names.Layers.Find(host, key)?.Place ?? new Place(key), $"{key}: host '{host}' has no interface '{name}' that is up; it has {string.Join(", ", known.Keys)}");
                foreach (string prefix in new[] { "ansible_facts." + name, "ansible_facts['" + name, "ansible_facts[\"" + name, "ansible_facts" }) attempts.Silenced.Add(prefix);
            }
        }
    }

    private int Weight(string host, string key) => model.Names.Layers.Find(host, key) is { } definition
        ? ((int)definition.Layer * 2) + (definition.Value is YamlScalar scalar && TemplateCache.IsTemplate(scalar) ? 0 : 1) : -1;

    private object? ValueOf(string host, string key) => attempts.Try(host, variables => variables.TryGet(key, out object? value) ? value : null)?.Value;

    private void CheckGroups(ServiceDefinition service)
    {
        foreach (ContainerDefinition container in service.Containers.Where(container => IsTrue(container.When, hosts[0])))
        {
            string group = container.Group;
            if (model.Names.Groups.TryGetValue(group, out ImmutableArray<string> members) && members.Length > 0) continue;
            string problem = members.IsDefault
                ? $"there is no group '{group}', and service {service.Name} needs one{Suggestion.Phrase(group, model.Names.Groups.Keys)}"
                : $"group '{group}' has no hosts, and service {service.Name} needs at least one";
            problems.Add(new Place(string.Join(", ", model.Request.Inventories)), problem);
            foreach (string form in new[] { $"groups['{group}']", $"groups[\"{group}\"]", $"groups.{group}" }) attempts.Silenced.Add(form);
        }
    }

    private void CheckTypes(ImmutableArray<ServiceDefinition> enabled)
    {
        var types = model.Rules.Defaults.Where(definition => TypeCheck.Implied(definition) is not null).GroupBy(definition => definition.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => TypeCheck.Implied(group.First())!, StringComparer.Ordinal);
        foreach ((string name, string type) in model.Rules.VariableTypes) types[name] = type;
        HashSet<string> idle = [.. model.Services.Services.Where(service => !enabled.Contains(service)).SelectMany(service => service.VariableTypes.Keys).Where(name => !name.StartsWith("enable_", StringComparison.Ordinal))];
        foreach (string host in hosts)
        {
            foreach ((string name, string type) in types)
            {
                // A default that needs no attention here would only repeat the problem of the value it is made from.
                if (model.Names.Layers.Find(host, name) is not { } definition || (definition.Layer == VariableLayer.Default && (idle.Contains(name) || !model.Rules.VariableTypes.ContainsKey(name)))) continue;
                if (attempts.Try(host, variables => variables.TryGet(name, out object? value) ? value : null) is not { } attempt) continue;
                if (TypeCheck.Problem(type, attempt.Value) is { } problem) problems.Add(definition.Place, $"{name}: {problem}");
            }
        }
    }

    private void CheckOperatorValues()
    {
        foreach (string host in hosts)
        {
            foreach (VariableDefinition definition in model.Names.Layers.OfHost(host).Concat(model.Names.Layers.Overrides))
            {
                if (ReferenceEquals(model.Names.Layers.Find(host, definition.Name), definition)) attempts.Try(host, variables => variables.TryGet(definition.Name, out object? value) ? value : null);
            }
        }
    }

    private void CheckRequirements(ImmutableArray<RequirementDefinition> requirements, string host)
    {
        foreach (RequirementDefinition requirement in requirements.Where(requirement => IsTrue(requirement.When, host)))
        {
            if (attempts.Try(host, requirement.Check.Evaluate) is not { } attempt || Truth.Of(attempt.Value) == true) continue;
            if (attempts.Try(host, requirement.Message.Evaluate) is { Value: string message })
                problems.Add(PlaceOf(requirement.Check, host), message);
        }
    }

    /// <summary>The operator's own setting that a condition looks at; the condition itself when it looks at none.</summary>
    private Place PlaceOf(Templated condition, string host)
    {
        VariableDefinition? set = condition.NamesIn().Select(name => model.Names.Layers.Find(host, name)).FirstOrDefault(definition => definition is { Layer: > VariableLayer.Default });
        return set?.Place ?? new Place(condition.Source, condition.Line, condition.Column);
    }

    private void CheckService(ServiceDefinition service)
    {
        string first = service.Containers.SelectMany(container => HostsOf(container)).FirstOrDefault() ?? hosts[0];
        CheckRequirements(service.Requirements, first);
        TryAll(ServiceTemplates.OfSite(service), first);
        foreach (ContainerDefinition container in service.Containers)
        {
            foreach (string host in HostsOf(container).Where(host => IsTrue(container.When, host)))
            {
                TryAll(ServiceTemplates.OfContainer(container), host);
                foreach (ConfigFileDefinition file in container.Files) TryFile(file, host);
                TryAll(service.Jobs.Where(job => job.Container == container.Name).SelectMany(ServiceTemplates.OfJob), host);
            }
        }
    }

    private IEnumerable<string> HostsOf(ContainerDefinition container) => model.Names.Groups.GetValueOrDefault(container.Group, []).Where(host => hosts.Contains(host));

    private void TryFile(ConfigFileDefinition file, string host)
    {
        if (file.Loop is null) TryAll(ServiceTemplates.OfFile(file), host);
        else attempts.Try(host, variables => FileLoop.Each(file, variables).SelectMany(each => ServiceTemplates.OfFile(file).Select(value => value.Evaluate(each))).ToList());
    }

    private void TryAll(IEnumerable<Templated> values, string host)
    {
        foreach (Templated value in values) attempts.Try(host, value.Evaluate);
    }
}
