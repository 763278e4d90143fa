namespace KollaNet.TestHost;

/// <summary>The end of what a server wrote, for the message of a start that failed.</summary>
internal sealed class LastLines
{
    private const int Most = 20;
    private readonly Queue<string> lines = new();

    public void Add(string line)
    {
        lock (lines)
        {
            lines.Enqueue(line);
            if (lines.Count > Most) lines.Dequeue();
        }
    }

    public override string ToString()
    {
        lock (lines) return string.Join('\n', lines);
    }
}
