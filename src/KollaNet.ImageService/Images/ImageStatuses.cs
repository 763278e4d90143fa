using System.Collections.Frozen;

namespace KollaNet.ImageService.Images;

/// <summary>The names of statuses and visibilities on the wire and in the database, and which status may follow which.</summary>
public static class ImageStatuses
{
    private static readonly FrozenDictionary<ImageStatus, ImageStatus[]> Allowed = new Dictionary<ImageStatus, ImageStatus[]>
    {
        [ImageStatus.Queued] = [ImageStatus.Saving, ImageStatus.Uploading, ImageStatus.Importing, ImageStatus.Active, ImageStatus.Deleted],
        [ImageStatus.Saving] = [ImageStatus.Active, ImageStatus.Killed, ImageStatus.Deleted, ImageStatus.Queued],
        [ImageStatus.Uploading] = [ImageStatus.Importing, ImageStatus.Queued, ImageStatus.Deleted],
        [ImageStatus.Importing] = [ImageStatus.Active, ImageStatus.Deleted, ImageStatus.Queued],
        [ImageStatus.Active] = [ImageStatus.PendingDelete, ImageStatus.Deleted, ImageStatus.Deactivated],
        [ImageStatus.Deactivated] = [ImageStatus.Active, ImageStatus.Deleted],
        [ImageStatus.Killed] = [ImageStatus.Deleted],
        [ImageStatus.PendingDelete] = [ImageStatus.Deleted, ImageStatus.Active],
        [ImageStatus.Deleted] = [],
    }.ToFrozenDictionary();

    /// <summary>Source: Glance's state transition table; staying is always allowed.</summary>
    public static bool MayBecome(this ImageStatus from, ImageStatus to) => from == to || Allowed[from].Contains(to);

    /// <summary>As stored and sent: <c>pending_delete</c>.</summary>
    public static string Name(this ImageStatus status) => status == ImageStatus.PendingDelete ? "pending_delete" : status.ToString().ToLowerInvariant();

    /// <summary>As stored and sent: <c>shared</c>.</summary>
    public static string Name(this ImageVisibility visibility) => visibility.ToString().ToLowerInvariant();

    /// <summary>False for anything but an exact status name.</summary>
    public static bool TryParseStatus(string name, out ImageStatus status)
    {
        foreach (ImageStatus candidate in Enum.GetValues<ImageStatus>())
        {
            if (candidate.Name() != name) continue;
            status = candidate;
            return true;
        }

        status = default;
        return false;
    }

    /// <summary>False for anything but an exact visibility name.</summary>
    public static bool TryParseVisibility(string name, out ImageVisibility visibility) =>
        Enum.TryParse(name, ignoreCase: true, out visibility) && visibility.Name() == name;
}
