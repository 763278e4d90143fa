using System.Collections.Immutable;
using System.Net;
using System.Text.Json;

namespace KollaNet.Engine.Containers.Docker;

// Images: what is there, and the ways to get one.
public sealed partial class DockerEngine
{
    /// <summary>How much of a failed build's output goes into the error.</summary>
    private const int BuildTailLines = 20;

    /// <inheritdoc/>
    public async Task<ImmutableArray<ObservedImage>> ListImagesAsync(string? label, CancellationToken cancel)
    {
        DockerCall call = new(HttpMethod.Get, $"/images/json{Filter("?", label)}", "The images could not be listed.");
        List<ImageSummary> images = await api.AskAsync(call, DockerJson.Default.ListImageSummary, cancel) ?? [];
        return [.. images.Select(DockerTranslation.ToImage).OrderBy(image => image.References.FirstOrDefault() ?? image.Id, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task<ObservedImage?> FindImageAsync(string reference, CancellationToken cancel) =>
        await api.FindAsync($"{ImagePathOf(reference)}/json", $"Image {reference} could not be looked at.", DockerJson.Default.ImageAnswer, cancel) is { } answer ? DockerTranslation.ToImage(answer) : null;

    /// <inheritdoc/>
    public async Task PullImageAsync(string reference, RegistryLogin? login, IProgress<string> progress, CancellationToken cancel)
    {
        string what = $"Image {reference} could not be pulled.";
        (string name, string tag) = DockerTranslation.SplitReference(reference);
        DockerCall call = new(HttpMethod.Post, $"/images/create?fromImage={Uri.EscapeDataString(name)}&tag={Uri.EscapeDataString(tag)}", what)
        {
            RegistryAuth = login is null ? null : ToHeader(login),
        };
        using HttpResponseMessage response = await api.SendAsync(call, cancel);
        Dictionary<string, string> reported = [];
        await foreach (ProgressMessage message in api.StreamAsync(response, DockerJson.Default.ProgressMessage, cancel))
        {
            if (message.Error is { } error) throw new EngineException(what, error.Trim(), "check docker_registry and docker_namespace, or build it: kollanet build");
            // A layer reports every few kilobytes; only a change of its state is news.
            if (message.Status is not { } status || (message.Id is { } id && reported.TryGetValue(id, out string? last) && last == status)) continue;
            if (message.Id is not null) reported[message.Id] = status;
            progress.Report(message.Id is null ? status : $"{message.Id}: {status}");
        }
    }

    /// <inheritdoc/>
    public async Task<string> BuildImageAsync(BuildRequest request, Stream context, IProgress<string> progress, CancellationToken cancel)
    {
        string labels = JsonSerializer.Serialize(request.Labels, DockerJson.Default.IReadOnlyDictionaryStringString);
        string query = $"t={Uri.EscapeDataString(request.Tag)}&labels={Uri.EscapeDataString(labels)}&networkmode={Uri.EscapeDataString(request.NetworkMode)}&nocache={(request.NoCache ? 1 : 0)}&rm=1&forcerm=1";
        using HttpResponseMessage response = await api.SendAsync(Upload($"/build?{query}", $"Image {request.Tag} could not be built.", context), cancel);
        BuildOutput output = new(progress, BuildTailLines);
        string? id = null;
        await foreach (ProgressMessage message in api.StreamAsync(response, DockerJson.Default.ProgressMessage, cancel))
        {
            if (message.Error is { } error) throw new ImageBuildException(request.Tag, output.Explain(error));
            output.Add(message.Stream);
            id = message.Aux?.Id ?? id;
        }
        output.Flush();
        return id ?? throw new ImageBuildException(request.Tag, output.Explain("the engine ended the build without naming an image"));
    }

    /// <inheritdoc/>
    public async Task<string> ImportImageAsync(string reference, Stream rootfsTar, ImmutableArray<string> changes, CancellationToken cancel)
    {
        string what = $"Image {reference} could not be imported.";
        (string name, string tag) = DockerTranslation.SplitReference(reference);
        string query = $"fromSrc=-&repo={Uri.EscapeDataString(name)}&tag={Uri.EscapeDataString(tag)}" + string.Concat(changes.Select(change => $"&changes={Uri.EscapeDataString(change)}"));
        using HttpResponseMessage response = await api.SendAsync(Upload($"/images/create?{query}", what, rootfsTar), cancel);
        string? id = null;
        await foreach (ProgressMessage message in api.StreamAsync(response, DockerJson.Default.ProgressMessage, cancel))
        {
            if (message.Error is { } error) throw new EngineException(what, error.Trim());
            id = message.Status ?? id;
        }
        return id ?? throw new EngineException(what, "the engine named no id for it");
    }

    /// <inheritdoc/>
    public async Task<bool> RemoveImageAsync(string reference, CancellationToken cancel) =>
        await api.DoAsync(new(HttpMethod.Delete, ImagePathOf(reference), $"Image {reference} could not be removed.") { Accept = [HttpStatusCode.NotFound] }, cancel) is not HttpStatusCode.NotFound;

    /// <summary>The API takes a reference's slashes as they are.</summary>
    private static string ImagePathOf(string reference) => $"/images/{Uri.EscapeDataString(reference).Replace("%2F", "/", StringComparison.Ordinal)}";

    private static DockerCall Upload(string path, string what, Stream tar) =>
        new(HttpMethod.Post, path, what) { Body = new StreamContent(tar) { Headers = { { "Content-Type", "application/x-tar" } } }, IsUpload = true };

    private static string ToHeader(RegistryLogin login) =>
        Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(new RegistryAuth(login.Username, login.Password, login.Server), DockerJson.Default.RegistryAuth)).Replace('+', '-').Replace('/', '_');

    /// <summary>Puts a build's output together from its pieces, line by line, and remembers the end of it.</summary>
    private sealed class BuildOutput(IProgress<string> progress, int tailLines)
    {
        private readonly Queue<string> tail = new();
        private string partial = "";

        public void Add(string? piece)
        {
            string[] lines = (partial + piece).Split('\n');
            partial = lines[^1];
            foreach (string line in lines[..^1]) Report(line);
        }

        public void Flush()
        {
            if (partial.Length > 0) Report(partial);
            partial = "";
        }

        public string Explain(string error)
        {
            Flush();
            return tail.Count == 0 ? error.Trim() : $"{error.Trim()}\nIts output ends:\n  {string.Join("\n  ", tail)}";
        }

        private void Report(string line)
        {
            // A progress bar rewrites its line: its last state is the line.
            string shown = line.TrimEnd('\r', ' ');
            shown = shown[(shown.LastIndexOf('\r') + 1)..];
            if (shown.Length == 0) return;
            progress.Report(shown);
            tail.Enqueue(shown);
            if (tail.Count > tailLines) tail.Dequeue();
        }
    }
}
