using System.Collections.Immutable;
using KollaNet.Engine.Hosts;

namespace KollaNet.Engine.Steps;

/// <summary>Writes one configuration file, whole or not at all.</summary>
public sealed record WriteFileStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After, HostFile File) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        await on.Host(Id.Host).Files.WriteAsync(File, cancel);
        return StepResult.Did($"written ({File.Content.Length} bytes)");
    }
}

/// <summary>Deletes a file that we rendered earlier and that is no longer wanted.</summary>
/// <param name="FolderToo">Its folder goes too when nothing else is left in it.</param>
public sealed record DeleteFileStep(StepId Id, string Service, string Because, ImmutableArray<StepId> After, bool FolderToo = false) : Step(Id, Service, Because, After)
{
    /// <inheritdoc/>
    public override async Task<StepResult> RunAsync(StepContext on, CancellationToken cancel)
    {
        IHostFiles files = on.Host(Id.Host).Files;
        bool was = await files.DeleteAsync(Id.Subject, cancel);
        if (FolderToo && await files.DeleteEmptyFolderAsync(Path.GetDirectoryName(Id.Subject)!, cancel)) return StepResult.Did("deleted, with its folder");
        return was ? StepResult.Did("deleted") : StepResult.Unchanged("was gone already");
    }
}
