namespace KollaNet.ImageService.Api;

/// <summary>Every route there is. A path that is not here does not exist. Source: image-api reference 1.2 and 2.</summary>
public static class RouteTable
{
    /// <summary>The routes, with what they do to a body and which policy decides.</summary>
    public static IReadOnlyList<Route> Of(ImagesApi images, ImageDataApi data, TagsApi tags, MembersApi members, StoresApi stores, SchemasApi schemas, TasksApi tasks, ImageStageApi stage, ImportApi imports, LocationsApi locations,
        StoreDataApi copies) =>
    [
        new("GET", "/v2/images", BodyRule.Ignored, "get_images", images.ListAsync),
        new("POST", "/v2/images", BodyRule.Json, "add_image", images.CreateAsync),
        new("GET", "/v2/images/{id}", BodyRule.Refused, "get_image", images.ShowAsync),
        new("PATCH", "/v2/images/{id}", BodyRule.Json, "modify_image", images.PatchAsync),
        new("DELETE", "/v2/images/{id}", BodyRule.Refused, "delete_image", images.DeleteAsync),
        new("POST", "/v2/images/{id}/actions/deactivate", BodyRule.Refused, "deactivate", images.DeactivateAsync),
        new("POST", "/v2/images/{id}/actions/reactivate", BodyRule.Refused, "reactivate", images.ReactivateAsync),
        new("GET", "/v2/images/{id}/file", BodyRule.Refused, "download_image", data.DownloadAsync),
        new("PUT", "/v2/images/{id}/file", BodyRule.Stream, "upload_image", data.UploadAsync),
        new("PUT", "/v2/images/{id}/stage", BodyRule.Stream, "modify_image", stage.StageAsync),
        new("POST", "/v2/images/{id}/import", BodyRule.Json, null, imports.ImportAsync),
        new("POST", "/v2/images/{id}/locations", BodyRule.Json, "add_image_location", locations.AddAsync),
        new("GET", "/v2/images/{id}/locations", BodyRule.Ignored, "fetch_image_location", locations.ListAsync),
        new("DELETE", "/v2/stores/{store}/{image}", BodyRule.Refused, "delete_image_location", copies.DeleteAsync),
        new("GET", "/v2/images/{id}/tasks", BodyRule.Refused, null, tasks.ListForImageAsync),
        new("GET", "/v2/tasks", BodyRule.Ignored, "tasks_api_access", tasks.ListAsync),
        new("POST", "/v2/tasks", BodyRule.Json, "tasks_api_access", tasks.CreateAsync),
        new("GET", "/v2/tasks/{id}", BodyRule.Ignored, "tasks_api_access", tasks.ShowAsync),
        new("PUT", "/v2/images/{id}/tags/{tag}", BodyRule.Refused, "modify_image", tags.AddAsync),
        new("DELETE", "/v2/images/{id}/tags/{tag}", BodyRule.Refused, "modify_image", tags.RemoveAsync),
        new("GET", "/v2/images/{id}/members", BodyRule.Refused, "get_members", members.ListAsync),
        new("POST", "/v2/images/{id}/members", BodyRule.Json, "add_member", members.AddAsync),
        new("GET", "/v2/images/{id}/members/{project}", BodyRule.Refused, "get_member", members.ShowAsync),
        new("PUT", "/v2/images/{id}/members/{project}", BodyRule.Json, "modify_member", members.SetStatusAsync),
        new("DELETE", "/v2/images/{id}/members/{project}", BodyRule.Refused, "delete_member", members.RemoveAsync),
        new("GET", "/v2/info/import", BodyRule.Refused, null, stores.ImportAsync),
        new("GET", "/v2/info/stores", BodyRule.Refused, null, stores.ListAsync),
        new("GET", "/v2/info/stores/detail", BodyRule.Refused, "stores_info_detail", stores.DetailAsync),
        new("GET", "/v2/info/usage", BodyRule.Refused, null, stores.UsageAsync),
        .. schemas.Routes,
    ];
}
