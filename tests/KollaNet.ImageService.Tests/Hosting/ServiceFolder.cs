namespace KollaNet.ImageService.Tests.Hosting;

/// <summary>Configuration, images and, unless another is named, the SQLite database of a <see cref="ServiceProcess"/>. They outlive the process, so that a next one can find them.</summary>
internal sealed class ServiceFolder(string? connection = null) : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("kollanet-process-").FullName;

    public string ConfigFile => Path.Combine(Root, "glance-api.conf");

    public string Connection => connection ?? $"sqlite:///{Root}/glance.sqlite";

    public string ImagesFolder => Path.Combine(Root, "images");

    /// <summary>Writes the configuration: one file store, no authentication, any free port of 127.0.0.1.</summary>
    /// <param name="options">Lines of <c>[DEFAULT]</c>, which come first, and more sections. They win.</param>
    public void Configure(string options = "") => File.WriteAllText(ConfigFile, $"""
        [DEFAULT]
        bind_host = 127.0.0.1
        bind_port = 0
        [database]
        connection = {Connection}
        [glance_store]
        filesystem_store_datadir = {ImagesFolder}
        [os_glance_staging_store]
        filesystem_store_datadir = {Root}/staging
        [DEFAULT]
        {options}
        """);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
