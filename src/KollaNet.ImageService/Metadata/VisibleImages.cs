using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Images;

namespace KollaNet.ImageService.Metadata;

/// <summary>Who sees an image, as SQL over <c>images i</c> and, for one that was read, in code. Source: image-api reference 4.1; 1.4 for anonymous callers.</summary>
internal static class VisibleImages
{
    /// <summary>May be shown by id, but for what <see cref="IsShownToMembers"/> adds. The same as <see cref="Shown"/>.</summary>
    public static bool IsShown(Image image, Caller caller) => image.Status != ImageStatus.PendingDelete
        && (caller.IsReadOnly
            ? image.Visibility == ImageVisibility.Public
            : caller.IsAdmin || image.Owner is null || image.Visibility is ImageVisibility.Public or ImageVisibility.Community || image.Owner == caller.ProjectId);

    /// <summary>May be shown by id to its members.</summary>
    public static bool IsShownToMembers(Image image) => image is { Visibility: ImageVisibility.Shared, Status: not ImageStatus.PendingDelete };

    /// <summary>May be shown by id.</summary>
    public static Sql Shown(Caller caller, SqlDialect dialect)
    {
        // With delayed_delete its row still lives, but to everybody it is deleted.
        Sql there = $"i.status <> 'pending_delete'";
        if (caller.IsReadOnly) return $"{there} AND i.visibility = 'public'";
        if (caller.IsAdmin) return there;
        Sql everybody = $"i.owner IS NULL OR i.visibility IN ('public', 'community')";
        if (caller.ProjectId is not { } project) return $"{there} AND ({everybody})";
        return $"{there} AND ({everybody} OR {dialect.Exact("i.owner", project)} OR (i.visibility = 'shared' AND {Membership(project, dialect)}))";
    }

    /// <summary>The reasons for which an image is in a list: it is, when one of them holds. Each finds its images by an index of its own, which one
    /// condition with ORs between them would not: a tenant with ten images must not cost a walk over the million of the others.</summary>
    public static IReadOnlyList<Sql> Listed(ImageQuery query, Caller caller, SqlDialect dialect) => (caller, query.Visibility) switch
    {
        ({ IsReadOnly: true }, null or "all" or "public") => [$"i.visibility = 'public'"],
        ({ IsReadOnly: true }, _) => [Sql.False],
        ({ IsAdmin: true }, null) => [WithoutCommunityOfOthers(caller, dialect)],
        ({ IsAdmin: true }, "all") => [Sql.True],
        ({ IsAdmin: true }, _) or (_, "public" or "community") => [$"i.visibility = {query.Visibility}"],
        (_, null) => [$"i.visibility = 'public'", .. Personal(query, caller, dialect)],
        (_, "all") => [$"i.visibility = 'public'", $"i.visibility = 'community'", .. Personal(query, caller, dialect)],
        _ => [.. Personal(query, caller, dialect).Select(reason => { Sql both = $"i.visibility = {query.Visibility} AND {reason}"; return both; })],
    };

    private static IEnumerable<Sql> Personal(ImageQuery query, Caller caller, SqlDialect dialect)
    {
        yield return Sql.Raw("i.owner IS NULL");
        if (caller.ProjectId is not { } project) yield break;
        yield return dialect.Exact("i.owner", project);
        yield return $"""
            i.visibility = 'shared' AND i.id IN (
                SELECT m.image_id FROM image_members m WHERE m.deleted = 0 AND {dialect.Exact("m.member", project)}{WithStatus(query.MemberStatus)})
            """;
    }

    private static Sql WithoutCommunityOfOthers(Caller caller, SqlDialect dialect) => caller.ProjectId is { } project
        ? $"(i.visibility <> 'community' OR i.owner IS NULL OR {dialect.Exact("i.owner", project)})"
        : (Sql)$"(i.visibility <> 'community' OR i.owner IS NULL)";

    private static Sql Membership(string project, SqlDialect dialect) =>
        $"EXISTS (SELECT 1 FROM image_members m WHERE m.image_id = i.id AND m.deleted = 0 AND {dialect.Exact("m.member", project)})";

    private static Sql WithStatus(string status) => status == "all" ? Sql.Raw("") : $" AND m.status = {status}";
}
