using System.Data.Common;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Hosting;

/// <summary>Says at start when the database's tables are not what they could be. The service runs all the same: one that is behind is usable, and one that is not
/// there yet, or not reachable, may come. Register as a hosted service.</summary>
internal sealed partial class SchemaNotice(DatabaseSchema schema, ILogger<SchemaNotice> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            DatabaseState state = await schema.InspectAsync(stoppingToken);
            if (state.Condition != DatabaseCondition.Current) LogCondition(state.Detail);
        }
        catch (Exception e) when (e is DbException or IOException or System.Net.Sockets.SocketException or TimeoutException)
        {
            LogUnknown(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The image database: {Detail}")]
    private partial void LogCondition(string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The image database cannot be reached yet: {Reason}")]
    private partial void LogUnknown(string reason);
}
