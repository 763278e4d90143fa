namespace KollaNet.TestHost;

/// <summary>What a <see cref="PeerGlance"/> works on. The folder has the same path inside its container, so that locations mean the same to both services.</summary>
public sealed record PeerGlanceSite
{
    /// <summary>As <see cref="MariaDbServer.NewDatabaseAsync"/> returns it, or <c>sqlite:////path</c> below the folder.</summary>
    public required string Connection { get; init; }

    /// <summary>Holds <c>images/</c> of the store <c>fast</c>, <c>cheap/</c> of a second one, <c>staging/</c>, and the peer's own <c>peer-glance/</c>.</summary>
    public required string Folder { get; init; }

    /// <summary><c>enabled_backends</c>; the first is the default. Empty for the days of a single store, in <c>images/</c>.</summary>
    public string Stores { get; init; } = "fast:file";

    /// <summary>Takes uploads that name no store; null for the first.</summary>
    public string? DefaultStore { get; init; }

    /// <summary>More folders that it can read, with files that its options name.</summary>
    public IReadOnlyList<string> MoreFolders { get; init; } = [];

    /// <summary>Everybody is an administrator of <c>admin-project</c>, for clients that cannot say in headers who asks.</summary>
    public bool IsOpen { get; init; }

    /// <summary>More lines of <c>[DEFAULT]</c>.</summary>
    public string Default { get; init; } = "";

    /// <summary>More sections.</summary>
    public string Sections { get; init; } = "";

    /// <summary>Files that belong to the peer alone.</summary>
    internal string OwnFolder => Path.Combine(Folder, "peer-glance");

    /// <summary>Authentication is left to the test: whoever asks says who he is, in the headers that keystonemiddleware would set.</summary>
    internal static string Paste => """
        [pipeline:glance-api-trusting]
        pipeline = versionnegotiation context rootapp
        [pipeline:glance-api-open]
        pipeline = versionnegotiation everybody context rootapp
        [composite:rootapp]
        paste.composite_factory = glance.api:root_app_factory
        /: apiversions
        /v2: apiv2app
        [app:apiversions]
        paste.app_factory = glance.api.versions:create_resource
        [app:apiv2app]
        paste.app_factory = glance.api.v2.router:API.factory
        [filter:versionnegotiation]
        paste.filter_factory = glance.api.middleware.version_negotiation:VersionNegotiationFilter.factory
        [filter:context]
        paste.filter_factory = glance.api.middleware.context:ContextMiddleware.factory
        [filter:everybody]
        paste.filter_factory = everybody:factory

        """;

    /// <summary>The module <c>everybody</c>, which says who asks where nobody else does.</summary>
    internal static string Everybody => """
        def factory(global_conf, **local_conf):
            def wrap(app):
                def answer(environ, start_response):
                    environ.update(HTTP_X_IDENTITY_STATUS="Confirmed", HTTP_X_PROJECT_ID="admin-project", HTTP_X_USER_ID="user-of-admin-project", HTTP_X_ROLES="admin,member,reader")
                    return app(environ, start_response)
                return answer
            return wrap

        """;

    /// <summary>Text of <c>glance-api.conf</c>.</summary>
    internal string Configuration(int port) => $"""
        [DEFAULT]
        bind_host = 127.0.0.1
        bind_port = {port}
        workers = 1
        transport_url = fake://
        enforce_secure_rbac = true
        worker_self_reference_url = http://127.0.0.1:{port}
        enabled_import_methods = [glance-direct,web-download,copy-image]
        {(Stores.Length > 0 ? $"enabled_backends = {Stores}" : "")}
        {Default}
        [database]
        connection = {Connection}{(Connection.StartsWith("mysql", StringComparison.Ordinal) ? "?charset=utf8mb4" : "")}
        [glance_store]
        {(Stores.Length > 0 ? $"default_backend = {DefaultStore ?? Stores.Split(':')[0]}" : $"filesystem_store_datadir = {Folder}/images/")}
        [fast]
        filesystem_store_datadir = {Folder}/images/
        [cheap]
        filesystem_store_datadir = {Folder}/cheap/
        [os_glance_staging_store]
        filesystem_store_datadir = {Folder}/staging/
        [os_glance_tasks_store]
        filesystem_store_datadir = {OwnFolder}/tasks/
        [paste_deploy]
        flavor = {(IsOpen ? "open" : "trusting")}
        config_file = {OwnFolder}/paste.ini
        [oslo_policy]
        enforce_scope = true
        enforce_new_defaults = true
        [oslo_concurrency]
        lock_path = {OwnFolder}/locks
        [oslo_messaging_notifications]
        driver = noop
        {Sections}

        """;
}
