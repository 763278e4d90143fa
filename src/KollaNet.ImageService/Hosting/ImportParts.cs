using KollaNet.ImageService.Api;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Imports;
using KollaNet.ImageService.Imports.Plugins;
using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Monitoring;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.Files;

namespace KollaNet.ImageService.Hosting;

/// <summary>What imports need, put together.</summary>
/// <param name="Staging">Null when no enabled method needs it.</param>
internal sealed record ImportParts(ImageStaging? Staging, UriFilter Filter, ImportWork Work, LocationImport Locations, TaskRunner Runner, ImportRecovery Recovery)
{
    /// <param name="drain">Ends work that still runs when the service has to stop.</param>
    /// <exception cref="ConfigurationInvalidException">The staging folder cannot be used, or a plugin is not there.</exception>
    public static ImportParts Make(GlanceOptions options, StoreCatalog stores, ImageDatabase database, ImageUpload upload, PropertyProtections protections, ServiceMetrics metrics, TimeProvider time, ILoggerFactory logs, CancellationToken drain)
    {
        ImageStaging? staging = ImportMethods.NeedStaging(options)
            ? new ImageStaging(OpenStaging(options), upload, database.Images, options, time, logs.CreateLogger<ImageStaging>())
            : null;
        var filter = new UriFilter(options.ImportFilter);
        var web = new WebDownload(filter);
        var work = new ImportWork(
            staging, upload, new ImageDownload(stores, database.Images), web, new RemoteGlance(web, filter, options.Imports.GlanceDownloadProperties, protections), new ImportPlugins(options, upload.Writer), stores, database.Images, time, logs.CreateLogger<ImportWork>());
        var runner = new TaskRunner(database.Tasks, options.Imports.Workers, options.Imports.TimeToLive, time, logs.CreateLogger<TaskRunner>(), drain) { Metrics = metrics };
        var recovery = new ImportRecovery(stores, staging, database.Images, database.Inventory, database.Tasks, options.Imports.TimeToLive, time, logs.CreateLogger<ImportRecovery>());
        var locations = new LocationImport(stores, upload, database.Images, options, time, logs.CreateLogger<LocationImport>());
        return new ImportParts(staging, filter, work, locations, runner, recovery);
    }

    private static FileStore OpenStaging(GlanceOptions options)
    {
        try
        {
            return new FileStore(options.StagingStore);
        }
        catch (ConfigurationInvalidException e)
        {
            throw new ConfigurationInvalidException([$"{e.Message} (needed for the import methods glance-direct and web-download; [DEFAULT] enabled_import_methods can leave them out)"]);
        }
    }
}
