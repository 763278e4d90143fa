namespace KollaNet.MariaDb.Protocol;

/// <summary>What client and server agree to use. Source: MariaDB documentation, "Connecting: capabilities".</summary>
[Flags]
internal enum Capabilities : ulong
{
    None = 0,

    /// <summary>Set by a server that is not MariaDB, and by a client that knows nothing of MariaDB's own capabilities.</summary>
    Mysql = 1,

    /// <summary>An update counts the rows it matched and not only those it changed.</summary>
    FoundRows = 1 << 1,
    LongFlag = 1 << 2,
    ConnectWithDatabase = 1 << 3,
    Protocol41 = 1 << 9,
    Tls = 1 << 11,
    Transactions = 1 << 13,
    SecureConnection = 1 << 15,
    MultiResults = 1 << 17,
    PreparedMultiResults = 1 << 18,
    PluginAuthentication = 1 << 19,

    /// <summary>A result ends with an OK packet and column definitions end with nothing.</summary>
    DeprecateEof = 1 << 24,

    /// <summary>MariaDB's own: column definitions of a prepared statement come again only when they changed.</summary>
    CacheMetadata = 1UL << 36,

    Wanted = FoundRows | LongFlag | Protocol41 | Transactions | SecureConnection | MultiResults | PreparedMultiResults | PluginAuthentication | DeprecateEof | CacheMetadata,

    /// <summary>Without these the rest of this client misreads the server.</summary>
    Needed = Protocol41 | SecureConnection | PluginAuthentication | DeprecateEof,
}

/// <summary>The state of a session, which the server appends to its answers.</summary>
[Flags]
internal enum ServerStatus : ushort
{
    InTransaction = 1,
    AutoCommit = 2,
    MoreResults = 8,
}
