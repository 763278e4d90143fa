using KollaNet.ImageService.Metadata;
using KollaNet.ImageService.Metadata.MariaDb;
using KollaNet.ImageService.Tests.Peers;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>A database whose image tables an operator has made anew in utf8mb4, the others being in utf8mb3 still: no collation may be taken for granted.</summary>
public sealed class Utf8Mb4RepositoryMeetsTheContract : ImageRepositoryContract
{
    protected override async Task<ImageDatabase> EmptyDatabaseAsync()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var database = ImageDatabase.Open(await (await MariaDbServer.StartedAsync(cancel)).NewDatabaseAsync("mb4", cancel));
        foreach (string statement in GlanceTables.All.Where(table => table.Name.StartsWith("image", StringComparison.Ordinal)).SelectMany(new MariaDbDialect().Create))
            await database.SingleAsync(statement.Replace("utf8mb3 COLLATE=utf8mb3_general_ci", "utf8mb4 COLLATE=utf8mb4_unicode_ci", StringComparison.Ordinal));
        await database.SingleAsync("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)");
        return database;
    }
}
