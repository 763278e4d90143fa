using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KollaNet.Engine.Rendering;

namespace KollaNet.Engine.Images;

/// <summary>An image as its folder <c>templates/SERVICE/images/NAME/</c> describes it: a Dockerfile template and the files it copies.</summary>
/// <param name="Name">The folder's name; the last part of the image's reference.</param>
/// <param name="Service">The service whose folder it lies in.</param>
/// <param name="Folder">Absolute.</param>
/// <param name="Programs">Folder in the build context to the project that is published into it.</param>
public sealed record ImageDefinition(string Name, string Service, string Folder, ImmutableSortedDictionary<string, string> Programs)
{
    /// <summary>Renders every <c>*.j2</c> file and reads the others.</summary>
    /// <returns>The build context, <c>Dockerfile</c> included, sorted by path.</returns>
    /// <exception cref="TemplateException">A template is wrong, or uses an undefined name.</exception>
    public ImmutableArray<ContextFile> Render(IVariables variables)
    {
        var files = ImmutableArray.CreateBuilder<ContextFile>();
        foreach (string path in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(Folder, path);
            if (name.EndsWith(ProgramEnding, StringComparison.Ordinal)) continue;
            bool isTemplate = name.EndsWith(".j2", StringComparison.Ordinal);
            byte[] content = isTemplate ? Encoding.UTF8.GetBytes(Template.Parse(File.ReadAllText(path), path).Render(variables)) : File.ReadAllBytes(path);
            files.Add(new ContextFile(isTemplate ? name[..^3] : name, content));
        }

        return files.ToImmutable();
    }

    /// <summary>A file <c>NAME.publish</c> holds a project's name: the published program goes into the context's folder <c>NAME</c>.</summary>
    internal const string ProgramEnding = ".publish";
}

/// <summary>A file of a build context.</summary>
/// <param name="Path">Relative to the context's root.</param>
public sealed record ContextFile(string Path, byte[] Content)
{
    /// <summary>The image a Dockerfile starts from; null when this is none.</summary>
    public string? Parent => Encoding.UTF8.GetString(Content).Split('\n')
        .Select(line => line.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .FirstOrDefault(words => words is [var verb, _, ..] && verb.Equals("FROM", StringComparison.OrdinalIgnoreCase))?[1];

    /// <summary>Adds path and content to a running hash.</summary>
    internal void AddTo(IncrementalHash hash)
    {
        hash.AppendData(Encoding.UTF8.GetBytes($"{Path}\n{Content.Length}\n"));
        hash.AppendData(Content);
    }
}
