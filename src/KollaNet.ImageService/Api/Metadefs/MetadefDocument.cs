using System.Text.Json;
using KollaNet.ImageService.Metadata.Metadefs;

namespace KollaNet.ImageService.Api.Metadefs;

/// <summary>Writes metadata definitions as documents, in Glance's order of keys; what is not set is left out. Source: image-api reference 2.14.</summary>
public static class MetadefDocument
{
    /// <summary>The path of namespaces.</summary>
    public const string Path = "/v2/metadefs/namespaces";

    /// <summary>A namespace with all that is given with it.</summary>
    /// <param name="prefix">Stands before the names of properties.</param>
    public static void Write(PythonJsonWriter json, MetadefContents contents, string prefix = "")
    {
        MetadefNamespace of = contents.Namespace;
        json.BeginObject();
        Text(json, "namespace", of.Name);
        Text(json, "display_name", of.DisplayName);
        Text(json, "description", of.Description);
        Text(json, "visibility", of.IsPublic ? "public" : "private");
        json.Name("protected");
        json.Bool(of.IsProtected);
        Text(json, "owner", of.Owner);
        Times(json, of.CreatedAt, of.UpdatedAt);
        if (!contents.Associations.IsEmpty) List(json, "resource_type_associations", contents.Associations, one => Write(json, one));
        if (!contents.Properties.IsEmpty) Properties(json, contents.Properties, prefix);
        if (!contents.Objects.IsEmpty) List(json, "objects", contents.Objects, one => Write(json, of, one, prefix));
        if (!contents.Tags.IsEmpty) List(json, "tags", contents.Tags, one => WriteName(json, one));
        Text(json, "self", $"{Path}/{of.Name}");
        Text(json, "schema", "/v2/schemas/metadefs/namespace");
        json.EndObject();
    }

    /// <summary>An association.</summary>
    public static void Write(PythonJsonWriter json, MetadefAssociation association)
    {
        json.BeginObject();
        Text(json, "name", association.Name);
        Text(json, "prefix", association.Prefix);
        Text(json, "properties_target", association.PropertiesTarget);
        Times(json, association.CreatedAt, association.UpdatedAt);
        json.EndObject();
    }

    /// <summary>A resource type.</summary>
    public static void Write(PythonJsonWriter json, MetadefResourceType type)
    {
        json.BeginObject();
        Text(json, "name", type.Name);
        Times(json, type.CreatedAt, type.UpdatedAt);
        json.EndObject();
    }

    /// <summary>An object.</summary>
    /// <param name="prefix">Stands before the names of properties.</param>
    public static void Write(PythonJsonWriter json, MetadefNamespace of, MetadefObject one, string prefix = "")
    {
        json.BeginObject();
        Text(json, "name", one.Name);
        List(json, "required", one.Required, name => json.Text(prefix + name));
        Text(json, "description", one.Description);
        json.Name("properties");
        PropertyDocument.WriteAll(json, one.Properties, prefix);
        Times(json, one.CreatedAt, one.UpdatedAt);
        Text(json, "self", $"{Path}/{of.Name}/objects/{one.Name}");
        Text(json, "schema", "/v2/schemas/metadefs/object");
        json.EndObject();
    }

    /// <summary>A tag.</summary>
    public static void Write(PythonJsonWriter json, MetadefTag tag)
    {
        json.BeginObject();
        Text(json, "name", tag.Name);
        Times(json, tag.CreatedAt, tag.UpdatedAt);
        json.EndObject();
    }

    /// <summary>A tag inside something.</summary>
    public static void WriteName(PythonJsonWriter json, MetadefTag tag)
    {
        json.BeginObject();
        Text(json, "name", tag.Name);
        json.EndObject();
    }

    /// <summary>The member <c>properties</c>.</summary>
    /// <param name="prefix">Stands before every name.</param>
    public static void Properties(PythonJsonWriter json, IEnumerable<MetadefProperty> properties, string prefix = "")
    {
        json.Name("properties");
        json.BeginObject();
        foreach (MetadefProperty one in properties)
        {
            using JsonDocument definition = JsonDocument.Parse(one.Schema);
            json.Name(prefix + one.Name);
            PropertyDocument.Write(json, definition.RootElement);
        }

        json.EndObject();
    }

    /// <summary>A member that is a list.</summary>
    public static void List<T>(PythonJsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.Name(name);
        json.BeginArray();
        foreach (T item in items) write(item);
        json.EndArray();
    }

    /// <summary>A member that is a text; nothing for null.</summary>
    public static void Text(PythonJsonWriter json, string name, string? value)
    {
        if (value is null) return;
        json.Name(name);
        json.Text(value);
    }

    private static void Times(PythonJsonWriter json, DateTime createdAt, DateTime? updatedAt)
    {
        json.Name("created_at");
        json.Time(createdAt);
        if (updatedAt is not { } changed) return;
        json.Name("updated_at");
        json.Time(changed);
    }
}
