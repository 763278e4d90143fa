using System.Collections.Immutable;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;
using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Tests.Metadata;

/// <summary>Images and callers for tests.</summary>
internal static class SampleImages
{
    public const string Ours = "0ffe0000000000000000000000000001";
    public const string Theirs = "7be10000000000000000000000000002";

    public static readonly DateTime Noon = new(2026, 7, 22, 12, 0, 0, DateTimeKind.Utc);
    public static readonly DateTime Later = Noon.AddHours(1);

    public static Caller Admin { get; } = new() { ProjectId = "ad0000000000000000000000000000ff", IsAdmin = true };

    public static Caller Owner { get; } = new() { ProjectId = Ours };

    public static Caller Stranger { get; } = new() { ProjectId = Theirs };

    public static Caller Nobody { get; } = new() { IsReadOnly = true };

    /// <summary>Known, but of no project.</summary>
    public static Caller Projectless { get; } = new();

    public static ImmutableArray<SortKey> NewestFirst { get; } = [new("created_at", true), new("id", true)];

    public static Image New(string? name = "cirros") => new()
    {
        Id = Guid.NewGuid().ToString(),
        Name = name,
        Status = ImageStatus.Queued,
        Owner = Ours,
        DiskFormat = "qcow2",
        ContainerFormat = "bare",
        CreatedAt = Noon,
        UpdatedAt = Noon,
    };

    public static ImageQuery Query => new() { Limit = 1000, Sort = NewestFirst };

    public static ImageLocation At(string url, string store = "file") =>
        new(0, url, ImmutableSortedDictionary<string, string>.Empty.Add("store", store));
}
