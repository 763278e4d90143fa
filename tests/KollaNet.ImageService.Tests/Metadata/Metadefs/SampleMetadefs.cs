using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Tests.Metadata.Metadefs;

/// <summary>Namespaces for tests.</summary>
internal static class SampleMetadefs
{
    public static MetadefNamespace Namespace(string name, string owner = SampleImages.Ours, bool isPublic = false, bool isProtected = false) => new()
    {
        Name = name,
        Owner = owner,
        IsPublic = isPublic,
        IsProtected = isProtected,
        CreatedAt = SampleImages.Noon,
        UpdatedAt = SampleImages.Noon,
    };

    public static MetadefAssociation Association(string name, string? prefix = null) => new() { Name = name, Prefix = prefix, CreatedAt = SampleImages.Noon };

    public static MetadefProperty Property(string name, string schema = "{\"title\":\"T\",\"type\":\"string\"}") =>
        new() { Name = name, Schema = schema, CreatedAt = SampleImages.Noon };

    public static MetadefObject Object(string name) => new() { Name = name, CreatedAt = SampleImages.Noon };

    public static MetadefTag Tag(string name) => new() { Name = name, CreatedAt = SampleImages.Noon };

    public static MetadefContents Full(string name, bool isProtected = false) => new(Namespace(name, isProtected: isProtected) with { DisplayName = "Full", Description = "Everything" })
    {
        Associations = [Association("OS::Test::Server", "hw:") with { PropertiesTarget = "image" }, Association("OS::Test::Volume")],
        Properties = [Property("cores", "{\"title\":\"Cores\",\"type\":\"integer\",\"minimum\":1}"), Property("arch")],
        Objects = [Object("quota") with { Description = "d", Required = ["a", "b"], Properties = "{\"a\":{\"title\":\"A\",\"type\":\"string\"}}" }, Object("bare")],
        Tags = [Tag("one"), Tag("two")],
    };
}
