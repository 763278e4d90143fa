namespace KollaNet.ImageService.Metadata;

/// <summary>The one thing in the tables that is ours and not Glance's: an index that gives live images in the order of lists. Rows of deleted images stay until somebody
/// purges them, and no index of Glance's tells them from live ones in that order: a list of the newest 25 would walk past all that were deleted since. Glance does
/// not mind it: its migrations touch neither column, and SQLAlchemy never asks which indexes there are.</summary>
internal static class ListIndex
{
    /// <summary>In lower case, as every name in the tables.</summary>
    public const string Name = "kollanet_newest_live_idx";

    private static readonly Key Key = new(Name, false, ["deleted", "created_at"]);

    /// <summary>Makes it if it is missing, while others read and write.</summary>
    /// <returns>False: it was there.</returns>
    public static async Task<bool> EnsureAsync(Session session, CancellationToken cancel)
    {
        if (await ExistsAsync(session, cancel)) return false;
        await session.ExecuteAsync(Sql.Raw(session.Dialect.CreateIndex("images", Key)), cancel);
        return true;
    }

    /// <summary>Whether it is there.</summary>
    public static async Task<bool> ExistsAsync(Session session, CancellationToken cancel) =>
        (await session.ListAsync(session.Dialect.IndexNames("images"), row => row.GetString(0), cancel)).Contains(Name);
}
