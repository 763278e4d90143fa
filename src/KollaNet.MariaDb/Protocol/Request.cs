namespace KollaNet.MariaDb.Protocol;

/// <summary>The first byte of a request.</summary>
internal enum Request : byte
{
    Quit = 0x01,
    UseDatabase = 0x02,
    Query = 0x03,
    Ping = 0x0e,
    Prepare = 0x16,
    Execute = 0x17,
    CloseStatement = 0x19,
}
