using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Stores;

namespace KollaNet.ImageService.Images;

/// <summary>Brings uploads that died with their process back to queued, with nothing kept of their data: at start and then on a timer. Register as a hosted service.</summary>
public sealed class ImageRecovery(StoreCatalog stores, IImageRepository images, TimeProvider clock, ILogger<ImageRecovery> log) : BackgroundService
{
    /// <summary>Looks once.</summary>
    /// <returns>How many images were brought back.</returns>
    public Task<int> RecoverAsync(CancellationToken cancel) => throw new NotSupportedException($"{stores}{images}{clock}{log}");

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
}
