using System.Globalization;
using System.Net;

namespace KollaNet.ImageService.Tests.Hosting;

/// <summary>Where a process listens, as the kernel says. Source: proc(5), /proc/net/tcp.</summary>
internal static class ListeningSockets
{
    private const string Listening = "0A";
    private static readonly string[] Tables = ["tcp", "tcp6"];

    public static IEnumerable<IPEndPoint> Of(int process)
    {
        HashSet<string> own = [.. Directory.GetFileSystemEntries($"/proc/{process}/fd").Select(file => new FileInfo(file).LinkTarget).OfType<string>().Where(target => target.StartsWith("socket:[")).Select(target => target[8..^1])];
        return from table in Tables
               from line in File.ReadLines($"/proc/{process}/net/{table}").Skip(1)
               let columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where columns[3] == Listening && own.Contains(columns[9])
               select Parse(columns[1]);
    }

    /// <summary><c>0100007F:1F90</c>: the address in words of the machine's byte order.</summary>
    private static IPEndPoint Parse(string text)
    {
        string[] parts = text.Split(':');
        byte[] bytes = Convert.FromHexString(parts[0]);
        for (int word = 0; word < bytes.Length; word += 4) Array.Reverse(bytes, word, 4);
        return new IPEndPoint(new IPAddress(bytes), int.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
