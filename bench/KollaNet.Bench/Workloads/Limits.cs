using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using KollaNet.Bench.Results;

namespace KollaNet.Bench.Workloads;

/// <summary>What this machine can do at all, in the same rounds and with the same data.</summary>
internal static class Limits
{
    private const int BlockBytes = 1024 * 1024;

    public static ImmutableArray<(Figure Figure, Func<BenchOptions, Reading> Measure)> All { get; } =
    [
        (Of("md5", "MD5, one thread"), options => Hash(options, HashAlgorithmName.MD5)),
        (Of("sha512", "SHA-512, one thread"), options => Hash(options, HashAlgorithmName.SHA512)),
        (Of("file-write", "file write, with fsync"), Write),
        (Of("file-read", "file read, page cache"), Read),
        (Of("loopback", "loopback socket, sendfile to discard"), Loopback),
    ];

    public static Figure Of(string id, string title) => new(id, title, "MiB/s", "MiB", Aim.None);

    /// <summary>The processor time of this program is the figure's own here.</summary>
    private static Reading Done(Meter meter, double mib)
    {
        Reading reading = meter.Finish(mib);
        return reading with { ServerCpuMs = reading.ClientCpuMs };
    }

    private static Reading Hash(BenchOptions options, HashAlgorithmName name)
    {
        using var hash = IncrementalHash.CreateHash(name);
        byte[] block = RandomNumberGenerator.GetBytes(BlockBytes);
        int count = Math.Min(options.SizeMiB, 512);
        var meter = new Meter(null, null);
        for (int i = 0; i < count; i++) hash.AppendData(block);
        return Done(meter, count);
    }

    private static Reading Write(BenchOptions options)
    {
        string path = options.DataFile + ".written";
        byte[] block = RandomNumberGenerator.GetBytes(BlockBytes);
        Disk.Settle();
        var meter = new Meter(null, null);
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
        {
            for (int i = 0; i < options.SizeMiB; i++) RandomAccess.Write(file, block, (long)i * BlockBytes);
            RandomAccess.FlushToDisk(file);
        }

        Reading reading = Done(meter, options.SizeMiB);
        File.Delete(path);
        return reading;
    }

    private static Reading Read(BenchOptions options)
    {
        byte[] block = new byte[256 * 1024];
        var meter = new Meter(null, null);
        using var file = File.OpenHandle(options.DataFile);
        long at = 0;
        while (RandomAccess.Read(file, block, at) is > 0 and int read) at += read;
        return Done(meter, at / 1048576.0);
    }

    private static Reading Loopback(BenchOptions options)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var sender = new Thread(() =>
        {
            using Socket sending = listener.Accept();
            sending.SendFile(options.DataFile);
        });
        var meter = new Meter(null, null);
        sender.Start();
        using var receiver = new Socket(SocketType.Stream, ProtocolType.Tcp);
        receiver.Connect(listener.LocalEndPoint!);
        byte[] buffer = new byte[256 * 1024];
        long bytes = 0;
        while (receiver.Receive(buffer, 0, buffer.Length, SocketFlags.Truncated) is > 0 and int read) bytes += read;
        sender.Join();
        return Done(meter, bytes / 1048576.0);
    }
}
