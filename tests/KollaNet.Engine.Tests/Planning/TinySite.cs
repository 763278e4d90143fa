using System.Collections.Immutable;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Containers.Memory;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;
using KollaNet.Engine.Site;
using KollaNet.Engine.Tests.Site;

namespace KollaNet.Engine.Tests.Planning;

/// <summary>A site with two invented services and one host in memory: <c>store</c>, with a bootstrap job, and <c>web</c>, which needs it.</summary>
public sealed class TinySite : IDisposable
{
    public const string Defaults = """
        network_interface: eth0
        node_config_directory: /etc/tiny
        node_custom_config: "{{ CONFIG_DIR }}/config"
        config_owner_user: root
        config_owner_group: root
        container_prefix: ""
        docker_registry: ""
        docker_volume_options: {}
        enable_web: "yes"
        time_zone: UTC
        greeting: hello
        """;

    public const string Store = """
        description: Keeps things
        enabled: "yes"
        containers:
          store:
            group: control
            image: "tiny/store:1"
            config_folder: store
            files:
              - {name: store.conf, template: store.conf.j2, format: ini, overrides: ["store.conf"]}
            volumes: ["{{ node_config_directory }}/store/:/config:ro", "store_data:/data"]
        jobs:
          bootstrap_store:
            container: store
            run: before
            environment: {BOOTSTRAP: ""}
        """;

    public const string Web = """
        description: Shows things
        enabled: "{{ enable_web | bool }}"
        after: [store]
        containers:
          web:
            group: control
            image: "tiny/web:1"
            config_folder: web
            files:
              - {name: web.conf, template: web.conf.j2, format: ini}
              - {name: extra.txt, overrides: ["extra.txt"], optional: true}
            environment: {TZ: "{{ time_zone }}"}
            volumes: ["{{ node_config_directory }}/web/:/config:ro", "{{ 'web_cache:/cache' }}"]
            ready: {exec: ["true"], within: 30}
        """;

    private readonly SiteFolder folder = new SiteFolder().WithTemplates(
        ("defaults.yml", Defaults), ("store/service.yml", Store), ("store/config/store.conf.j2", "[DEFAULT]\npath = /data\n"),
        ("web/service.yml", Web), ("web/config/web.conf.j2", "[DEFAULT]\ngreeting = {{ greeting }}\nkey = {{ web_password }}\n"), ("web/passwords.yml", "web_password: password\n"))
        .Write("etc/passwords.yml", "web_password: s3cret-of-web\n");

    public TinySite()
    {
        Engine = new InMemoryEngine(spec => Behaviour(spec), (container, command, _) => Exec(container, command));
        Engine.AddImage("tiny/store:1");
        Engine.AddImage("tiny/web:1");
        Host = new MemoryHost("node1", SiteFolder.FactsOf("node1", "10.0.0.1"), Engine);
    }

    public InMemoryEngine Engine { get; }

    public MemoryHost Host { get; }

    public List<RunEvent> Events { get; } = [];

    /// <summary>What containers do: jobs end well, the others run.</summary>
    public Func<ContainerSpec, ContainerBehaviour> Behaviour { get; set; } = static spec =>
        spec.Environment.ContainsKey("BOOTSTRAP") || spec.Environment.ContainsKey("KOLLA_BOOTSTRAP") ? new ContainerBehaviour { ExitCode = 0 } : ContainerBehaviour.Runs;

    /// <summary>What commands in running containers do; called with container and command.</summary>
    public Func<string, ImmutableArray<string>, JobResult> Exec { get; set; } = static (_, _) => new JobResult(0, []);

    public SiteFolder Folder => folder;

    public TinySite Globals(string text)
    {
        folder.Globals(text);
        return this;
    }

    public SiteRequest Request => new() { ConfigFolder = folder.ConfigFolder, TemplatesFolder = folder.Templates, Inventories = [folder.Inventory], Tags = [.. folder.Tags] };

    public DesiredState Desired() => DesiredState.Of(folder.Read(), new Dictionary<string, HostFacts> { ["node1"] = Host.Facts });

    public async Task<Plan> PlanAsync()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        DesiredState desired = Desired();
        return Reconciler.Reconcile(desired, await new Observer(new Dictionary<string, IHost> { ["node1"] = Host }).ObserveAsync(desired, false, cancel));
    }

    public Deployment Deployment() => new(_ => Host, TimeProvider.System, new Listener(Events));

    public Task<DeployReport> RunAsync(DeployAction action = DeployAction.Deploy, bool planOnly = false, CancellationToken? cancel = null) =>
        Deployment().DeployAsync(new DeployRequest { Site = Request, Action = action, PlanOnly = planOnly }, cancel ?? TestContext.Current.CancellationToken);

    /// <summary>Every change of a plan as text, one line each, without the checks.</summary>
    public static string Changes(Plan plan) => string.Join('\n', plan.Changes.Select(step => $"{step.Id}: {step.Because}"));

    public async Task<ImmutableSortedDictionary<string, string>> StatesAsync() =>
        (await Engine.ListContainersAsync(null, TestContext.Current.CancellationToken)).ToImmutableSortedDictionary(container => container.Name, container => container.State);

    public void Dispose() => folder.Dispose();

    private sealed class Listener(List<RunEvent> to) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => to.Add(value);
    }
}
