using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json.Nodes;
using KollaNet.Engine.Hosts;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Running;
using KollaNet.Engine.Steps;
using KollaNet.Engine.Steps.Identity;

namespace KollaNet.Engine.Tests.Steps;

public sealed class IdentityStepsTests : IDisposable
{
    private readonly FakeKeystone keystone = new();

    public void Dispose() => keystone.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IdentityServer Server => new("keystone", keystone.Url, "admin", "admin-pass", "admin", "RegionOne");

    private ImmutableArray<Step> Steps(string password = "img-pass", string url = "http://10.0.0.1:9292")
    {
        var project = new StepId("", "project", "service");
        var role = new StepId("", "role", "service");
        var entry = new DesiredCatalogueEntry("img", "image", "Images", ImmutableSortedDictionary<string, string>.Empty.Add("internal", url).Add("public", url));
        return [new EnsureProjectStep(project, "img", [], Server), new EnsureRoleStep(role, "img", [], Server),
            new EnsureUserStep(new StepId("", "user", "img"), "img", [project, role], Server, new DesiredUser("img", password, "service", ["admin", "service"])),
            new EnsureCatalogueStep(new StepId("", "endpoints", "image"), "img", [], Server, entry)];
    }

    private static StepContext Context() => new(new Dictionary<string, IHost>(), SiteSession.NewHttp(),
        (_, _, _, _, _) => Task.FromException<DbConnection>(new InvalidOperationException()), Redactor.None, TimeProvider.System, (_, _) => { });

    private static async Task<string[]> RunAsync(ImmutableArray<Step> steps)
    {
        using StepContext on = Context();
        var runner = new Runner(new StepRetry(0, TimeSpan.Zero, TimeProvider.System), TimeProvider.System, new OrderedProgress(null));
        return [.. (await runner.RunAsync(new Plan(steps, []), on, 4, Cancel)).Select(outcome => outcome.Failure is { } failure ? failure.What : $"{outcome.Step.Id}: {outcome.Detail}")];
    }

    [Fact]
    public async Task A_new_service_is_registered_whole_and_a_second_time_nothing_changes()
    {
        (await RunAsync(Steps())).Should().Equal("project service: project created", "role service: role created",
            "user img: user created; role admin in project service granted; role service in project service granted",
            "endpoints image: service image created; internal endpoint http://10.0.0.1:9292 created; public endpoint http://10.0.0.1:9292 created");
        keystone.Requests.Clear();

        (await RunAsync(Steps())).Should().OnlyContain(line => line.EndsWith(": as wanted", StringComparison.Ordinal));

        keystone.Requests.Should().OnlyContain(request => request.StartsWith("GET ", StringComparison.Ordinal) || request == "POST /v3/auth/tokens");
        keystone.Requests.Should().HaveCountLessThanOrEqualTo(8);
    }

    [Fact]
    public async Task A_password_that_drifted_is_set_again()
    {
        await RunAsync(Steps());

        (await RunAsync(Steps(password: "another")))[2].Should().Be("user img: password set");

        keystone.Passwords["img"].Should().Be("another");
    }

    [Fact]
    public async Task An_endpoint_that_moved_is_corrected_and_duplicates_go()
    {
        await RunAsync(Steps());
        JsonObject old = keystone.Collections["endpoints"][0];
        keystone.Add("endpoints", new JsonObject { ["service_id"] = (string)old["service_id"]!, ["interface"] = "internal", ["region_id"] = "RegionOne", ["url"] = "http://stale" });
        keystone.Add("endpoints", new JsonObject { ["service_id"] = (string)old["service_id"]!, ["interface"] = "internal", ["region_id"] = "Elsewhere", ["url"] = "http://far" });

        (await RunAsync(Steps(url: "http://10.0.0.2:9292")))[3].Should().Contain("internal endpoint: http://10.0.0.1:9292 → http://10.0.0.2:9292").And.Contain("duplicate internal endpoint http://stale removed");

        keystone.Collections["endpoints"].Select(endpoint => (string)endpoint["url"]!).Should().BeEquivalentTo("http://10.0.0.2:9292", "http://10.0.0.2:9292", "http://far");
        (await RunAsync(Steps(url: "http://10.0.0.2:9292")))[3].Should().Be("endpoints image: as wanted");
    }

    [Fact]
    public async Task A_token_that_stops_working_is_replaced_once()
    {
        using StepContext on = Context();
        IdentitySession session = on.Identity(Server);
        await session.AllAsync("roles", Cancel);
        keystone.ForgetTokens();

        (await session.AllAsync("users", Cancel)).Should().HaveCount(1);

        keystone.TokensGiven.Should().Be(2);
    }

    [Fact]
    public async Task A_refused_administrator_names_the_password_and_a_plan_only_says_that_it_cannot_tell()
    {
        keystone.Passwords["admin"] = "changed";

        (await RunAsync(Steps()))[0].Should().Be($"Keystone at {keystone.Url} does not let user admin in.");
        using StepContext on = Context();
        (await Steps()[0].LookAsync(on, Cancel)).Should().Be(StepOutlook.Unknown);
    }

    [Fact]
    public async Task Looking_changes_nothing_and_says_what_would_be_done()
    {
        using StepContext on = Context();

        StepOutlook[] outlooks = [.. await Task.WhenAll(Steps().Select(step => step.LookAsync(on, Cancel)))];

        outlooks.Should().OnlyContain(outlook => outlook.Kind == StepOutlookKind.WouldChange);
        outlooks[2].Detail.Should().Be("user created; role admin in project service granted; role service in project service granted");
        keystone.Requests.Should().OnlyContain(request => request.StartsWith("GET ", StringComparison.Ordinal) || request == "POST /v3/auth/tokens");
    }
}
