using System.Collections.Immutable;
using KollaNet.Engine.Planning;
using KollaNet.Engine.Rendering;
using KollaNet.Engine.Steps;

namespace KollaNet.Engine.Images;

/// <summary>Which images are built, and in which order: each after the image it starts from and the programs it holds.</summary>
public static class ImagePlan
{
    /// <summary>Every variable a Dockerfile sees is the site's, besides <c>rootfs_image</c>, <c>apt_sources</c> and <c>apt_options</c>.</summary>
    /// <param name="definitions">Every image that has a folder.</param>
    /// <param name="wanted">Names of those to build; what they start from is built too.</param>
    /// <param name="rootfs">Makes the first image.</param>
    /// <param name="program">Finds a program by its project name.</param>
    /// <exception cref="KollaNetException">An image starts from one that nothing makes, or from itself.</exception>
    public static Plan Of(
        ImmutableArray<ImageDefinition> definitions, IReadOnlySet<string> wanted, IVariables variables, RootfsStep rootfs, Func<string, PublishProgramStep> program)
    {
        string prefix = Text(variables, "docker_image_url"), tag = Text(variables, "openstack_tag");
        var byReference = definitions.ToDictionary(definition => $"{prefix}{definition.Name}:{tag}");
        var steps = new Dictionary<string, Step> { [rootfs.Reference] = rootfs };
        var programs = new Dictionary<string, PublishProgramStep>();
        foreach ((string reference, ImageDefinition definition) in byReference)
            if (wanted.Contains(definition.Name)) Add(reference, []);
        return new Plan([.. programs.Values, .. steps.Values], []);

        Step Add(string reference, ImmutableArray<string> children)
        {
            if (steps.TryGetValue(reference, out Step? known)) return known;
            if (children.Contains(reference) || !byReference.TryGetValue(reference, out ImageDefinition? definition))
            {
                throw new KollaNetException($"Image {children.LastOrDefault() ?? reference} cannot be built.", $"its Dockerfile starts FROM {reference}, which nothing makes",
                    $"start it from {rootfs.Reference} or from an image that has a folder");
            }

            ImmutableArray<ContextFile> context = definition.Render(variables);
            string parent = context.FirstOrDefault(file => file.Path == "Dockerfile")?.Parent
                ?? throw new KollaNetException($"Image {reference} cannot be built.", $"{definition.Folder} has no Dockerfile.j2 with a FROM line");
            Step parentStep = Add(parent, [.. children, reference]);
            var contents = definition.Programs.Select(entry => (entry.Key, Program(entry.Value))).ToImmutableArray();
            ImmutableArray<StepId> after = [parentStep.Id, .. contents.Select(content => content.Item2.Id)];
            return steps[reference] = new BuildImageStep(rootfs.HostName, reference, rootfs.Site, definition.Service, parent, context, contents, after);
        }

        PublishProgramStep Program(string project) => programs.TryGetValue(project, out PublishProgramStep? known) ? known : programs[project] = program(project);
    }

    /// <exception cref="KollaNetException">Nothing defines the variable.</exception>
    internal static string Text(IVariables variables, string name) => variables.TryGet(name, out object? value) && value is not null
        ? Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!
        : throw new KollaNetException($"Variable {name} is not defined.", "building images needs it", $"set {name} in globals.yml");
}
