using KollaNet.ImageService.Api;

namespace KollaNet.ImageService.Hosting;

/// <summary>When the service is told to stop: says so in <c>/healthcheck</c> first, gives load balancers time to notice (<c>[healthcheck] drain_delay</c>), and only
/// then lets the listeners close. Register as a hosted service.</summary>
internal sealed class DrainNotice(HealthCheck health, TimeSpan delay, TimeProvider time) : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        health.BeginStopping();
        return Task.Delay(delay, time, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
