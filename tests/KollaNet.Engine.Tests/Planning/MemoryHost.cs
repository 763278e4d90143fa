using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using KollaNet.Engine.Containers;
using KollaNet.Engine.Hosts;

namespace KollaNet.Engine.Tests.Planning;

/// <summary>A host that keeps its files in memory and whose engine runs nothing. Counts the changes made to it.</summary>
public sealed class MemoryHost(string name, HostFacts facts, IContainerEngine engine, TimeProvider? clock = null) : IHost, IHostFiles
{
    private readonly ConcurrentDictionary<string, (HostFile File, DateTimeOffset At)> files = new();

    public string Name => name;

    public HostFacts Facts { get; set; } = facts;

    public IContainerEngine Containers { get; set; } = engine;

    public IHostFiles Files => this;

    public IEnumerable<string> Paths => files.Keys.Order(StringComparer.Ordinal);

    public HostFile File(string path) => files[path].File;

    public Task<CommandResult> RunScriptAsync(string script, CancellationToken cancel) => Task.FromResult(Script(script));

    /// <summary>What scripts answer; free disk space unless a test says otherwise.</summary>
    public Func<string, CommandResult> Script { get; set; } = _ => new CommandResult(0, "/dev/x 100000000 1 90000000 1% /\n", "");

    public Task<HostFacts> FactsAsync(CancellationToken cancel) => Task.FromResult(Facts);

    public Task<ImmutableArray<ObservedFile>> ListAsync(string folder, CancellationToken cancel) => Task.FromResult<ImmutableArray<ObservedFile>>([.. files
        .Where(pair => pair.Key.StartsWith(folder + "/", StringComparison.Ordinal)).OrderBy(pair => pair.Key, StringComparer.Ordinal)
        .Select(pair => new ObservedFile(pair.Key, Convert.ToHexStringLower(SHA256.HashData(pair.Value.File.Content.AsSpan())), pair.Value.File.Content.Length,
            pair.Value.File.Mode, pair.Value.File.Owner, pair.Value.File.Group, pair.Value.At))]);

    public Task<byte[]?> FindAsync(string path, CancellationToken cancel) => Task.FromResult(files.TryGetValue(path, out (HostFile File, DateTimeOffset) found) ? found.File.Content.ToArray() : null);

    public Task WriteAsync(HostFile file, CancellationToken cancel)
    {
        files[file.Path] = (file, (clock ?? TimeProvider.System).GetUtcNow());
        return Task.CompletedTask;
    }

    public Task<bool> DeleteAsync(string path, CancellationToken cancel) => Task.FromResult(files.TryRemove(path, out _));

    public Task<bool> DeleteEmptyFolderAsync(string path, CancellationToken cancel) => Task.FromResult(!files.Keys.Any(file => file.StartsWith(path + "/", StringComparison.Ordinal)));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
