using System.Collections.Concurrent;
using System.Text.Json;
using KollaNet.Engine.Planning;

namespace KollaNet.Engine.Steps.Identity;

/// <summary>What Keystone holds, read once per run and kept up to date with what our own steps add; so a check of everything takes a handful of requests.</summary>
public sealed class IdentitySession(HttpClient http, IdentityServer server) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<ConcurrentDictionary<string, JsonElement>>>> collections = new();

    /// <summary>For changes, and for logins.</summary>
    public KeystoneClient Client { get; } = new(http, server);

    /// <summary>Who it is.</summary>
    public IdentityServer Server { get; } = server;

    /// <summary>Every item of a collection, by id. Read at the first call only.</summary>
    public async Task<ICollection<JsonElement>> AllAsync(string collection, CancellationToken cancel) => (await LoadAsync(collection, cancel)).Values;

    /// <summary>The item of a collection with that name, in domain Default where the kind has domains; null when there is none.</summary>
    public async Task<JsonElement?> FindAsync(string collection, string name, CancellationToken cancel)
    {
        foreach (JsonElement item in await AllAsync(collection, cancel))
            if (Text(item, "name") == name && Text(item, "domain_id") is null or "default") return item;
        return null;
    }

    /// <summary>The id of an item that earlier steps have made sure of.</summary>
    /// <exception cref="KollaNetException">It is not there.</exception>
    public async Task<string> IdAsync(string collection, string name, CancellationToken cancel) =>
        await FindAsync(collection, name, cancel) is { } item ? Text(item, "id")! : throw new KollaNetException($"Keystone has no {name} among its {collection}.", "it was there a moment ago; somebody else is changing Keystone", "run the same command again");

    /// <summary>Makes an item, and remembers it.</summary>
    public async Task<JsonElement> CreateAsync(string collection, string wrapper, Action<Utf8JsonWriter> fields, CancellationToken cancel)
    {
        JsonElement made = await Client.CreateAsync(collection, wrapper, fields, cancel);
        (await LoadAsync(collection, cancel))[Text(made, "id")!] = made;
        return made;
    }

    /// <summary>Forgets a collection, so that the next look reads it again.</summary>
    public void Forget(string collection) => collections.TryRemove(collection, out _);

    /// <summary>A member as text; null when it is missing or null.</summary>
    public static string? Text(JsonElement item, string member) => item.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();

    private async Task<ConcurrentDictionary<string, JsonElement>> LoadAsync(string collection, CancellationToken cancel)
    {
        Lazy<Task<ConcurrentDictionary<string, JsonElement>>> load = collections.GetOrAdd(collection, name => new(() => ReadAsync(name, cancel)));
        try
        {
            return await load.Value;
        }
        catch
        {
            // A failed read must not be what every later look sees.
            collections.TryRemove(KeyValuePair.Create(collection, load));
            throw;
        }
    }

    private async Task<ConcurrentDictionary<string, JsonElement>> ReadAsync(string collection, CancellationToken cancel) =>
        new((await Client.ListAsync(collection, collection, cancel)).Select(item => KeyValuePair.Create(Text(item, "id")!, item)));
}
