using System.Collections.Immutable;
using KollaNet.Engine.Services;
using KollaNet.Engine.Site;
using KollaNet.Engine.Tests.Site;

namespace KollaNet.Engine.Tests.Services;

public sealed class ServiceReaderTests : IDisposable
{
    private readonly SiteFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("enabeld: yes\nenabled: yes", "templates/one/service.yml:1:1: a service has no key 'enabeld'; did you mean 'enabled'?")]
    [InlineData("description: x", "templates/one/service.yml:1:1: a service needs 'enabled'")]
    [InlineData("enabled: yes\nafter: [two]", "templates/one/service.yml: after: there is no service 'two'")]
    [InlineData("enabled: yes\nafter: [one]", "templates/one/service.yml: services wait for each other: one → one")]
    [InlineData("enabled: yes\ncontainers: {c: {group: g}}", "templates/one/service.yml:2:17: container 'c' needs 'image'")]
    [InlineData("enabled: yes\ncontainers: {c: {group: g, image: i, volume: []}}", "templates/one/service.yml:2:38: container 'c' has no key 'volume'; did you mean 'volumes'?")]
    [InlineData("enabled: yes\njobs: {j: {container: c}}", "templates/one/service.yml: job 'j': the service has no container 'c'")]
    [InlineData("enabled: yes\ncontainers: {c: {group: g, image: i, config_folder: c, files: [{name: a, template: a.j2}]}}", "templates/one/service.yml:2: there is no template config/a.j2")]
    [InlineData("enabled: yes\ncontainers: {c: {group: g, image: i}}\njobs: {j: {container: c, volumes: [a, \"b:/c\"]}}", "templates/one/service.yml:3:40: job 'j': 'b:/c' is a mount; 'volumes' of a job takes names only")]
    [InlineData("enabled: yes\nvariable_types: {a: boolean}", "templates/one/service.yml: variable_types: a: \"boolean\" is not a type")]
    public void A_mistake_in_a_service_is_explained_with_its_place(string service, string expected)
    {
        folder.WithTemplates(("one/service.yml", service));

        ServiceReader.Read(folder.Templates, out ImmutableArray<SiteProblem> problems);

        problems.Select(problem => problem.ToString()).Should().Equal(expected);
    }

    [Fact]
    public void A_folder_without_a_service_file_is_no_service()
    {
        folder.WithTemplates(("base/images/x", ""), ("one/service.yml", "enabled: yes"));

        ServiceReader.Read(folder.Templates, out _).Services.Select(service => service.Name).Should().Equal("one");
    }

    [Fact]
    public void Lists_and_mappings_keep_templates_inside()
    {
        folder.AllPasswords().WithTemplates(("one/service.yml", """
            enabled: yes
            containers:
              c:
                group: control
                image: i
                volumes: ["{{ inventory_hostname }}:/a", "{{ ['b:/b', 'c:/c'] }}", ""]
                dimensions: {mem_limit: "{{ 1 + 1 }}g", ulimits: {nofile: 5}}
            """));
        var variables = folder.Read().VariablesOf("node1", SiteFolder.Facts("node1"));
        ContainerDefinition container = ServiceReader.Read(folder.Templates, out _).Services.Single().Containers.Single();

        Templated.EvaluateAll(container.Volumes, variables).Should().Equal("node1:/a", "b:/b", "c:/c");
        var dimensions = container.Dimensions!.Evaluate(variables).As<IReadOnlyDictionary<string, object?>>();
        dimensions["mem_limit"].Should().Be("2g");
        dimensions["ulimits"].As<IReadOnlyDictionary<string, object?>>()["nofile"].Should().Be(5L);
    }
}
