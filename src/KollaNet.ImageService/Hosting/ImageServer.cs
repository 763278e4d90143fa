using System.Net;
using KollaNet.ImageService.Api;
using KollaNet.ImageService.Api.Metadefs;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KollaNet.ImageService.Hosting;

/// <summary>The image service as one object: everything put together from the options, listening once started.</summary>
public sealed class ImageServer : IAsyncDisposable
{
    /// <summary>How long running requests may take to end when the service stops, before uploads are cut off; and the time left to undo those.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30), UndoTime = TimeSpan.FromSeconds(15);

    private readonly WebApplication app;
    private readonly ImageDatabase database;
    private readonly CancellationTokenSource drain = new();
    private ImportParts? imports;

    private ImageServer(GlanceOptions options, ILoggerProvider log, TimeProvider time)
    {
        database = ImageDatabase.Open(options.Database.Connection);
        StoreCatalog stores = StoreCatalog.Open(options);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(options.Debug ? LogLevel.Debug : LogLevel.Information)
            .AddFilter("Microsoft", options.Debug ? LogLevel.Information : LogLevel.Warning);
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new LargeBlockMemoryPoolFactory());
        builder.Services.Configure<HostOptions>(ConfigureStop);
        builder.Services.AddHostedService(services => new ImageRecovery(stores, database.Images, time, services.GetRequiredService<ILogger<ImageRecovery>>()) { Staging = imports!.Staging });
        builder.Services.AddHostedService(_ => imports!.Recovery);
        builder.Services.AddHostedService(_ => imports!.Runner);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        app = builder.Build();
        app.Lifetime.ApplicationStopping.Register(() => drain.CancelAfter(Grace));
        ApiPipeline pipeline = Compose(options, stores, time, app.Services.GetRequiredService<ILoggerFactory>());
        app.Run(pipeline.HandleAsync);
    }

    /// <summary>Where it listens; known once started, with the real port.</summary>
    public Uri Address => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The database it uses.</summary>
    public ImageDatabase Database => database;

    /// <summary>Puts the service together; nothing listens yet.</summary>
    /// <param name="log">Where log entries go; disposed with the server.</param>
    /// <exception cref="ConfigurationInvalidException">Options that contradict each other.</exception>
    /// <exception cref="PolicyInvalidException">The policy file is wrong.</exception>
    public static ImageServer Create(GlanceOptions options, ILoggerProvider log, TimeProvider time) => new(options, log, time);

    /// <summary>Listens.</summary>
    public Task StartAsync(CancellationToken cancel) => app.StartAsync(cancel);

    /// <summary>Listens until told to stop by a signal, then lets running requests end.</summary>
    public Task RunAsync() => app.RunAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await database.DisposeAsync();
        drain.Dispose();
    }

    /// <summary>Requests and imports have the same time to end.</summary>
    private static void ConfigureStop(HostOptions host) => (host.ShutdownTimeout, host.ServicesStopConcurrently) = (Grace + UndoTime, true);

    private static void Listen(KestrelServerOptions kestrel, GlanceOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = 64 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
        if (options.BindHost is "" or "*") kestrel.ListenAnyIP(options.BindPort);
        else if (IPAddress.TryParse(options.BindHost, out IPAddress? address)) kestrel.Listen(address, options.BindPort);
        else kestrel.Listen(Dns.GetHostAddresses(options.BindHost)[0], options.BindPort);
    }

    private ApiPipeline Compose(GlanceOptions options, StoreCatalog stores, TimeProvider time, ILoggerFactory logs)
    {
        IImageRepository images = database.Images;
        var upload = new ImageUpload(stores, images, options, time, logs.CreateLogger<ImageUpload>());
        imports = ImportParts.Make(options, stores, database, upload, time, logs, drain.Token);
        var policies = new Policies(File.Exists(options.PolicyFile) ? PolicyFile.Read(options.PolicyFile) : new Dictionary<string, string>());
        var schemas = new SchemaDocuments(options.ImageFormat.DiskFormats, options.ImageFormat.ContainerFormats, ReadExtraProperties(options));
        var origin = new RequestOrigin(options.PublicEndpoint, options.EnableProxyHeadersParsing);
        var access = new ImageAccess(images, policies);
        var fields = new ImageFields(schemas);
        var creation = new ImageCreation(options, access, fields, time);
        var document = new ImageDocument(new DocumentOptions(options.ShowImageDirectUrl, options.ShowMultipleLocations, stores.StoresEnabled), stores);
        var storesApi = new StoresApi(options, stores, access);
        var patcher = new ImagePatcher(options, access, fields, new LocationPatcher(options, access, stores));
        var removal = new ImageRemoval(stores, images, options, time) { Staging = imports.Staging };
        var imagesApi = new ImagesApi(options, images, removal, access, creation, patcher, document, origin, storesApi, time);
        var data = new ImageDataApi(access, upload, new ImageDownload(stores), stores);
        var router = new Router(RouteTable.Of(
            imagesApi, data, new TagsApi(options, images, access, time), new MembersApi(options, images, access, time), storesApi, new SchemasApi(schemas),
            new TasksApi(options, images, database.Tasks, access, creation, stores, imports.Filter, imports.Work, imports.Runner, origin, time), new ImageStageApi(options, access, imports.Staging),
            new ImportApi(options, images, database.Tasks, access, stores, imports.Filter, imports.Staging, imports.Work, imports.Runner, time),
            new LocationsApi(options, images, database.Tasks, access, stores, imports.Locations, imports.Runner, time), new StoreDataApi(images, access, stores, time),
            MetadefApis.Of(options, database.Metadefs, policies, schemas, origin, time)));
        return new ApiPipeline(
            router, new ApiVersions(options.ImageCache.Folder is not null, stores.StoresEnabled), origin, new HealthCheck(images, stores, HealthCheck.UsualDisableFile),
            AuthenticationChoice.Make(options, policies, time, logs), options.MaxRequestIdLength, logs.CreateLogger<ApiPipeline>(), drain.Token);
    }

    /// <summary>The operator's own <c>schema-image.json</c> lies beside the policy file.</summary>
    private static string? ReadExtraProperties(GlanceOptions options)
    {
        string file = Path.Combine(Path.GetDirectoryName(options.PolicyFile) ?? "/etc/glance", "schema-image.json");
        return File.Exists(file) ? File.ReadAllText(file) : null;
    }
}
