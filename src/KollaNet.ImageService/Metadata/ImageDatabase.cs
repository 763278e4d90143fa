using System.Data.Common;
using KollaNet.ImageService.Caching;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Metadata.MariaDb;
using KollaNet.ImageService.Metadata.Metadefs;
using KollaNet.ImageService.Metadata.Sqlite;
using KollaNet.MariaDb;

namespace KollaNet.ImageService.Metadata;

/// <summary>The image service's database as <c>[database] connection</c> names it. Opening is cheap and connects to nothing yet.</summary>
public sealed class ImageDatabase : IAsyncDisposable
{
    private readonly DbDataSource source;
    private readonly Transactions transactions;

    private ImageDatabase(DbDataSource source, SqlDialect dialect, LocationCipher cipher)
    {
        this.source = source;
        transactions = new Transactions(source, dialect, cipher);
        Images = new ImageRepository(transactions);
        Tasks = new TaskRepository(transactions);
        PendingDeletions = new PendingDeletions(transactions);
        RetiredLocations = new RetiredLocations(transactions);
        Metadefs = new MetadefRepository(transactions);
        Usage = new UsageRepository(transactions);
        Inventory = new ImageInventory(transactions);
        Schema = new DatabaseSchema(transactions);
        Purge = new DatabasePurge(transactions);
    }

    /// <summary>Images and what belongs to them.</summary>
    public IImageRepository Images { get; }

    /// <summary>Work that goes on behind requests.</summary>
    public ITaskRepository Tasks { get; }

    /// <summary>Images whose data waits for the scrubber.</summary>
    public PendingDeletions PendingDeletions { get; }

    /// <summary>Copies of images that are on their way out.</summary>
    public RetiredLocations RetiredLocations { get; }

    /// <summary>Metadata definitions.</summary>
    public IMetadefRepository Metadefs { get; }

    /// <summary>How much there is of them.</summary>
    public UsageRepository Usage { get; }

    /// <summary>All of them, page by page.</summary>
    public ImageInventory Inventory { get; }

    /// <summary>The tables they are in.</summary>
    public DatabaseSchema Schema { get; }

    /// <summary>Removes what was deleted long ago.</summary>
    public DatabasePurge Purge { get; }

    /// <summary>How many connections are open, and how many of these nobody uses; null for a database without a pool.</summary>
    public (int Open, int Idle)? Connections => (source as MariaDbDataSource)?.Sessions;

    /// <summary>For tests that look behind the repository.</summary>
    internal DbDataSource Source => source;

    /// <summary>The database of a service.</summary>
    /// <exception cref="FormatException">Its address is of an unknown kind.</exception>
    /// <exception cref="ConfigurationInvalidException">The key of its location urls is no key.</exception>
    public static ImageDatabase Open(GlanceOptions options) => Open(options.Database.Connection, options.MetadataEncryptionKey);

    /// <param name="connectionUrl">As SQLAlchemy writes it: <c>mysql+pymysql://user:password@host:port/database?charset=utf8</c>, <c>mysql://…</c>,
    /// <c>sqlite:////absolute/path</c> or <c>sqlite:///relative/path</c>.</param>
    /// <param name="metadataEncryptionKey">Location urls are encrypted with it; null for plain ones.</param>
    /// <exception cref="FormatException">Another kind of URL; the message does not repeat it, as it may hold a password.</exception>
    public static ImageDatabase Open(string connectionUrl, string? metadataEncryptionKey = null)
    {
        LocationCipher cipher = LocationCipher.Of(metadataEncryptionKey);
        int end = connectionUrl.IndexOf("://", StringComparison.Ordinal);
        string scheme = end < 0 ? "" : connectionUrl[..end];
        return scheme switch
        {
            "sqlite" or "sqlite+pysqlite" => new(new SqliteDataSource(SqlitePath(connectionUrl[(end + 3)..])), new SqliteDialect(), cipher),
            "mysql" or "mysql+pymysql" or "mariadb" or "mariadb+pymysql" =>
                new(new MariaDbDataSource(MariaDbSettings.Parse(connectionUrl)), new MariaDbDialect(), cipher),
            _ => throw new FormatException(
                $"[database] connection begins with '{scheme}://': only mysql+pymysql://, mysql:// and sqlite:/// are known."),
        };
    }

    /// <summary>What one node has in its image cache, kept here.</summary>
    /// <param name="nodeUrl">Option <c>worker_self_reference_url</c>.</param>
    public ICacheIndex CacheIndexOf(string nodeUrl) => new DatabaseCacheIndex(transactions, nodeUrl);

    /// <summary>Closes every connection.</summary>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static string SqlitePath(string rest)
    {
        string path = rest.Split('?')[0];
        return path is "" or "/" or "/:memory:" || path[0] != '/'
            ? throw new FormatException("[database] connection names no file: write sqlite:////absolute/path (four slashes). A database in memory cannot be shared.")
            : path[1..];
    }
}
