using System.Runtime.CompilerServices;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Metadata;

/// <summary>Every image there is, page by page, for whoever compares them with what lies in stores.</summary>
public sealed class ImageInventory
{
    private readonly Transactions transactions;

    internal ImageInventory(Transactions transactions) => this.transactions = transactions;

    /// <summary>Images that are not deleted, hidden ones included, in the order of their ids.</summary>
    /// <param name="after">The last id of the page before; empty for the first page.</param>
    /// <param name="count">Most of them.</param>
    public Task<IReadOnlyList<Image>> PageAsync(string after, int count, CancellationToken cancel) => FetchAsync($"i.deleted = 0 AND i.id > {after}", count, cancel);

    /// <summary>All of them, page after page.</summary>
    public async IAsyncEnumerable<Image> ReadAllAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        const int Page = 500;
        string after = "";
        while (await PageAsync(after, Page, cancel) is { Count: > 0 } page)
        {
            foreach (Image image in page) yield return image;
            after = page[^1].Id;
        }
    }

    /// <summary>Those of these images that are not deleted.</summary>
    public Task<IReadOnlyList<Image>> FindAsync(IReadOnlyList<string> ids, CancellationToken cancel) => FetchAsync($"i.deleted = 0 AND {Sql.In("i.id", ids)}", ids.Count, cancel);

    /// <summary>Those of these images whose data waits for the scrubber, however their rows say that they are deleted.</summary>
    public Task<IReadOnlySet<string>> FindPendingAsync(IReadOnlyList<string> ids, CancellationToken cancel)
    {
        Sql pending = $"""
            SELECT i.id FROM images i WHERE {Sql.In("i.id", ids)}
              AND (i.status = 'pending_delete' OR EXISTS (SELECT 1 FROM image_locations l WHERE l.image_id = i.id AND l.status = 'pending_delete'))
            """;
        return transactions.ReadAsync<IReadOnlySet<string>>(
            async session => (await session.ListAsync(pending, row => row.GetString(0), cancel)).ToHashSet(StringComparer.OrdinalIgnoreCase), cancel);
    }

    /// <summary>Those of these images that are deleted for good, and whose ids therefore never come back.</summary>
    public Task<IReadOnlySet<string>> FindDeletedAsync(IReadOnlyList<string> ids, CancellationToken cancel)
    {
        Sql deleted = $"SELECT i.id FROM images i WHERE {Sql.In("i.id", ids)} AND i.deleted = 1 AND i.status = 'deleted'";
        return transactions.ReadAsync<IReadOnlySet<string>>(
            async session => (await session.ListAsync(deleted, row => row.GetString(0), cancel)).ToHashSet(StringComparer.OrdinalIgnoreCase), cancel);
    }

    private Task<IReadOnlyList<Image>> FetchAsync(Sql where, int count, CancellationToken cancel) => transactions.ReadAsync(
        session => ImageListing.FetchAsync(session, $"{ImageRows.ImagesOnly(where, session.Dialect)} ORDER BY i.id LIMIT {count}", cancel), cancel);
}
