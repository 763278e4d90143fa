using System.Net.Sockets;
using System.Security.Authentication;
using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Stores.Rbd;

namespace KollaNet.ImageService.Stores.Trials;

/// <summary>What the failures of stores mean to an operator, and what to do about them.</summary>
internal static class StoreAdvice
{
    /// <summary>Whether it is a failure of a backend rather than of this program.</summary>
    public static bool IsKnown(Exception failure) => failure is StoreForbidsWritingException or StoreFullException or StoreFailedException or StoreUnreachableException
        or ImageDataMissingException or ImageDataInUseException or IOException or UnauthorizedAccessException;

    /// <summary>What happened. That nobody answers says little without what is below it.</summary>
    public static string Why(Exception failure)
    {
        if (failure is not StoreUnreachableException) return failure.Message;
        var words = new List<string>();
        for (Exception? at = failure; at is not null; at = at.InnerException)
            if (!words.Exists(word => word.Contains(at.Message, StringComparison.Ordinal))) words.Add(at.Message);
        return string.Join(' ', words.Select(word => word.TrimEnd().TrimEnd('.') + "."));
    }

    /// <summary>What to do, without a full stop.</summary>
    public static string Next(StoreOptions store, Exception failure)
    {
        if (Find<AuthenticationException>(failure) is not null) return Untrusted(store);
        if (Find<CephException>(failure) is { } ceph && store.Rbd is { } rbd) return RbdAdvice.Next(rbd, ceph);
        return failure switch
        {
            StoreFullException => Full(store),
            StoreForbidsWritingException => Forbidden(store),
            StoreFailedException => "do what the reason says; if it says nothing, the backend's own log does",
            StoreUnreachableException when Find<SocketException>(failure) is { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
                $"correct the name, or the name service of this host; {Unreachable(store)}",
            _ => Unreachable(store),
        };
    }

    /// <summary>For a backend that does not answer.</summary>
    public static string Unreachable(StoreOptions store) => store.Type switch
    {
        "swift" => "check auth_address of the Swift store and the object-store endpoint in Keystone's catalog, that both run, and that this host reaches them",
        "s3" => "check s3_store_host, that the service runs, and that this host reaches it",
        "rbd" => $"check mon_host in {store.Rbd?.CephConf}, that monitors and OSDs run (ceph -s), and that this host reaches them",
        "file" => $"check that what is mounted at {Folders(store)} is there and answers (for NFS: that its server runs)",
        _ => "check that the backend runs and that this host reaches it",
    };

    private static string Forbidden(StoreOptions store) => store.Type switch
    {
        "swift" => "correct user and key of the Swift store, or give the user a role in its project that Swift takes for an operator (admin or member)",
        "s3" => "correct s3_store_access_key and s3_store_secret_key, or let this key write to the bucket",
        "file" => $"make {Folders(store)} writable for the user of the image service (on the host: chown 42415:42415; on NFS on its server), and see that it is not mounted read-only",
        _ => "let the store's user write",
    };

    private static string Full(StoreOptions store) => store.Type switch
    {
        "swift" => "raise the quota of the container or the account, or add devices to the ring",
        "s3" => "raise the quota of the bucket or its owner",
        "file" => $"make room on the file system of {Folders(store)}, or raise its quota",
        _ => "make room there",
    };

    private static string Untrusted(StoreOptions store) => (store.Type switch
    {
        "swift" => "name the authority's certificate in swift_store_cacert",
        "s3" => "name the authority's certificate in s3_store_cacert",
        _ => "make the server's authority known on this host",
    }) + ", or give the server a certificate for the name it is reached by; see also that the clocks are right";

    private static string Folders(StoreOptions store) => string.Join(", ", store.DataFolders.Select(folder => folder.Path));

    private static T? Find<T>(Exception failure)
        where T : Exception
    {
        for (Exception? at = failure; at is not null; at = at.InnerException)
            if (at is T found) return found;
        return null;
    }
}
