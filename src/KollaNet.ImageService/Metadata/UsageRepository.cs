using System.Globalization;

namespace KollaNet.ImageService.Metadata;

/// <summary>Counts images, for quotas and for metrics.</summary>
public sealed class UsageRepository
{
    // Source: image-api reference 6 and Glance's four resources; a copy that runs leaves the image active and is known by its list of stores.
    private const string Alive = "i.deleted = 0 AND i.status NOT IN ('killed', 'deleted', 'pending_delete')";
    private const string Copied = "EXISTS (SELECT 1 FROM image_properties p WHERE p.image_id = i.id AND p.deleted = 0 AND p.name = 'os_glance_importing_to_stores' AND p.value <> '')";
    private const string Staging = $"(i.status IN ('uploading', 'importing') OR {Copied})";
    private const string Uploading = $"(i.status IN ('saving', 'uploading', 'importing') OR {Copied})";

    private readonly Transactions transactions;

    internal UsageRepository(Transactions transactions) => this.transactions = transactions;

    /// <summary>What a project's images take up at this moment.</summary>
    public Task<ProjectUsage> OfProjectAsync(string project, CancellationToken cancel)
    {
        Sql owned = transactions.Dialect.Exact("i.owner", project);
        Sql all = $"""
            SELECT COUNT(*),
              CAST(COALESCE(SUM(CASE WHEN {Sql.Raw(Uploading)} THEN 1 ELSE 0 END), 0) AS SIGNED),
              CAST(COALESCE(SUM(CASE WHEN {Sql.Raw(Staging)} THEN i.size ELSE 0 END), 0) AS SIGNED),
              CAST(COALESCE(SUM(i.size * (SELECT COUNT(*) FROM image_locations l WHERE l.image_id = i.id AND l.deleted = 0)), 0) AS SIGNED)
            FROM images i WHERE {Sql.Raw(Alive)} AND {owned}
            """;
        return transactions.ReadAsync(
            async session => (await session.ListAsync(all, row => new ProjectUsage(Whole(row.GetValue(0)), Whole(row.GetValue(1)), Whole(row.GetValue(2)), Whole(row.GetValue(3))), cancel))[0], cancel);
    }

    /// <summary>Status → how many images that are not deleted have it.</summary>
    public Task<IReadOnlyDictionary<string, long>> ByStatusAsync(CancellationToken cancel) => transactions.ReadAsync(async session =>
    {
        Sql all = $"SELECT i.status, COUNT(*) FROM images i WHERE i.deleted = 0 GROUP BY i.status";
        List<(string Status, long Count)> rows = await session.ListAsync(all, row => (row.GetString(0), Whole(row.GetValue(1))), cancel);
        return (IReadOnlyDictionary<string, long>)rows.ToDictionary(row => row.Status, row => row.Count);
    }, cancel);

    private static long Whole(object value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);
}

/// <summary>What a project's images take up.</summary>
/// <param name="Count">Images that are not deleted.</param>
/// <param name="Uploading">Those of them that are being written: uploads, staged data, imports and copies.</param>
/// <param name="StagingBytes">Data put aside.</param>
/// <param name="SizeBytes">Σ size × live locations.</param>
public sealed record ProjectUsage(long Count, long Uploading, long StagingBytes, long SizeBytes);
