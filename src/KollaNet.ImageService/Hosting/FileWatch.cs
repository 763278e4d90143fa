namespace KollaNet.ImageService.Hosting;

/// <summary>Something made of files that is to follow their changes.</summary>
internal interface IWatchedFiles
{
    /// <summary>What they are, in the plural, for messages.</summary>
    string Name { get; }

    /// <summary>Paths of files or folders; they need not exist.</summary>
    IEnumerable<string> Files { get; }

    /// <summary>They have changed. Reports what is wrong with them to the log, and then stays as it was.</summary>
    /// <returns>False: it stays as it was.</returns>
    bool Reload();
}

/// <summary>Looks every few seconds whether files have changed, which works on every kind of mount. Register as a hosted service.</summary>
internal sealed class FileWatch(IEnumerable<IWatchedFiles> watched, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly Dictionary<IWatchedFiles, string> seen = watched.ToDictionary(one => one, Stamp);

    /// <summary>Reads everything again, changed or not.</summary>
    /// <returns>Names of what counts as it is now, and of what stays as it was.</returns>
    public (IReadOnlyList<string> Taken, IReadOnlyList<string> Kept) ReloadAll()
    {
        List<string> taken = [], kept = [];
        lock (seen)
        {
            foreach (IWatchedFiles one in seen.Keys.ToArray())
            {
                seen[one] = Stamp(one);
                (one.Reload() ? taken : kept).Add(one.Name);
            }
        }

        return (taken, kept);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) ReloadChanged();
    }

    private void ReloadChanged()
    {
        lock (seen)
        {
            foreach (IWatchedFiles one in seen.Keys.ToArray())
            {
                string now = Stamp(one);
                if (seen[one] == now) continue;
                seen[one] = now;
                one.Reload();
            }
        }
    }

    /// <summary>Changes whenever one of the files does.</summary>
    private static string Stamp(IWatchedFiles one) => string.Join('|', one.Files.Select(path =>
    {
        var file = new FileInfo(path);
        return file.Exists ? $"{file.LastWriteTimeUtc.Ticks}:{file.Length}" : $"{Directory.GetLastWriteTimeUtc(path).Ticks}";
    }));
}
