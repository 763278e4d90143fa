namespace KollaNet.MariaDb;

/// <summary>The error numbers this client acts on or raises itself.</summary>
internal static class ErrorNumber
{
    public const int TooManyConnections = 1040;
    public const int NotReady = 1047;
    public const int ShuttingDown = 1053;
    public const int ForcedClose = 1080;
    public const int PacketTooLarge = 1153;
    public const int LockWaitTimeout = 1205;
    public const int Deadlock = 1213;
    public const int CannotBePrepared = 1295;
    public const int Interrupted = 1317;
    public const int ConnectionKilled = 1927;
    public const int StatementTimeout = 1969;
    public const int CannotConnect = 2003;
    public const int ConnectionLost = 2013;
    public const int TlsFailed = 2026;
    public const int MalformedPacket = 2027;
    public const int AuthenticationUnsupported = 2059;

    /// <summary>After these the server closes the connection.</summary>
    public static bool EndsConnection(int code) =>
        code is TooManyConnections or ShuttingDown or ForcedClose or PacketTooLarge or (>= 1156 and <= 1161) or ConnectionKilled;
}
