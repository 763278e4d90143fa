using KollaNet.ImageService.Tests.Imports;

namespace KollaNet.ImageService.Tests.Api;

public abstract class StoreCopiesContract(ApiServer api)
{
    [Fact]
    public async Task One_copy_goes_the_last_one_stays()
    {
        string id = await TwoCopiesAsync();
        (await DeleteAsync(ApiServer.Owner, "fast", id)).Should().Be(403, "only administrators may");
        (await DeleteAsync(ApiServer.Other, "fast", id)).Should().Be(404);
        (await DeleteAsync(ApiServer.Admin, "nowhere", id)).Should().Be(409);
        (await DeleteAsync(ApiServer.Admin, "fast", Guid.NewGuid().ToString())).Should().Be(404);
        (await DeleteAsync(ApiServer.Admin, "fast", id)).Should().Be(204);

        ((string?)(await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}")).Json["stores"]).Should().Be("cheap");
        File.Exists(Path.Combine(api.ImagesFolder, id)).Should().BeFalse();
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Text.Should().Be("0123456789");
        (await DeleteAsync(ApiServer.Admin, "cheap", id)).Should().Be(403);
        (await DeleteAsync(ApiServer.Admin, "fast", id)).Should().Be(403, "that there is one copy is looked at before where it is, as in Glance");
        (await DeleteAsync(ApiServer.Admin, "cheap", await api.CreateAsync())).Should().Be(409, "a queued image has nothing to remove");
    }

    [Fact]
    public async Task Of_two_that_remove_the_last_two_copies_one_is_refused()
    {
        string id = await TwoCopiesAsync();
        int[] answers = await Task.WhenAll(DeleteAsync(ApiServer.Admin, "fast", id), DeleteAsync(ApiServer.Admin, "cheap", id));
        answers.Should().BeEquivalentTo([204, 403]);
        (await api.GetAsync(ApiServer.Owner, $"/v2/images/{id}/file")).Text.Should().Be("0123456789");
    }

    [Fact]
    public async Task A_single_store_has_no_copies()
    {
        await using ApiServer single = await ApiServer.StartAsync(new ApiServer { Database = api.Database, Stores = false });
        (await single.SendAsync(ApiServer.Admin, "DELETE", $"/v2/stores/file/{await single.CreateActiveAsync()}")).Status.Should().Be(404);
    }

    [Fact]
    public async Task A_store_without_the_image_has_no_copy_to_remove()
    {
        await using ApiServer three = await ApiServer.StartAsync(new ApiServer { Database = api.Database, SecondStore = true, WebStore = true });
        (await three.SendAsync(ApiServer.Admin, "DELETE", $"/v2/stores/web/{await TwoCopiesAsync(three)}")).Status.Should().Be(404);
    }

    private static async Task<string> TwoCopiesAsync(ApiServer on)
    {
        string id = await on.CreateActiveAsync();
        await on.ImportAsync(id, """{"method": {"name": "copy-image"}, "all_stores": true}""", ApiServer.Admin);
        ((string?)(await on.SettledAsync(id)).Image["stores"]).Should().Be("fast,cheap");
        return id;
    }

    private Task<string> TwoCopiesAsync() => TwoCopiesAsync(api);

    private async Task<int> DeleteAsync(string token, string store, string id) => (await api.SendAsync(token, "DELETE", $"/v2/stores/{store}/{id}")).Status;
}
