namespace KollaNet.Engine.Planning;

/// <summary>Labels by which we know what is ours, and what it was made from.</summary>
public static class OurLabels
{
    /// <summary>On containers and volumes: the site they belong to.</summary>
    public const string Site = "kollanet_site";

    /// <summary>On containers and volumes: the service they belong to.</summary>
    public const string Service = "kollanet_service";

    /// <summary>On containers: what they were made from, as <see cref="SpecText"/> writes it.</summary>
    public const string Spec = "kollanet_spec";

    /// <summary>On containers: hash of the configuration files they were made with.</summary>
    public const string Config = "kollanet_config";

    /// <summary>On volumes: a number of its own, which tells a volume from its namesake made later. The engine's creation time does not: it is the folder's change time.</summary>
    public const string VolumeId = "kollanet_id";

    /// <summary>On one-shot containers: the volumes they worked on, with the number of each.</summary>
    public const string Volumes = "kollanet_volumes";

    /// <summary>On images that we built: the site's <c>docker_image_url</c>, so that two sites on a host keep apart.</summary>
    public const string Image = "kollanet_image";

    /// <summary>Kolla's own label, on images and so on its containers.</summary>
    public const string Kolla = "kolla_version";
}
