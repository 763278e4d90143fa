namespace KollaNet.TestHost;

/// <summary>How a throwaway MariaDB is run from the product's own image, by Kolla's contract.</summary>
internal static class MariaDbContainer
{
    /// <summary>Where the server listens inside the container, for commands run there.</summary>
    public const string Socket = "/run/mysqld/mysqld.sock";

    /// <summary>Stops the server process and returns when it is gone; the loop in <see cref="Script"/> then starts it anew.</summary>
    public const string StopServer =
        "pid=$(cat /run/mysqld/test.pid); kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.02; done";

    // The data lives in a tmpfs, which a container restart would empty, so the server restarts inside its container.
    // The container lives as long as its standard input: when the test process dies, however it dies, nothing stays behind.
    private const string Script = """
        set -eu
        if [ -n "${TEST_TLS_PEM:-}" ]; then
          (umask 077; printf '%s' "$TEST_TLS_PEM" > /run/mysqld/tls.pem)
        fi
        KOLLA_BOOTSTRAP= kolla_start
        unset DB_ROOT_PASSWORD
        while :; do kolla_start || sleep 0.2; done & cat >/dev/null
        """;

    // What config.json is to a deployed server, by the other way that Kolla's contract has for it.
    private static string Configuration(int port, bool tls) => $$"""
        {"command": "/usr/sbin/mariadbd --no-defaults --user=mysql --datadir=/var/lib/mysql --socket={{Socket}} --pid-file=/run/mysqld/test.pid
          --bind-address=127.0.0.1 --port={{port}} --skip-name-resolve --max-connections=500
          --character-set-server=utf8mb3 --collation-server=utf8mb3_general_ci --max-allowed-packet=64M
          --innodb-buffer-pool-size=64M --innodb-log-file-size=64M --innodb-flush-log-at-trx-commit=0{{(tls ? " --ssl-cert=/run/mysqld/tls.pem --ssl-key=/run/mysqld/tls.pem" : "")}}",
         "permissions": [{"path": "/var/lib/mysql", "owner": "mysql:mysql", "recurse": false}]}
        """.ReplaceLineEndings(" ");

    /// <summary>The environment of the <c>docker</c> client, which hands it on: nothing of it shows in a process list.</summary>
    public static Dictionary<string, string> Environment(int port, string rootPassword, string? tlsPem) => new()
    {
        ["DB_ROOT_PASSWORD"] = rootPassword,
        ["KOLLA_CONFIG"] = Configuration(port, tlsPem is not null),
        ["TEST_TLS_PEM"] = tlsPem ?? "",
    };

    /// <summary>The arguments of <c>docker</c> that make an empty database and serve it, the way the deployed image does both.</summary>
    public static string[] RunArguments(string name, string image) =>
    [
        "run", "--rm", "--interactive", "--name", name, "--network", "host", "--tmpfs", "/var/lib/mysql:rw,size=2g",
        "--env", "KOLLA_CONFIG", "--env", "KOLLA_CONFIG_STRATEGY=COPY_ALWAYS", "--env", "DB_ROOT_PASSWORD", "--env", "TEST_TLS_PEM",
        "--entrypoint", "/bin/bash", image, "-c", Script,
    ];
}
