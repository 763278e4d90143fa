namespace KollaNet.ImageService.Configuration;

/// <summary>The part of the catalogue that this service only has to recognise.</summary>
internal static partial class GlanceOptionCatalog
{
    private const string ClientOptions = """
        auth_section auth_version auth_admin_prefix auth_host auth_port auth_protocol admin_user admin_password admin_tenant_name admin_token
        certfile keyfile interface http_request_max_retries cache memcached_servers memcache_security_strategy memcache_secret_key memcache_sasl_enabled
        memcache_username memcache_password memcache_pool_dead_retry memcache_pool_maxsize memcache_pool_socket_timeout memcache_pool_unused_timeout
        memcache_pool_conn_get_timeout memcache_use_advanced_pool memcache_tls_enabled memcache_tls_cafile memcache_tls_certfile memcache_tls_keyfile
        memcache_tls_allowed_ciphers include_service_catalog enforce_token_bind signing_dir user_id project_id tenant_id domain_id domain_name trust_id
        default_domain_id default_domain_name timeout collect_timing split_loggers service_name valid_interfaces endpoint_override
        """;

    // Section to names, separated by white space. Not a field: the catalog is initialised before the fields of this file.
    private static (string Section, string Names)[] Recognised =>
    [
        ("DEFAULT", """
            transport_url rpc_response_timeout control_exchange executor_thread_pool_size rpc_ping_enabled notification_driver node_staging_uri image_import_plugins
            backlog tcp_keepidle http_keepalive client_socket_timeout max_header_line conversion_format admin_role owner_is_tenant allow_additional_image_properties
            digest_algorithm location_strategy secure_proxy_ssl_header enable_v1_api enable_v2_api enabled_metadata_encryption lock_path data_api
            scrub_pool_size restore daemon disabled_notifications default_publisher_id
            hashing_chunk_size pydev_worker_debug_host pydev_worker_debug_port user_storage_quota_driver
            sync_enforcer_interval enforce_secure_rbac enable_v1_registry registry_host registry_port
            log_config_append log_date_format use_syslog use_journal syslog_log_facility use_stderr use_eventlog log_color watch_log_file log_rotate_interval
            log_rotate_interval_type max_logfile_count max_logfile_size_mb log_rotation_type logging_context_format_string logging_default_format_string
            logging_debug_format_suffix logging_exception_prefix logging_user_identity_format default_log_levels publish_errors instance_format instance_uuid_format
            rate_limit_interval rate_limit_burst rate_limit_except_level fatal_deprecations verbose run_external_periodic_tasks backdoor_port backdoor_socket
            log_options
            """),
        ("database", """
            backend slave_connection mysql_sql_mode mysql_wsrep_sync_wait connection_debug connection_trace pool_timeout use_db_reconnect db_retry_interval
            db_inc_retry_interval db_max_retry_interval db_max_retries sqlite_synchronous synchronous_reader connection_parameters min_pool_size
            """),
        ("keystone_authtoken", ClientOptions + " system_scope delay_auth_decision"),
        ("service_user", ClientOptions + " auth_type system_scope send_service_user_token auth_url username password project_name user_domain_name user_domain_id project_domain_name project_domain_id region_name cafile insecure"),
        ("oslo_limit", ClientOptions + " auth_type endpoint_interface service_type"),
        ("paste_deploy", "config_file"),
        ("oslo_middleware", "max_request_body_size secure_proxy_ssl_header http_basic_auth_user_file"),
        ("oslo_policy", "remote_content_type remote_ssl_verify_server_crt remote_ssl_ca_crt_file remote_ssl_client_crt_file remote_ssl_client_key_file remote_timeout"),
        ("image_format", "allow_luksv1"),
        ("os_glance_tasks_store", "filesystem_store_timeout"),
        ("os_glance_staging_store", "filesystem_store_timeout"),
        ("healthcheck", "path backends enable_by_file_paths allowed_source_ranges ignore_proxied_requests"),
        ("task", "task_executor work_dir"),
        ("taskflow_executor", "engine_mode conversion_format"),
        ("wsgi", "task_pool_threads python_interpreter"),
        ("glance_download_opts", "extra_properties"),
        ("barbican", "auth_endpoint barbican_api_version number_of_retries retry_delay send_service_user_token"),
        ("barbican_service_user", ClientOptions + " auth_type system_scope"),
        ("key_manager", "backend auth_type auth_url username password project_name fixed_key"),
        (StoreSectionName, """
            swift_store_ssl_compression swift_store_use_trusts
            s3_store_object_buffer_dir
            cinder_catalog_info cinder_endpoint_template cinder_os_region_name cinder_ca_certificates_file cinder_http_retries cinder_state_transition_timeout
            cinder_api_insecure cinder_store_auth_address cinder_store_user_name cinder_store_password cinder_store_project_name cinder_store_user_domain_name
            cinder_store_project_domain_name cinder_volume_type cinder_enforce_multipath cinder_use_multipath cinder_mount_point_base cinder_do_extend_attached
            cinder_store_auth_version rootwrap_config
            https_insecure https_ca_certificates_file http_proxy_information
            vmware_server_host vmware_server_username vmware_server_password vmware_api_retry_count vmware_task_poll_interval vmware_store_image_dir vmware_insecure
            vmware_ca_file vmware_datastores filesystem_store_chunk_size filesystem_store_timeout
            """),
    ];

    private const string StoreSectionName = OptionDefinition.StoreSection;

    /// <summary>Sections of libraries that this service does not use; nothing in them is checked.</summary>
    private static readonly string[] ForeignSections =
        ["oslo_messaging", "oslo_concurrency", "oslo_reports", "profiler", "vault", "brick", "nova", "cinder", "swift_service", "keystone", "cache", "os_brick", "privsep"];

    /// <summary>True for the section of a library that this service does not use.</summary>
    public static bool IsForeign(string section) =>
        ForeignSections.Any(prefix => section.Equals(prefix, StringComparison.OrdinalIgnoreCase) || section.StartsWith(prefix + "_", StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<OptionDefinition> WithoutEffect() =>
        Recognised.SelectMany(group => group.Names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Distinct(), (group, name) => OptionTypes.Unused(group.Section, name));
}
