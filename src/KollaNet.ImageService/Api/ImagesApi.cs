using System.Collections.Immutable;
using System.Text.Json;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.KeyManager;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Api;

/// <summary><c>/v2/images</c> and <c>/v2/images/{id}</c>: create, list, show, change, delete, deactivate, reactivate.</summary>
public sealed class ImagesApi(
    GlanceOptions options, IImageRepository images, ImageRemoval removal, ImageAccess access, ImageCreation creation, ImagePatcher patcher, ImageDocument document, RequestOrigin origin,
    StoresApi stores, LocationStores locationStores, PropertyGuard guard, EncryptionKeyRemoval keys, StageForwarding elsewhere, ImageSharing sharing, LocationRemoval locationRemoval,
    TimeProvider time)
{
    private static readonly JsonName ImagesName = new("images"), First = new("first"), Schema = new("schema"), Next = new("next");

    /// <summary><c>POST /v2/images</c>. Source: image-api reference 2.2.</summary>
    public async Task CreateAsync(ApiRequest request)
    {
        using JsonDocument body = await JsonBody.ReadAsync(request);
        Image image = await creation.MakeAsync(body.RootElement, request.Caller, request.Cancel);
        await images.AddAsync(image, request.Cancel);

        IHeaderDictionary headers = request.Http.Response.Headers;
        headers.Location = $"{origin.HostUrl(request.Http)}{origin.Prefix(request.Http)}/v2/images/{image.Id}";
        if (ImportMethods.Enabled(options) is { Count: > 0 } methods) headers["OpenStack-image-import-methods"] = string.Join(',', methods);
        if (stores.Ids is { Length: > 0 } ids) headers["OpenStack-image-store-ids"] = ids;
        await SendAsync(request, StatusCodes.Status201Created, image);
    }

    /// <summary><c>GET /v2/images</c>. Source: image-api reference 2.3.</summary>
    public async Task ListAsync(ApiRequest request)
    {
        if (!request.Caller.IsReadOnly) access.Require("get_images", PolicyTarget.Of(request.Caller), request.Caller);
        List<KeyValuePair<string, string>> parameters = QueryParameters.Parse(request.Http.Request.QueryString.Value ?? "");
        ImageQuery query = ImageQueryReader.Read(parameters, options.LimitParamDefault, options.ApiLimitMax) with { ExactPropertyNames = guard.TellsNamesApart };
        // To a caller who may not read a property, no image has it.
        bool none = query.Limit == 0 || !query.Properties.Keys.All(name => guard.Allows(PropertyOperation.Read, name, request.Caller));
        IReadOnlyList<Image> page = none ? [] : await images.ListAsync(query, request.Caller, request.Cancel);

        using var json = new PythonJsonWriter();
        json.BeginObject();
        json.Name(ImagesName);
        json.BeginArray();
        foreach (Image image in page) document.Write(json, image, request.Caller);
        json.EndArray();
        List<KeyValuePair<string, string>> kept = [.. parameters.Where(parameter => parameter.Key != "marker")];
        json.Name(First);
        json.Text(QueryParameters.Link("/v2/images", kept));
        json.Name(Schema);
        json.Text("/v2/schemas/images");
        if (page.Count > 0 && page.Count == query.Limit)
        {
            json.Name(Next);
            json.Text(QueryParameters.Link("/v2/images", kept.Append(new("marker", page[^1].Id))));
        }

        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>GET /v2/images/{id}</c>.</summary>
    public async Task ShowAsync(ApiRequest request) => await SendAsync(request, StatusCodes.Status200OK, await locationStores.NameAsync(await access.GetAsync(request), request.Cancel));

    /// <summary><c>PATCH /v2/images/{id}</c>. Source: image-api reference 2.5.</summary>
    public async Task PatchAsync(ApiRequest request)
    {
        PatchDialect dialect = ImagePatch.DialectOf(request.Http.Request.ContentType);
        using JsonDocument body = await JsonBody.ReadAsync(request);
        IReadOnlyList<PatchOperation> operations = ImagePatch.Parse(body.RootElement, dialect);
        Image image = await access.FindAsync(request);
        if (operations.Count > 0)
        {
            access.Require(request.Route.Policy!, image, request.Caller);
            image = await ChangeAsync(request, image, operations, dialect);
        }

        await SendAsync(request, StatusCodes.Status200OK, image);
    }

    private async Task<Image> ChangeAsync(ApiRequest request, Image seen, IReadOnlyList<PatchOperation> operations, PatchDialect dialect)
    {
        IReadOnlyDictionary<string, long> sizes = await patcher.AskSizesAsync(seen, operations, dialect, request.Caller, request.Cancel);
        ImmutableArray<ImageLocation> given = [];
        Image image = await images.ChangeAsync(seen.Id, current =>
        {
            Image changed = patcher.Apply(current, operations, dialect, request.Caller, sizes) with { UpdatedAt = Now() };
            given = LocationRemoval.Between(current, changed);
            return Task.FromResult(changed);
        }, request.Cancel);
        try
        {
            if (image.Visibility != seen.Visibility) await sharing.ApplyAsync(image, request.Caller, request.Cancel);
        }
        finally
        {
            await locationRemoval.DeleteDataAsync(image.Id, given, request.Caller);   // No row tells of it any more.
        }

        return image;
    }

    /// <summary><c>DELETE /v2/images/{id}</c>. Source: image-api reference 2.6.</summary>
    public async Task DeleteAsync(ApiRequest request)
    {
        Image image = await access.GetAsync(request);
        if (image.Protected) throw ApiException.Forbidden($"Image {image.Id} is protected and cannot be deleted.");
        if (await DeletedElsewhereAsync(request, image)) return;
        await removal.DeleteAsync(image, request.Cancel, request.Caller);
        await keys.DeleteKeyOfAsync(image, request.Caller);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    /// <summary>Lets the worker that has the image's staged data delete both.</summary>
    /// <returns>False: this one is to do it, be it because the other cannot be reached.</returns>
    private async Task<bool> DeletedElsewhereAsync(ApiRequest request, Image image)
    {
        if (image.Status != ImageStatus.Uploading || await elsewhere.FindHostAsync(image, request.Cancel) is not { } host) return false;
        try
        {
            await elsewhere.ForwardAsync(request, host, null);
            return true;
        }
        catch (ApiException e) when (e.Status is StatusCodes.Status502BadGateway or StatusCodes.Status504GatewayTimeout)
        {
            return false;
        }
    }

    /// <summary><c>POST …/actions/deactivate</c>.</summary>
    public Task DeactivateAsync(ApiRequest request) => MoveAsync(request, ImageStatus.Active, ImageStatus.Deactivated);

    /// <summary><c>POST …/actions/reactivate</c>.</summary>
    public Task ReactivateAsync(ApiRequest request) => MoveAsync(request, ImageStatus.Deactivated, ImageStatus.Active);

    private async Task MoveAsync(ApiRequest request, ImageStatus from, ImageStatus to)
    {
        Image image = await access.GetAsync(request);
        if (image.Status != to) await images.ChangeAsync(image.Id, current => Task.FromResult(Move(current, request, from, to)), request.Cancel);
        await request.EmptyAsync(StatusCodes.Status204NoContent);
    }

    private Image Move(Image image, ApiRequest request, ImageStatus from, ImageStatus to)
    {
        if (image.Status != from && image.Status != to) throw ApiException.Forbidden($"Not allowed to {request.Route.Policy} image in status '{image.Status.Name()}'");
        return image.Status == from ? image with { Status = to, UpdatedAt = Now() } : image;
    }

    private DateTime Now() => WholeSeconds.Now(time);

    private async Task SendAsync(ApiRequest request, int status, Image image)
    {
        using var json = new PythonJsonWriter();
        document.Write(json, image, request.Caller);
        await request.JsonAsync(status, json);
    }
}
