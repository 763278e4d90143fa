using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Api;

/// <summary><c>/v2/info/…</c>: what this deployment offers. Source: image-api reference 2.14.</summary>
public sealed class StoresApi(GlanceOptions options, StoreCatalog stores, ImageAccess access, ProjectQuotas quotas)
{
    /// <summary>Store ids for the header of created images; empty with a single store.</summary>
    public string Ids { get; } = stores.StoresEnabled ? string.Join(',', stores.All.Select(store => store.Id)) : "";

    /// <summary><c>GET /v2/info/import</c></summary>
    public async Task ImportAsync(ApiRequest request)
    {
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginObject();
        json.Name("import-methods");
        json.BeginObject();
        json.Name("description");
        json.Text("Import methods available.");
        json.Name("type");
        json.Text("array");
        json.Name("value");
        json.BeginArray();
        foreach (string method in ImportMethods.Enabled(options)) json.Text(method);
        json.EndArray();
        json.EndObject();
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    /// <summary><c>GET /v2/info/stores</c></summary>
    public Task ListAsync(ApiRequest request) => SendAsync(request, detailed: false);

    /// <summary><c>GET /v2/info/stores/detail</c></summary>
    public Task DetailAsync(ApiRequest request)
    {
        access.Require(request.Route.Policy!, PolicyTarget.Of(request.Caller), request.Caller);
        return SendAsync(request, detailed: true);
    }

    /// <summary><c>GET /v2/info/usage</c>: empty while limits are not taken from Keystone.</summary>
    public async Task UsageAsync(ApiRequest request)
    {
        (ProjectLimits Limits, ProjectUsage Usage)? found = await quotas.FindAsync(request.Caller, request.Cancel);
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginObject();
        json.Name("usage");
        json.BeginObject();
        if (found is var (limits, usage))
        {
            WriteUsage(json, ProjectLimits.SizeTotal, limits.SizeTotalMiB, usage.SizeBytes / ProjectQuotas.MiB);
            WriteUsage(json, ProjectLimits.StageTotal, limits.StageTotalMiB, usage.StagingBytes / ProjectQuotas.MiB);
            WriteUsage(json, ProjectLimits.Count, limits.CountTotal, usage.Count);
            WriteUsage(json, ProjectLimits.Uploading, limits.CountUploading, usage.Uploading);
        }

        json.EndObject();
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    private static void WriteUsage(PythonJsonWriter json, string resource, long limit, long usage)
    {
        json.Name(resource);
        json.BeginObject();
        json.Name("limit");
        json.Number(limit);
        json.Name("usage");
        json.Number(usage);
        json.EndObject();
    }

    private async Task SendAsync(ApiRequest request, bool detailed)
    {
        if (!stores.StoresEnabled) throw new ApiException(404, "Multi backend is not supported at this site.");
        using var json = new PythonJsonWriter(asciiOnly: true);
        json.BeginObject();
        json.Name("stores");
        json.BeginArray();
        foreach (ConfiguredStore store in stores.All)
        {
            json.BeginObject();
            Write(json, store);
            if (detailed) WriteDetail(json, store.Options, await store.Store.DescribeAsync(request.Cancel));
            json.EndObject();
        }

        json.EndArray();
        json.EndObject();
        await request.JsonAsync(StatusCodes.Status200OK, json);
    }

    private void Write(PythonJsonWriter json, ConfiguredStore store)
    {
        WriteText(json, "id", store.Id);
        if (store.Options.Description.Length > 0) WriteText(json, "description", store.Options.Description);

        // Truth is a text here, and untruth is left out.
        if (store.Id == stores.Default.Id) WriteText(json, "default", "true");
        if (!store.TakesImages) WriteText(json, "read-only", "true");
    }

    private static void WriteDetail(PythonJsonWriter json, StoreOptions store, IReadOnlyList<StoreProperty> properties)
    {
        WriteText(json, "type", store.Type);
        json.Name("weight");
        json.Number(store.Weight);
        json.Name("properties");
        json.BeginObject();
        foreach (StoreProperty property in properties) WriteProperty(json, property);
        json.EndObject();
    }

    private static void WriteProperty(PythonJsonWriter json, StoreProperty property)
    {
        json.Name(property.Name);
        switch (property.Value)
        {
            case bool truth: json.Bool(truth); break;
            case long number: json.Number(number); break;
            default: json.Text((string)property.Value); break;
        }
    }

    private static void WriteText(PythonJsonWriter json, string name, string value)
    {
        json.Name(name);
        json.Text(value);
    }
}
