namespace KollaNet.MariaDb;

/// <summary>Where a MariaDB server is, who connects, and the limits of doing so. The character set is always utf8mb4.</summary>
public sealed record MariaDbSettings
{
    /// <summary>Host name or address of the server.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port of the server.</summary>
    public int Port { get; init; } = 3306;

    /// <summary>The account to log in with.</summary>
    public required string User { get; init; }

    /// <summary>The account's password; empty when it has none. Never part of <see cref="ToString"/> or of an exception.</summary>
    public string Password { get; init; } = "";

    /// <summary>The database that unqualified table names mean; null for none.</summary>
    public string? Database { get; init; }

    /// <summary>Most connections that one data source holds open at a time; further callers wait their turn.</summary>
    public int MaxPoolSize { get; init; } = 100;

    /// <summary>How long opening a connection may take: waiting for a free one and, separately, logging in.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the server may take to answer a command; zero for any time. A command can set its own.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether to encrypt.</summary>
    public MariaDbTlsMode TlsMode { get; init; } = MariaDbTlsMode.Disabled;

    /// <summary>A PEM file with the authorities to trust; null for those that the machine trusts.</summary>
    public string? TlsCaFile { get; init; }

    /// <summary>How many prepared statements one connection keeps; the least recently used is dropped first. Zero keeps none.</summary>
    public int StatementCacheSize { get; init; } = 100;

    /// <summary>Reads a connection URL as OpenStack writes it: <c>mysql+pymysql://user:password@host:port/database?charset=utf8</c>.</summary>
    /// <remarks>
    /// User, password and database may be percent-encoded; an IPv6 address stands in brackets. Of the options, <c>connect_timeout</c> and <c>read_timeout</c> (seconds) and
    /// <c>ssl_ca</c>, <c>ssl_verify_cert</c> and <c>ssl_check_hostname</c> count; another <c>ssl_</c> option or <c>unix_socket</c> is refused, because ignoring it would
    /// connect in a way that was not asked for; the rest is ignored. Source: SQLAlchemy 2.0 documentation, "Database URLs".
    /// </remarks>
    /// <exception cref="FormatException">Says what is wrong, without showing the URL, which contains a password.</exception>
    public static MariaDbSettings Parse(string url) => ConnectionUrl.Parse(url);

    /// <summary>The settings without the password, in the usual form of a connection string.</summary>
    public override string ToString() =>
        $"Server={Host};Port={Port};User ID={User}{(Database is null ? "" : $";Database={Database}")};Maximum Pool Size={MaxPoolSize};SSL Mode={TlsMode}";

    internal string Address => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
