using System.Text;

namespace KollaNet.MariaDb.Protocol;

/// <summary>The conversation between the TCP connection and the first command.</summary>
internal static class Login
{
    private const byte Utf8Mb4 = 45;
    private const byte SwitchMarker = 0xfe;

    /// <summary>Logs in, encrypted if so configured.</summary>
    /// <returns>The greeting, its capabilities reduced to those in use, and the session's first state.</returns>
    public static async Task<(Greeting Greeting, OkPacket Ok)> RunAsync(PacketChannel channel, MariaDbSettings settings, CancellationToken cancel)
    {
        await channel.ReadAsync();
        Greeting greeting = Greeting.Read(channel.Packet);
        Capabilities use = Agree(greeting.Offered, settings);
        if (use.HasFlag(Capabilities.Tls))
        {
            channel.Request.BeginPacket();
            WriteStart(channel.Request, use);
            await channel.SendAsync();
            await TlsHandshake.RunAsync(channel, settings, cancel);
        }
        channel.Request.BeginPacket();
        WriteResponse(channel.Request, greeting, use, settings);
        await channel.SendAsync();
        return (greeting with { Offered = use }, await ConversationAsync(channel, settings));
    }

    private static Capabilities Agree(Capabilities offered, MariaDbSettings settings)
    {
        if ((offered & Capabilities.Needed) != Capabilities.Needed)
            throw new InvalidDataException($"The server lacks {Capabilities.Needed & ~offered}; MariaDB 10.3 and later have it.");
        if (settings.TlsMode >= MariaDbTlsMode.Required && !offered.HasFlag(Capabilities.Tls))
            throw new MariaDbException(ErrorNumber.TlsFailed, "HY000", $"MariaDB at {settings.Address} offers no TLS, which the settings require ({settings.TlsMode}).", isTransient: false);

        Capabilities use = Capabilities.Wanted & offered;
        use |= offered & Capabilities.Mysql;   // the bit says which of the two the other half of the capabilities belongs to
        if (settings.TlsMode != MariaDbTlsMode.Disabled)
            use |= offered & Capabilities.Tls;
        return settings.Database is null ? use : use | Capabilities.ConnectWithDatabase;
    }

    private static void WriteStart(PacketWriter writer, Capabilities use)
    {
        writer.UInt32((uint)use);
        writer.UInt32(1 << 30);   // the largest packet we take
        writer.Byte(Utf8Mb4);
        writer.Zeros(19);
        writer.UInt32((uint)((ulong)use >> 32));
    }

    private static void WriteResponse(PacketWriter writer, Greeting greeting, Capabilities use, MariaDbSettings settings)
    {
        WriteStart(writer, use);
        writer.ZeroEndedText(settings.User);
        // A plugin we do not know is answered with the usual one; the server then asks to switch, and the switch explains itself better.
        string plugin = greeting.Plugin == Ed25519Password.Plugin ? greeting.Plugin : NativePassword.Plugin;
        byte[] answer = Answer(plugin, settings, greeting.Challenge);
        writer.Byte((byte)answer.Length);
        writer.Bytes(answer);
        if (settings.Database is { } database)
            writer.ZeroEndedText(database);
        writer.ZeroEndedText(plugin);
    }

    private static async Task<OkPacket> ConversationAsync(PacketChannel channel, MariaDbSettings settings)
    {
        while (true)
        {
            await channel.ReadAsync();
            switch (channel.Packet[0])
            {
                case OkPacket.Marker:
                    return OkPacket.Read(channel.Packet);
                case ErrorPacket.Marker:
                    throw ErrorPacket.Read(channel.Packet);
                case SwitchMarker:
                    channel.Request.BeginPacket();
                    channel.Request.Bytes(AnswerToSwitch(channel.Packet, settings));
                    await channel.SendAsync();
                    break;
                default:
                    throw new InvalidDataException("The server continued the login in a way this client does not know.");
            }
        }
    }

    private static byte[] AnswerToSwitch(ReadOnlySpan<byte> packet, MariaDbSettings settings)
    {
        var reader = new PacketReader(packet[1..]);
        string plugin = Encoding.UTF8.GetString(reader.ZeroEnded());
        ReadOnlySpan<byte> challenge = reader.Rest is [.. var most, 0] ? most : reader.Rest;
        return Answer(plugin, settings, challenge);
    }

    private static byte[] Answer(string plugin, MariaDbSettings settings, ReadOnlySpan<byte> challenge) => plugin switch
    {
        NativePassword.Plugin => NativePassword.Answer(settings.Password, challenge),
        Ed25519Password.Plugin => Ed25519Password.Answer(settings.Password, challenge),
        _ => throw new MariaDbException(ErrorNumber.AuthenticationUnsupported, "HY000",
            $"MariaDB at {settings.Address} wants user '{settings.User}' to log in with {(plugin.Length == 0 ? "mysql_old_password" : plugin)}; " +
            $"this client knows {NativePassword.Plugin} and {Ed25519Password.Plugin}.", isTransient: false),
    };
}
