using System.Collections.Immutable;
using System.Text.Json;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Api;

/// <summary><c>POST /v2/images/{id}/import</c>: checks in Glance's order, then leaves the work to <see cref="TaskRunner"/>. Source: image-api reference 2.11.</summary>
public sealed class ImportApi(
    GlanceOptions options, IImageRepository images, ITaskRepository tasks, ImageAccess access, StoreCatalog stores, UriFilter filter, StageForwarding elsewhere, ImportWork work, TaskRunner runner,
    ProjectQuotas quotas, TimeProvider time)
{
    private const string StoreHeader = "x-image-meta-store";

    private IReadOnlyList<string> Enabled { get; } = ImportMethods.Enabled(options);

    /// <summary><c>POST</c>.</summary>
    public async Task ImportAsync(ApiRequest request)
    {
        using JsonDocument document = await JsonBody.ReadAsync(request);
        DeclaredDigests? declared = DigestHeaders.ReadOfImage(request);
        ImportBody body = ImportRequestReader.Read(document.RootElement, Enabled);
        if (declared is not null && body.Method == "copy-image") throw ApiException.Malformed("A copy is compared with its image; Repr-Digest has no place here.");
        Image image = await access.FindAsync(request);
        RequireReady(image, body.Method);
        RemoteImage? remote = body.Method == "glance-download" ? ImportRequestReader.ReadRemote(document.RootElement) : null;
        access.Require(body.Method == "copy-image" ? "copy_image" : "modify_image", image, request.Caller);
        string? stale = await ImageTasks.FindStaleAsync(tasks, image, time, request.Cancel);
        ImmutableArray<string> targets = ChooseStores(request, body, image);
        if (targets.Length > 0)
        {
            Uri? source = body.Uri is { } uri ? await filter.CheckAsync(uri, request.Cancel) : null;
            if (body.Method == "glance-direct" && await elsewhere.FindHostAsync(image, request.Cancel) is { } host)
            {
                await elsewhere.ForwardAsync(request, host, document.RootElement.GetRawText());
                return;
            }

            if (body.Method == "glance-direct" && !await elsewhere.IsHereAsync(image.Id, request.Cancel)) throw ApiException.Conflict("The image has no staged data.");
            await quotas.RequireImportAsync(request.Caller, body.Method == "glance-direct" ? image.SizeBytes ?? 0 : null, body.Method == "copy-image" ? image.SizeBytes ?? 0 : null, request.Cancel);
            if (runner.IsFull) throw new ApiException(StatusCodes.Status503ServiceUnavailable, "Too many imports are waiting; try again later.");
            await AcceptAsync(request, image, new ImportOrder(image.Id, body.Method, source, targets, body.MustSucceed, declared) { Remote = remote }, document.RootElement, stale);
        }

        await request.EmptyAsync(StatusCodes.Status202Accepted);
    }

    private static void RequireReady(Image image, string method)
    {
        ImageStatus needed = method switch
        {
            "copy-image" => ImageStatus.Active,
            "glance-direct" => ImageStatus.Uploading,
            _ => ImageStatus.Queued,
        };
        if (image.Status != needed) throw ApiException.Conflict($"Image needs to be in status '{needed.Name()}' for the import method {method}; it is '{image.Status.Name()}'.");
        if (needed == ImageStatus.Active) return;
        if (UploadOwnership.IsOurs(image)) throw ApiException.Conflict("The image's data is still being staged.");
        if (string.IsNullOrEmpty(image.ContainerFormat)) throw ApiException.Conflict("'container_format' needs to be set before import");
        if (string.IsNullOrEmpty(image.DiskFormat)) throw ApiException.Conflict("'disk_format' needs to be set before import");
    }

    private ImmutableArray<string> ChooseStores(ApiRequest request, ImportBody body, Image image)
    {
        string? header = request.Header(StoreHeader);
        if (body.AllStores && body.Stores is not null) throw ApiException.Malformed("all_stores parameter can't be used with stores");
        if (body.AllStores && header is not null) throw ApiException.Malformed($"all_stores parameter can't be used with {StoreHeader} header");
        if (body.Stores is not null && header is not null) throw ApiException.Malformed($"stores parameter and {StoreHeader} header can't be both specified");
        if (!stores.StoresEnabled && !body.MustSucceed) throw ApiException.Malformed("all_stores_must_succeed can only be set with enabled_backends");
        if (!stores.StoresEnabled) return [stores.Default.Id];
        ImmutableArray<string> wanted = body switch
        {
            { AllStores: true } => [.. stores.All.Where(store => store.TakesImages).Select(store => store.Id)],
            { Stores: { Length: > 0 } named } => named,
            _ => [header ?? stores.Default.Id],
        };
        string? unknown = wanted.FirstOrDefault(id => stores.Find(id) is not { Store.Abilities.CanWrite: true });
        if (unknown is not null) throw ApiException.Conflict($"Store for identifier {unknown} not found");
        if (wanted.FirstOrDefault(id => stores.Find(id) is { Options.IsRetiring: true }) is { } retiring) throw new StoreRetiringException(retiring);
        return body.Method == "copy-image" ? LeaveOutPresent(image, wanted, body.AllStores) : wanted;
    }

    private ImmutableArray<string> LeaveOutPresent(Image image, ImmutableArray<string> wanted, bool all)
    {
        ImmutableArray<string> present = [.. PresentIn(image)];
        if (!all && wanted.FirstOrDefault(present.Contains) is { } there) throw ApiException.Malformed($"Image is already present at store '{there}'");
        return wanted.RemoveAll(present.Contains);
    }

    private IEnumerable<string> PresentIn(Image image) => image.Locations.Select(location => stores.FindFor(location)?.Id).OfType<string>();

    private async Task AcceptAsync(ApiRequest request, Image image, ImportOrder order, JsonElement body, string? stale)
    {
        DateTime now = WholeSeconds.Now(time);
        ImageTask task = ImageTasks.Make("api_image_import", image.Id, request, ImageTasks.Input(order, body), now);
        await ImageTasks.TakeAsync(tasks, images, task, stale, now + options.Imports.TimeToLive, current => Begin(current, image, order, now), request.Cancel);
        await runner.StartAsync(new ImportJob(task, order, request.Caller, work));
    }

    private Image Begin(Image current, Image seen, ImportOrder order, DateTime now)
    {
        if (current.Status != seen.Status) throw new ImageStatusConflictException(current.Id, seen.Status, current.Status);
        if (order.IsCopy && PresentIn(current).Intersect(order.StoreIds).Any()) throw ApiException.Conflict("The image was copied meanwhile.");
        return ImportLists.Begin(current, order.StoreIds) with { Status = order.IsCopy ? current.Status : ImageStatus.Importing, UpdatedAt = now };
    }
}
