using System.Globalization;

namespace KollaNet.MariaDb;

/// <summary>Takes a SQLAlchemy database URL apart.</summary>
internal static class ConnectionUrl
{
    public static MariaDbSettings Parse(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        string rest = AfterScheme(url.Trim());
        (rest, string? query) = Split(rest, '?');
        int at = rest.IndexOf('@');
        if (at < 0)
            throw Wrong("it names no user (expected user:password@host)");

        // A password may contain a raw slash, so the credentials end at the first '@' and not at a '/'.
        (string user, string? password) = Split(rest[..at], ':');
        (string hostAndPort, string? database) = Split(rest[(at + 1)..], '/');
        (string host, int port) = HostAndPort(hostAndPort);
        var settings = new MariaDbSettings
        {
            Host = host,
            Port = port,
            User = user.Length > 0 ? Uri.UnescapeDataString(user) : throw Wrong("its user is empty"),
            Password = Uri.UnescapeDataString(password ?? ""),
            Database = string.IsNullOrEmpty(database) ? null : Uri.UnescapeDataString(database),
        };
        return WithOptions(settings, query);
    }

    private static string AfterScheme(string url)
    {
        int end = url.IndexOf("://", StringComparison.Ordinal);
        string dialect = end < 0 ? "" : url[..end].Split('+')[0];
        return dialect is "mysql" or "mariadb"
            ? url[(end + 3)..]
            : throw Wrong("it does not start with mysql:// or mariadb:// (a driver such as +pymysql may follow the name)");
    }

    private static (string Host, int Port) HostAndPort(string text)
    {
        int close = text.StartsWith('[') ? text.IndexOf(']') : -1;
        int colon = text.IndexOf(':', close + 1);
        string host = close > 0 ? text[1..close] : colon < 0 ? text : text[..colon];
        if (host.Length == 0)
            throw Wrong("its host is empty");
        if (colon < 0)
            return (host, 3306);
        return int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536
            ? (host, port)
            : throw Wrong("its port is not a number from 1 to 65535");
    }

    private static MariaDbSettings WithOptions(MariaDbSettings settings, string? query)
    {
        bool verify = false, checkName = true, tls = false;
        foreach (string option in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            (string name, string? encoded) = Split(option, '=');
            string value = Uri.UnescapeDataString((encoded ?? "").Replace('+', ' '));
            switch (name)
            {
                case "connect_timeout": settings = settings with { ConnectTimeout = Seconds(name, value) }; break;
                case "read_timeout": settings = settings with { CommandTimeout = Seconds(name, value) }; break;
                case "ssl_ca": settings = settings with { TlsCaFile = value }; tls = verify = true; break;
                case "ssl_verify_cert": verify = Flag(name, value); tls = true; break;
                case "ssl_check_hostname": checkName = Flag(name, value); tls = true; break;
                case "unix_socket": throw Wrong("unix_socket is not supported; name a host");
                default:
                    if (name.StartsWith("ssl", StringComparison.Ordinal))
                        throw Wrong($"the option {name} is not supported (ssl_ca, ssl_verify_cert and ssl_check_hostname are)");
                    break;
            }
        }
        return !tls ? settings : settings with
        {
            TlsMode = !verify ? MariaDbTlsMode.Required : checkName ? MariaDbTlsMode.VerifyFull : MariaDbTlsMode.VerifyCa,
        };
    }

    private static TimeSpan Seconds(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            ? TimeSpan.FromSeconds(seconds)
            : throw Wrong($"{name} is not a whole number of seconds");

    private static bool Flag(string name, string value) => value.ToLowerInvariant() switch
    {
        "true" or "1" or "yes" => true,
        "false" or "0" or "no" => false,
        _ => throw Wrong($"{name} is neither true nor false"),
    };

    private static (string Before, string? After) Split(string text, char separator)
    {
        int at = text.IndexOf(separator);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }

    private static FormatException Wrong(string why) => new($"The database connection URL is not valid: {why}.");
}
