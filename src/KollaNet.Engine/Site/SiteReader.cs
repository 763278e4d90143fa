using System.Collections.Immutable;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site.Checks;
using KollaNet.Engine.Site.Inventory;
using KollaNet.Engine.Site.Variables;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site;

/// <summary>Reads what the operator asked for. Never throws for what is in the files: <see cref="Site.Problems"/> holds all of it.</summary>
public static class SiteReader
{
    /// <summary>Reads and checks a site. Touches no host.</summary>
    public static Site Read(SiteRequest request)
    {
        var problems = new SiteProblems();
        ServiceCatalog services = ServiceReader.Read(request.TemplatesFolder, problems);
        SiteRules rules = SiteRules.Read(request.TemplatesFolder, services, problems);
        int start = problems.Errors.Count;
        HostInventory inventory = InventoryReader.Read(request.Inventories, problems);
        bool inventoryIsWhole = problems.Errors.Count == start;
        var tree = new GroupTree(inventory);
        var layers = new VariableLayers();
        foreach (VariableDefinition definition in rules.Defaults) layers.Add(definition);
        foreach ((string name, string other) in rules.Aliases) layers.Aliases[name] = other;
        var files = new OperatorFiles(request, layers, problems);
        files.ReadInventoryVariables(inventory, tree);
        SiteProblem[] hostProblems = [.. problems.Errors[start..]];
        files.ReadGlobals();

        var names = new SiteNames([.. inventory.Hosts.Select(host => host.Name)], tree.Groups, layers, Path.GetFullPath(request.ConfigFolder));
        var variables = new SiteVariables(names, null);
        start = problems.Errors.Count;
        IReadOnlySet<string> selected = HostLimit.Select(request.Limit, names.Hosts, tree.Groups, problems);
        var model = new SiteModel
        {
            Request = request,
            Hosts = [.. inventory.Hosts.Select(host => new SiteHost(
                host.Name, Connection.Of(new InventoryPlace(host.Name, host.Place), variables.Of(host.Name), problems), selected.Contains(host.Name)))],
            Services = services,
            Rules = rules,
            Names = names,
            PasswordKeys = files.PasswordKeys,
            PasswordsFile = new Place(files.PasswordsSource),
            HasPasswordsFile = File.Exists(files.PasswordsPath),
            CanReadPasswords = files.CanReadPasswords,
        };
        if (inventoryIsWhole && model.Hosts.IsEmpty) problems.Add(new Place(string.Join(", ", request.Inventories)), "the inventory has no hosts");
        hostProblems = [.. hostProblems, .. problems.Errors[start..]];
        Check(model, variables, problems);
        return new Site(model, problems, hostProblems);
    }

    private static void Check(SiteModel model, SiteVariables variables, SiteProblems problems)
    {
        // Without services and defaults every key and tag would be unknown, which says nothing about them.
        if (model.Services.Services.IsEmpty && model.Rules.Defaults.IsEmpty) return;
        string[] services = [.. model.Services.Services.Select(service => service.Name)];
        foreach (string tag in (model.Request.Tags.IsDefault ? [] : model.Request.Tags).Where(tag => !services.Contains(tag)))
            problems.Add(new Place("--tags"), $"there is no service '{tag}'{Suggestion.Phrase(tag, services)}");
        foreach (IGrouping<HostConnection, SiteHost> same in model.Hosts.GroupBy(host => host.Connection).Where(same => same.Count() > 1))
            problems.Warn(new Place(string.Join(", ", model.Request.Inventories)), $"hosts {string.Join(" and ", same.Select(host => $"'{host.Name}'"))} are the same machine");
        new KeyCheck(model, problems).Run();
        SiteCheck.Run(model, null, variables, problems);
    }
}
