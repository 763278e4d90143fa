using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace KollaNet.Engine.Containers.Docker;

/// <summary>Reads the engine's output streams as lines. Source: Docker Engine API reference, 1.41, "Attach to a container: Stream format".</summary>
internal static class DockerFrames
{
    /// <summary>A line longer than this comes in pieces.</summary>
    private const int MaxLineBytes = 1024 * 1024;

    private const int HeaderBytes = 8;

    /// <summary>Lines of both outputs, in the order in which their ends arrived. A stream without frames (a terminal's) is one output.</summary>
    public static async IAsyncEnumerable<string> ReadLinesAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        LineBuffer[] outputs = [new(), new(), new()];
        byte[] header = new byte[HeaderBytes], buffer = new byte[64 * 1024];
        for (int got; (got = await stream.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancel)) > 0;)
        {
            bool isFramed = got == HeaderBytes && header is [<= 2, 0, 0, 0, ..];
            LineBuffer output = outputs[isFramed ? header[0] : 1];
            if (!isFramed)
            {
                foreach (string line in output.Add(header.AsMemory(0, got))) yield return line;
            }
            long left = isFramed ? BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)) : long.MaxValue;
            for (int read; left > 0 && (read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancel)) > 0; left -= read)
            {
                foreach (string line in output.Add(buffer.AsMemory(0, read))) yield return line;
            }
        }
        foreach (LineBuffer output in outputs)
        {
            if (output.Rest() is { } rest) yield return rest;
        }
    }

    /// <summary>Bytes of one output up to the next line end.</summary>
    private sealed class LineBuffer
    {
        private readonly ArrayBufferWriter<byte> partial = new();

        public IEnumerable<string> Add(ReadOnlyMemory<byte> bytes)
        {
            for (int end; (end = bytes.Span.IndexOf((byte)'\n')) >= 0; bytes = bytes[(end + 1)..])
            {
                partial.Write(bytes.Span[..end]);
                yield return Take();
            }
            partial.Write(bytes.Span);
            if (partial.WrittenCount > MaxLineBytes) yield return Take();
        }

        public string? Rest() => partial.WrittenCount > 0 ? Take() : null;

        private string Take()
        {
            string line = Encoding.UTF8.GetString(partial.WrittenSpan);
            partial.ResetWrittenCount();
            return line.TrimEnd('\r');
        }
    }
}
