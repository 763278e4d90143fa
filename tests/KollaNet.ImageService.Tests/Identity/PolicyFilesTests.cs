using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Identity;

/// <summary>An operator's policy files, over the API. Source: oslo.policy.</summary>
public sealed class PolicyFilesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_of_policy_dirs_come_after_the_policy_file_in_name_order()
    {
        string folder = Directory.CreateTempSubdirectory("kollanet-policy-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "10.yaml"), "publicize_image: '!'\ncommunitize_image: '!'\n", Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "20.json"), """{"communitize_image": "role:member"}""", Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, ".hidden"), "publicize_image: '@'\n", Cancel);
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Policy = "publicize_image: '@'\ncommunitize_image: '@'\n", Sections = $"[oslo_policy]\npolicy_dirs = {folder}\npolicy_dirs = /nowhere" });
        (await CreateAsync(api, "public")).Should().Be(403);
        (await CreateAsync(api, "community")).Should().Be(201);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Policy_json_counts_where_there_is_no_policy_yaml()
    {
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer());
        (await CreateAsync(api, "public")).Should().Be(403);
        await File.WriteAllTextAsync(Path.Combine(api.Folder, "policy.json"), """{"publicize_image": "@"}""", Cancel);
        api.Server.Reload(GlanceOptions.Defaults);
        (await CreateAsync(api, "public")).Should().Be(201);
    }

    [Fact]
    public async Task Changes_count_without_a_restart_and_mistakes_do_not()
    {
        var clock = new ManualClock(DateTime.UtcNow);
        await using ApiServer api = await ApiServer.StartAsync(new ApiServer { Policy = "publicize_image: '!'\n", Time = clock });
        (await CreateAsync(api, "public")).Should().Be(403);
        string file = Path.Combine(api.Folder, "policy.yaml");
        await File.WriteAllTextAsync(file, "publicize_image: 'role:member'\n", Cancel);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        do
        {
            clock.Advance(TimeSpan.FromSeconds(6));
            await Task.Delay(20, patience.Token);
        }
        while (await CreateAsync(api, "public") != 201);

        await File.WriteAllTextAsync(file, "publicize_image: '(role:member'\n", Cancel);
        api.Server.Reload(GlanceOptions.Defaults);
        (await CreateAsync(api, "public")).Should().Be(201, "a rule that cannot be read changes nothing");
    }

    [Fact]
    public async Task A_policy_file_that_is_wrong_at_the_start_stops_the_service()
    {
        Func<Task> start = () => ApiServer.StartAsync(new ApiServer { Policy = "get_image: 'role'\n" });
        await start.Should().ThrowAsync<PolicyInvalidException>().WithMessage("*get_image*");
    }

    private static async Task<int> CreateAsync(ApiServer api, string visibility) => (await api.PostAsync(ApiServer.Owner, "/v2/images", $$"""{"visibility": "{{visibility}}"}""")).Status;
}
