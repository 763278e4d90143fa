using System.Net.Sockets;

namespace KollaNet.TestHost;

/// <summary>A lock between all test processes of this machine. It leaves no file, and the kernel frees it when its process dies, however it dies.</summary>
public sealed class MachineLock : IDisposable
{
    private const string Prefix = "kollanet-test-";

    // Names that begin with a zero byte live in the kernel only. Source: unix(7), "Abstract sockets".
    private readonly Socket name = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private MachineLock()
    {
    }

    /// <summary>Takes the lock as soon as nobody else has it.</summary>
    public static async Task<MachineLock> TakeAsync(string what, CancellationToken cancel)
    {
        while (true)
        {
            if (TryTake(what) is { } taken) return taken;
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancel);
        }
    }

    /// <summary>Takes the lock, or returns null when somebody has it.</summary>
    public static MachineLock? TryTake(string what)
    {
        var taken = new MachineLock();
        try
        {
            taken.name.Bind(new UnixDomainSocketEndPoint($"\0{Prefix}{what}"));
            return taken;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            taken.Dispose();
            return null;
        }
    }

    /// <summary>Says whether some process holds a lock whose name begins like this.</summary>
    public static bool IsAnyTaken(string beginning) =>
        File.ReadLines("/proc/net/unix").Any(line => line.Contains($" @{Prefix}{beginning}", StringComparison.Ordinal));

    /// <summary>Frees the lock.</summary>
    public void Dispose() => name.Dispose();
}
