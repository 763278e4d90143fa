using System.Collections.Immutable;
using static KollaNet.ImageService.Configuration.OptionTypes;

namespace KollaNet.ImageService.Configuration;

/// <summary>The options of running the service: how it listens, logs, stops and is watched.</summary>
internal static partial class GlanceOptionCatalog
{
    internal static class Operations
    {
        private const string Cors = "cors", Health = "healthcheck", Metrics = "metrics";

        public static readonly Option<string?> CertFile = OptionalText(Default, "cert_file", "Certificate to serve HTTPS with, PEM, with its chain; read again when it changes.");
        public static readonly Option<string?> KeyFile = OptionalText(Default, "key_file", "Its private key, PEM.");
        public static readonly Option<string?> CaFile = OptionalText(Default, "ca_file", "Authorities, PEM; clients then need a certificate that one of them signed.");
        public static readonly Option<int> GracefulShutdownTimeout = Whole(Default, "graceful_shutdown_timeout", 30, "Seconds that running requests may take to end when the service stops.", 1);
        public static readonly Option<bool> UseJson = Flag(Default, "use_json", false, "Log one JSON object per line, with oslo.log's fields.");

        // Source: oslo.middleware CORS options; the defaults of the last three are Glance's.
        public static readonly Option<ImmutableArray<string>> AllowedOrigin = List(Cors, "allowed_origin", "", "Origins whose pages may call this API; * for any.");
        public static readonly Option<bool> AllowCredentials = Flag(Cors, "allow_credentials", true, "Tell browsers that such calls may carry credentials.");
        public static readonly Option<ImmutableArray<string>> ExposeHeaders = List(
            Cors, "expose_headers", "X-Image-Meta-Checksum,X-Auth-Token,X-Subject-Token,X-Service-Token,X-OpenStack-Request-ID", "Response headers that such pages may read.");
        public static readonly Option<int> MaxAge = Whole(Cors, "max_age", 3600, "Seconds that browsers may remember the permission.");
        public static readonly Option<ImmutableArray<string>> AllowMethods = List(Cors, "allow_methods", "GET,PUT,POST,DELETE,PATCH", "Methods that such pages may use.");
        public static readonly Option<ImmutableArray<string>> AllowHeaders = List(
            Cors, "allow_headers",
            "Content-MD5,X-Image-Meta-Checksum,X-Storage-Token,Accept-Encoding,X-Auth-Token,X-Identity-Status,X-Roles,X-Service-Catalog,X-User-Id,X-Tenant-Id,X-OpenStack-Request-ID",
            "Request headers that such pages may send.");

        // Source: oslo.middleware healthcheck options.
        public static readonly Option<bool> HealthDetailed = Flag(Health, "detailed", false, "Answer /healthcheck with JSON that says what works and what does not.");
        public static readonly Option<string> DisableByFilePath = Text(Health, "disable_by_file_path", "/etc/glance/healthcheck_disable", "While this file exists, /healthcheck answers 503.");
        public static readonly Option<ImmutableArray<string>> DisableByFilePaths = List(Health, "disable_by_file_paths", "", "The same as port:path, for services on these ports only.");
        public static readonly Option<int> DrainDelay = Whole(Health, "drain_delay", 0, "Seconds that a stopping service goes on, with /healthcheck at 503, before it stops to listen. Our own addition.", 0);

        public static readonly Option<bool> MetricsEnabled = Flag(Metrics, "enabled", false, "Serve Prometheus metrics as /metrics beside the API, to anyone. Our own addition.");
        public static readonly Option<int?> MetricsPort = OptionalWhole(Metrics, "bind_port", "Port of a listener of its own for /metrics. Our own addition.", 0);
        public static readonly Option<string> MetricsHost = Text(Metrics, "bind_host", "127.0.0.1", "Address of that listener. Our own addition.");

        public static readonly ImmutableArray<OptionDefinition> All =
        [
            CertFile, KeyFile, CaFile, GracefulShutdownTimeout, UseJson,
            AllowedOrigin, AllowCredentials, ExposeHeaders, MaxAge, AllowMethods, AllowHeaders,
            HealthDetailed, DisableByFilePath, DisableByFilePaths, DrainDelay, MetricsEnabled, MetricsPort, MetricsHost,
        ];
    }
}
