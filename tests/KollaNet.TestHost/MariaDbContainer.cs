namespace KollaNet.TestHost;

/// <summary>How a throwaway MariaDB is run: the one place that names the image and its start command.</summary>
internal static class MariaDbContainer
{
    /// <summary>Any image with mariadbd, mariadb-install-db and the mariadb client in it will do.</summary>
    public const string Image = "peer-mariadb";

    /// <summary>Where the server listens inside the container, for commands run there.</summary>
    public const string Socket = "/run/mysqld/mysqld.sock";

    /// <summary>Stops the server process and returns when it is gone; the loop in <see cref="Script"/> then starts it anew.</summary>
    public const string StopServer =
        "pid=$(cat /run/mysqld/test.pid); kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.02; done";

    // The data lives in a tmpfs, which a container restart would empty, so the server restarts inside its container.
    // The container lives as long as its standard input: when the test process dies, however it dies, nothing stays behind.
    private const string Script = """
        set -eu
        mkdir -p /run/mysqld; chown mysql:mysql /run/mysqld /var/lib/mysql
        if [ -n "${TEST_TLS_PEM:-}" ]; then
          printf '%s' "$TEST_TLS_PEM" > /run/mysqld/tls.pem; chown mysql:mysql /run/mysqld/tls.pem; chmod 400 /run/mysqld/tls.pem
          set -- --ssl-cert=/run/mysqld/tls.pem --ssl-key=/run/mysqld/tls.pem
        fi
        mariadb-install-db --no-defaults --user=mysql --datadir=/var/lib/mysql --skip-test-db --auth-root-authentication-method=socket >/dev/null
        while :; do
          mariadbd --no-defaults --user=mysql --datadir=/var/lib/mysql --socket=/run/mysqld/mysqld.sock --pid-file=/run/mysqld/test.pid \
            --bind-address=127.0.0.1 --port="$DB_PORT" --skip-name-resolve --max-connections=500 \
            --character-set-server=utf8mb3 --collation-server=utf8mb3_general_ci --max-allowed-packet=64M \
            --innodb-buffer-pool-size=64M --innodb-log-file-size=64M --innodb-flush-log-at-trx-commit=0 "$@" || sleep 0.2
        done & cat >/dev/null
        """;

    /// <summary>The arguments of <c>docker</c> that run the server on <paramref name="port"/> of the loopback interface.</summary>
    public static string[] RunArguments(string name, int port) =>
    [
        "run", "--rm", "--interactive", "--name", name, "--network", "host", "--user", "root",
        "--tmpfs", "/var/lib/mysql:rw,size=2g", "--env", $"DB_PORT={port}", "--env", "TEST_TLS_PEM",
        "--entrypoint", "/bin/sh", Image, "-c", Script, "mariadb",
    ];
}
