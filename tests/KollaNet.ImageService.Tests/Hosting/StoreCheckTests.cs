using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Hosting;

/// <summary>Whether stores may go is decided by what lives in them.</summary>
public sealed class StoreCheckTests : IAsyncLifetime
{
    private readonly ApiServer api = new() { SecondStore = true };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => api.InitializeAsync();

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task A_store_goes_when_nothing_lives_there_alone()
    {
        string one = await UploadAsync(1000, "cheap"), two = await UploadAsync(2_000_000, "cheap");
        await UploadAsync(500, "fast");
        (await CheckAsync("--keep", "fast:file", "--default", "fast")).Should().Be((1,
            "2 images (1.9 MiB) live in store cheap, which would be switched off; move them with: kollanet images migrate --from cheap --to fast\n"));

        await DeleteAsync(two);
        (await CheckAsync("--keep", "fast")).Should().Be((1,
            "1 image (1000 B) lives in store cheap, which would be switched off; move it with: kollanet images migrate --from cheap --to fast\n"));

        await DeleteAsync(one);
        (await CheckAsync("--keep", "fast")).Should().Be((0, "store fast holds 1 image (500 B)\nstore cheap is empty and is switched off\nnew images go to store fast\n"));
        (await CheckAsync("--keep", "cheap", "--default", "cheap")).Code.Should().Be(1);
    }

    [Fact]
    public async Task More_stores_and_another_default_only_say_what_lies_where()
    {
        await UploadAsync(1000, "cheap");
        (await CheckAsync("--keep", "fast:file, cheap:file", "--default", "fast")).Should().Be((0, ""));
        (await CheckAsync("--keep", "fast:file, cheap:file, third:swift", "--default", "third")).Should().Be((0, "store cheap holds 1 image (1000 B)\nnew images go to store third\n"));
    }

    [Fact]
    public async Task Images_are_counted_where_their_file_system_is_not_mounted()
    {
        await UploadAsync(1000, "cheap");
        string config = (await File.ReadAllTextAsync(api.ConfigFile, Cancel)).Replace("[cheap]", "[cheap]\nfilesystem_store_required_mounts = /nowhere:nfs", StringComparison.Ordinal);
        string file = Path.Combine(api.Folder, "unmounted.conf");
        await File.WriteAllTextAsync(file, config, Cancel);

        (await RunAsync("--config-file", file, "--keep", "fast")).Text.Should().StartWith("1 image (1000 B)").And.Contain("in store cheap");
    }

    [Fact]
    public async Task A_store_that_leads_elsewhere_than_to_its_images_does_not_pass_the_test()
    {
        string one = await UploadAsync(1000, "cheap");
        await UploadAsync(1000, "fast");
        (await TestAsync(text => text)).Code.Should().Be(0);

        (int code, string text) = await TestAsync(text => text.Replace(api.CheapFolder, api.CheapFolder + "-moved", StringComparison.Ordinal));
        code.Should().Be(1);
        text.Should().Contain("store cheap: an object was written, read and deleted").And.Contain("store cheap: its images are not where it leads to.").And.Contain(one).And.NotContain("store fast: its images");

        string lost = await UploadAsync(1000, "cheap");
        File.Delete(Path.Combine(api.CheapFolder, lost));
        (await TestAsync(text => text)).Code.Should().Be(0, "one image that was lost before is no reason");
        string Broken(string text) => text.Replace(api.CheapFolder, "/proc/nowhere", StringComparison.Ordinal);
        (await TestAsync(Broken)).Code.Should().Be(1);
        (await TestAsync(text => Broken(text) + "\n[DEFAULT]\nretiring_backends = cheap\n")).Code.Should().Be(0, "nothing new depends on a store that is being emptied");
        (await TestAsync(text => text.Replace(api.Connection, "mysql://glance:secret@127.0.0.1:1/glance", StringComparison.Ordinal))).Code.Should().Be(0, "there may be no database yet");
    }

    [Fact]
    public async Task A_database_that_does_not_answer_holds_back_only_what_takes_a_store_away()
    {
        string config = (await File.ReadAllTextAsync(api.ConfigFile, Cancel)).Replace(api.Connection, "mysql://glance:secret@127.0.0.1:1/glance", StringComparison.Ordinal);
        string file = Path.Combine(api.Folder, "unreachable.conf");
        await File.WriteAllTextAsync(file, config, Cancel);

        (int code, string text) = await RunAsync("--config-file", file, "--keep", "fast");

        code.Should().Be(1);
        text.Should().StartWith("Nobody can know whether images live in store cheap, which would be switched off.\nThe image database could not be used.").And.NotContain("secret");
        (await RunAsync("--config-file", file, "--keep", "fast,cheap,third", "--default", "third")).Code.Should().Be(0);
    }

    [Fact]
    public async Task A_switch_of_the_default_keeps_what_it_leaves_out_until_it_is_empty()
    {
        string one = await UploadAsync(1000, "cheap"), two = await UploadAsync(2000, "fast");
        (await KeepAsync("--keep", "fast", "--default", "fast")).Should().Be("", "leaving out another store is no switch; stores check refuses it");
        (await KeepAsync("--keep", "fast:file, cheap:file", "--default", "cheap")).Should().Be("");
        (await KeepAsync("--keep", "third", "--default", "third")).Should().Be(
            "fast: 1 image (2.0 KiB) lives in store fast, which stays on until it is empty and takes no new ones; move it with: kollanet images migrate --from fast --to third\n"
            + "cheap: 1 image (1000 B) lives in store cheap, which stays on until it is empty and takes no new ones; move it with: kollanet images migrate --from cheap --to third\n");

        string retiring = Path.Combine(api.Folder, "retiring.conf");
        await File.WriteAllTextAsync(retiring, $"{await File.ReadAllTextAsync(api.ConfigFile, Cancel)}\n[DEFAULT]\nretiring_backends = cheap\n", Cancel);
        (await KeepAsync("--config-file", retiring, "--keep", "fast", "--default", "fast")).Should().StartWith("cheap: 1 image (1000 B) lives in store cheap, which stays on");
        await DeleteAsync(one);
        (await KeepAsync("--config-file", retiring, "--keep", "fast", "--default", "fast")).Should().Be("");
        (await RunAsync("--config-file", retiring, "--keep", "fast", "--default", "fast")).Should().Be((0, "store fast holds 1 image (2.0 KiB)\nstore cheap is empty and is switched off\nnew images go to store fast\n"));
        await DeleteAsync(two);
    }

    [Fact]
    public async Task Data_that_waits_for_the_scrubber_counts()
    {
        await using ApiServer late = await ApiServer.StartAsync(new ApiServer { SecondStore = true, Default = "delayed_delete = True\nscrub_time = 1000" });
        string id = await late.CreateActiveAsync();
        (await late.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);
        string[] wanted = ["--config-file", late.ConfigFile, "--keep", "cheap", "--default", "cheap"];

        (await RunAsync(wanted)).Should().Be((1, "the data of 1 image (10 B) deleted with delayed_delete waits in store fast, which would be switched off, until scrub_time is over\n"));
        (await KeepAsync(wanted)).Should().Be("fast: the data of 1 image (10 B) deleted with delayed_delete waits in store fast, which stays on until it is empty and takes no new ones, until scrub_time is over\n");
    }

    [Fact]
    public async Task A_store_that_is_being_emptied_takes_nothing_new_and_says_so()
    {
        await using ApiServer emptied = await ApiServer.StartAsync(new ApiServer { SecondStore = true, Default = "retiring_backends = cheap" });
        string id = await emptied.CreateAsync();
        (await emptied.UploadAsync(ApiServer.Owner, id, new byte[10], "X-Image-Meta-Store: cheap")).Status.Should().Be(409);
        (await emptied.UploadAsync(ApiServer.Owner, id, new byte[10])).Status.Should().Be(204);
        (await emptied.PostAsync(ApiServer.Admin, $"/v2/images/{id}/import", """{"method": {"name": "copy-image"}, "stores": ["cheap"]}""")).Status.Should().Be(409);
        (await emptied.GetAsync(ApiServer.Owner, "/v2/info/stores")).Json["stores"]!.ToJsonString().Should().Be("""[{"id":"fast","default":"true"},{"id":"cheap","read-only":"true"}]""");
    }

    private async Task<string> UploadAsync(int sizeBytes, string store)
    {
        string id = await api.CreateAsync();
        (await api.UploadAsync(ApiServer.Owner, id, new byte[sizeBytes], $"X-Image-Meta-Store: {store}")).Status.Should().Be(204);
        return id;
    }

    private async Task DeleteAsync(string id) => (await api.SendAsync(ApiServer.Owner, "DELETE", $"/v2/images/{id}")).Status.Should().Be(204);

    private Task<(int Code, string Text)> CheckAsync(params string[] arguments) => RunAsync(["--config-file", api.ConfigFile, .. arguments]);

    private async Task<string> KeepAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        (await CommandLine.RunAsync(["stores", "keep", .. arguments.Contains("--config-file") ? arguments : ["--config-file", api.ConfigFile, .. arguments]], output)).Should().Be(0);
        return output.ToString();
    }

    private static async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        return (await CommandLine.RunAsync(["stores", "check", .. arguments], output), output.ToString());
    }

    private async Task<(int Code, string Text)> TestAsync(Func<string, string> change)
    {
        string file = Path.Combine(api.Folder, "changed.conf");
        await File.WriteAllTextAsync(file, change(await File.ReadAllTextAsync(api.ConfigFile, Cancel)), Cancel);
        using var output = new StringWriter();
        return (await CommandLine.RunAsync(["stores", "test", "--config-file", file], output), output.ToString());
    }
}
