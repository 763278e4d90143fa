namespace KollaNet.TestHost;

/// <summary>How a throwaway Swift is run from the product's own image: all four servers in one container, with tempauth and the S3 API.</summary>
internal static class SwiftContainer
{
    // Lives as long as its standard input: when the test process dies, however it dies, nothing stays behind.
    private const string Script = """
        set -eu
        for file in swift proxy-server account-server container-server object-server; do
          name="FILE_${file//-/_}"; printf '%s\n' "${!name}" > /etc/swift/$file.conf
        done
        mkdir -p /srv/node/d0 && chown -R swift:swift /srv/node
        swift_rings /var/lib/swift/rings 4 1 "object=$OBJECT_PORT" "container=$CONTAINER_PORT" "account=$ACCOUNT_PORT" 127.0.0.1/d0
        for server in account container object proxy; do
          bash -c "$START" start $server &
        done
        cat >/dev/null
        """;

    /// <summary>Starts one server inside the container, leaving its number for <see cref="Signal"/>.</summary>
    public const string Start = "echo $$ > /tmp/$1.pid; exec swift-$1-server /etc/swift/$1-server.conf --verbose";

    private const string Filters = "catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl s3api tempauth copy container-quotas account-quotas slo dlo versioned_writes symlink";

    /// <summary>Sends one server a signal, and waits for its end when it is one that ends it.</summary>
    public static string Signal(string server, string signal) =>
        $"pid=$(cat /tmp/{server}.pid); kill -{signal} $pid; case {signal} in TERM|KILL) while kill -0 $pid 2>/dev/null; do sleep 0.02; done;; esac";

    /// <summary>The environment of the <c>docker</c> client, which hands it on.</summary>
    /// <param name="ports">Of proxy, account, container, object and memcached, in this order.</param>
    /// <param name="listen">The proxy's address.</param>
    public static Dictionary<string, string> Environment(int[] ports, string listen) => new()
    {
        ["START"] = Start,
        ["ACCOUNT_PORT"] = $"{ports[1]}",
        ["CONTAINER_PORT"] = $"{ports[2]}",
        ["OBJECT_PORT"] = $"{ports[3]}",
        ["FILE_swift"] = "[swift-hash]\nswift_hash_path_prefix = test\nswift_hash_path_suffix = test\n[storage-policy:0]\nname = Policy-0\ndefault = yes",
        ["FILE_proxy_server"] = Proxy(listen, ports[0], ports[4]),
        ["FILE_account_server"] = Storage("account", ports[1]),
        ["FILE_container_server"] = Storage("container", ports[2]),
        ["FILE_object_server"] = Storage("object", ports[3]),
    };

    /// <summary>The arguments of <c>docker</c>.</summary>
    /// <param name="deviceBytes">Room on the one device.</param>
    /// <param name="network">As <c>docker run --network</c> takes it.</param>
    public static string[] RunArguments(string name, string image, Dictionary<string, string> environment, long deviceBytes, string network) =>
    [
        "run", "--rm", "--interactive", "--name", name, "--network", network, "--user", "root", "--tmpfs", $"/srv/node:rw,size={deviceBytes}",
        .. environment.Keys.SelectMany(key => new[] { "--env", key }), "--entrypoint", "/bin/bash", image, "-c", Script,
    ];

    private static string Proxy(string listen, int port, int memcachedPort) => $"""
        [DEFAULT]
        bind_ip = {listen}
        bind_port = {port}
        workers = 0
        user = swift
        swift_dir = /var/lib/swift/rings
        [pipeline:main]
        pipeline = {Filters} proxy-logging proxy-server
        [app:proxy-server]
        use = egg:swift#proxy
        account_autocreate = true
        node_timeout = 5
        conn_timeout = 1
        error_suppression_interval = 1
        [filter:cache]
        use = egg:swift#memcache
        memcache_servers = 127.0.0.1:{memcachedPort}
        [filter:tempauth]
        use = egg:swift#tempauth
        user_test_tester = testing .admin
        user_test_reader = reading
        {string.Join('\n', Filters.Split(' ').Where(filter => filter is not ("cache" or "tempauth")).Select(filter => $"[filter:{filter}]\nuse = egg:swift#{filter.Replace('-', '_')}"))}
        """;

    private static string Storage(string kind, int port) => $"""
        [DEFAULT]
        bind_ip = 127.0.0.1
        bind_port = {port}
        workers = 0
        user = swift
        swift_dir = /var/lib/swift/rings
        devices = /srv/node
        mount_check = false
        [pipeline:main]
        pipeline = healthcheck recon {kind}-server
        [app:{kind}-server]
        use = egg:swift#{kind}
        [filter:healthcheck]
        use = egg:swift#healthcheck
        [filter:recon]
        use = egg:swift#recon
        """;
}
