using System.Collections.Immutable;
using System.Net.Sockets;
using KollaNet.ImageService.Api;
using KollaNet.ImageService.Api.Caching;
using KollaNet.ImageService.Api.Metadefs;
using KollaNet.ImageService.Caching;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting.Logging;
using KollaNet.ImageService.Hosting.Tls;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Images.Resumable;
using KollaNet.ImageService.Images.Signatures;
using KollaNet.ImageService.KeyManager;
using KollaNet.ImageService.Limits;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Monitoring;
using KollaNet.ImageService.Stores;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace KollaNet.ImageService.Hosting;

/// <summary>The image service as one object: everything put together from the options, listening once started.</summary>
public sealed class ImageServer : IAsyncDisposable
{
    /// <summary>The time left to undo uploads that were cut off because the service stops.</summary>
    private static readonly TimeSpan UndoTime = TimeSpan.FromSeconds(15);

    private readonly WebApplication app;
    private readonly GlanceOptions options;
    private readonly ImageDatabase database;
    private readonly StoreCatalog stores;
    private readonly CancellationTokenSource drain = new();
    private readonly BarbicanClient barbican;
    private readonly ServiceMetrics metrics = new();
    private readonly Prometheus prometheus;
    private readonly LogVolume volume;
    private FileWatch? watch;
    private HealthCheck? health;
    private ImportParts? imports;
    private CacheParts? cache;
    private ResumableUpload? resumable;
    private StageForwarding? elsewhere;
    private ImageRemoval? removal;

    private ImageServer(GlanceOptions options, ILoggerProvider log, TimeProvider time)
    {
        this.options = options;
        prometheus = new Prometheus(metrics);
        if (options.Operations.Metrics is { OnApi: true } or { BindPort: not null }) prometheus.Start();
        volume = new LogVolume(options.Debug);
        database = ImageDatabase.Open(options);
        barbican = new BarbicanClient(options.Barbican);
        var leftovers = new StoreLeftovers();
        stores = StoreCatalog.Open(options).MeasuredBy(metrics).RememberedBy(leftovers);
        ServerCertificates? certificates = options.Operations.Tls is { } tls ? new ServerCertificates(tls, log.CreateLogger(nameof(ServerCertificates))) : null;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Debug).AddFilter(volume.Lets);
        builder.Services.Configure<HostOptions>(ConfigureStop);
        builder.Services.AddHostedService(_ => new DrainNotice(health!, options.Operations.Health.DrainDelay, time));
        builder.Services.AddHostedService(services => new SchemaNotice(database.Schema, services.GetRequiredService<ILogger<SchemaNotice>>()));
        builder.Services.AddHostedService(services => new ImageRecovery(stores, database.Images, time, services.GetRequiredService<ILogger<ImageRecovery>>()) { Staging = imports!.Staging, Inventory = database.Inventory, Removal = removal });
        builder.Services.AddHostedService(services => new LeftoverSweep(leftovers, database.Images, time, services.GetRequiredService<ILogger<LeftoverSweep>>()));
        builder.Services.AddHostedService(services => new ResumableSweep(resumable!, database.Images, time, services.GetRequiredService<ILogger<ResumableSweep>>()));
        builder.Services.AddHostedService(_ => imports!.Recovery);
        builder.Services.AddHostedService(_ => imports!.Runner);
        builder.Services.AddHostedService(_ => watch!);
        if (options.DelayedDelete) builder.Services.AddHostedService(services => NewScrubber(time, services.GetRequiredService<ILogger<ImageScrubber>>()));
        if (options.ImageCache.Folder is not null) builder.Services.AddHostedService(_ => cache!.Keeper);
        // Requests run where their bytes came in, without a change of thread: others go on meanwhile, whatever a handler does.
        builder.WebHost.UseKestrelCore().UseSockets(sockets => (sockets.UnsafePreferInlineScheduling, sockets.MaxReadBufferSize) = (true, Listeners.ReceivedAhead)).ConfigureKestrel(kestrel => Listeners.Configure(kestrel, options, certificates));
        builder.Services.Replace(ServiceDescriptor.Singleton<IMemoryPoolFactory<byte>>(new LargeBlockMemoryPoolFactory()));   // In place of the one that UseKestrelCore has just added.
        app = builder.Build();
        ILoggerFactory logs = app.Services.GetRequiredService<ILoggerFactory>();
        var policies = new PolicyFiles(options, logs.CreateLogger<PolicyFiles>());
        watch = new FileWatch(certificates is null ? [policies] : [policies, certificates], time);
        app.Lifetime.ApplicationStopping.Register(() => drain.CancelAfter(options.Operations.Health.DrainDelay + options.Operations.Grace));
        ApiPipeline pipeline = Compose(policies.Policies, time, logs);
        app.Run(pipeline.HandleAsync);
    }

    /// <summary>Where it listens; known once started, with the real port.</summary>
    public Uri Address => new(Addresses[0]);

    /// <summary>Everywhere where it listens, the API first.</summary>
    public ImmutableArray<string> Addresses => [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>What Kestrel takes its buffers from.</summary>
    internal IMemoryPoolFactory<byte> Buffers => app.Services.GetRequiredService<IMemoryPoolFactory<byte>>();

    /// <summary>The database it uses.</summary>
    public ImageDatabase Database => database;

    /// <summary>Puts the service together; nothing listens yet.</summary>
    /// <param name="log">Where log entries go; disposed with the server.</param>
    /// <exception cref="ConfigurationInvalidException">Options that contradict each other.</exception>
    /// <exception cref="PolicyInvalidException">The policy file is wrong.</exception>
    public static ImageServer Create(GlanceOptions options, ILoggerProvider log, TimeProvider time) => new(options, log, time);

    /// <summary>Listens; once this returns, everywhere where it should.</summary>
    /// <exception cref="BindFailedException">It cannot listen there.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        try
        {
            await app.StartAsync(cancel);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            app.Lifetime.StopApplication();   // What runs in the background already ends in peace.
            throw new BindFailedException(Listeners.Describe(options), e);
        }
    }

    /// <summary>Waits until a signal tells the service to stop, then lets running requests end.</summary>
    public Task WaitForStopAsync() => app.WaitForShutdownAsync();

    /// <summary>Stops as a signal makes it stop.</summary>
    public Task StopAsync(CancellationToken cancel) => app.StopAsync(cancel);

    /// <summary>Takes over what can change while the service runs: <c>debug</c>, policy files, certificates.</summary>
    /// <param name="now">The configuration as it is now.</param>
    /// <returns>Which kinds of files count as they are now, and which cannot be used, so that what they said before stays.</returns>
    public (IReadOnlyList<string> Taken, IReadOnlyList<string> Kept) Reload(GlanceOptions now)
    {
        volume.Debug = now.Debug;
        return watch!.ReloadAll();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        if (cache is not null) await cache.Cache.DisposeAsync();
        elsewhere!.Dispose();
        stores.Dispose();
        await database.DisposeAsync();
        barbican.Dispose();
        prometheus.Dispose();
        metrics.Dispose();
        health!.Dispose();
        drain.Dispose();
    }

    /// <summary>Requests and imports have the same time to end.</summary>
    private void ConfigureStop(HostOptions host) =>
        (host.ShutdownTimeout, host.ServicesStopConcurrently) = (options.Operations.Health.DrainDelay + options.Operations.Grace + UndoTime, true);

    private ApiPipeline Compose(Policies policies, TimeProvider time, ILoggerFactory logs)
    {
        IImageRepository images = database.Images;
        var quotas = new ProjectQuotas(KeystoneAccess.Limits(options, time), database.Usage);
        var upload = new ImageUpload(stores, images, options, time, logs.CreateLogger<ImageUpload>()) { Limits = quotas, Signatures = new ImageSignatures(barbican, time) };
        resumable = new ResumableUpload(upload, options);
        PropertyProtections protections = PropertyProtectionFile.Read(options, policies);
        imports = ImportParts.Make(options, stores, database, upload, protections, metrics, time, logs, drain.Token);
        elsewhere = new StageForwarding(options, imports.Staging);
        cache = CacheParts.Make(options, stores, database, time, logs);
        health = new HealthCheck(options.Operations.Health, new HealthProbe(images, stores, time), time);
        var outside = new OpenPaths(health, new MetricsApi(metrics, prometheus, database, time), options.Operations.Metrics.OnApi, new Cors(options.Operations.Cors));
        var schemas = new SchemaDocuments(options.ImageFormat.DiskFormats, options.ImageFormat.ContainerFormats, ExtraProperties.Read(options));
        var origin = new RequestOrigin(options.PublicEndpoint, options.EnableProxyHeadersParsing);
        var guard = new PropertyGuard(protections);
        var access = new ImageAccess(images, policies);
        var fields = new ImageFields(schemas);
        var creation = new ImageCreation(options, access, fields, guard, quotas, time);
        var document = new ImageDocument(new DocumentOptions(options.ShowImageDirectUrl, options.ShowMultipleLocations, stores.StoresEnabled), protections, stores);
        var storesApi = new StoresApi(options, stores, access, quotas);
        var patcher = new ImagePatcher(options, access, fields, guard, new LocationPatcher(options, access, stores));
        var sharing = new ImageSharing(stores, images);
        removal = new ImageRemoval(stores, images, options, time) { Staging = imports.Staging, Cache = cache?.Cache };
        var keys = new EncryptionKeyRemoval(barbican, logs.CreateLogger<EncryptionKeyRemoval>());
        var locationRemoval = new LocationRemoval(stores, images);
        var imagesApi = new ImagesApi(options, images, removal, access, creation, patcher, document, origin, storesApi, new LocationStores(stores, images), guard, keys, elsewhere, sharing, locationRemoval, time);
        var resumableApi = new ResumableUploadApi(access, resumable, quotas, metrics);
        var data = new ImageDataApi(access, upload, resumableApi, new CachedDownload(new ImageDownload(stores, database.Images), options.CachesDownloads ? cache?.Cache : null), stores, quotas, metrics);
        var router = new Router(RouteTable.Of(
            imagesApi, data, new TagsApi(options, images, access, time), new MembersApi(options, images, access, sharing, time), storesApi, new SchemasApi(schemas),
            new TasksApi(options, images, database.Tasks, access, creation, stores, imports.Filter, imports.Work, imports.Runner, origin, time), new ImageStageApi(options, access, imports.Staging, quotas, metrics),
            new ImportApi(options, images, database.Tasks, access, stores, imports.Filter, elsewhere, imports.Work, imports.Runner, quotas, time),
            new LocationsApi(options, images, database.Tasks, access, stores, imports.Locations, imports.Runner, time), new StoreDataApi(images, access, stores, locationRemoval, time),
            MetadefApis.Of(options, database.Metadefs, policies, schemas, origin, time), new CacheApi(cache?.Cache, access, images),
            options.ManagesCache ? new CacheManagementApi(cache?.Cache, access) : null));
        return new ApiPipeline(
            router, new ApiVersions(options.ImageCache.Folder is not null, stores.StoresEnabled), origin, outside,
            AuthenticationChoice.Make(options, policies, metrics, time, logs), options.MaxRequestIdLength, metrics, logs.CreateLogger<ApiPipeline>(), drain.Token);
    }

    private ImageScrubber NewScrubber(TimeProvider time, ILogger<ImageScrubber> log) => new(stores, database.PendingDeletions, options.ScrubTime, options.WakeupTime, time, log);
}
