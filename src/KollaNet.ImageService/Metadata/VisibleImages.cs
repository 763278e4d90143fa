using KollaNet.ImageService.Identity;

namespace KollaNet.ImageService.Metadata;

/// <summary>Who sees an image, as SQL over <c>images i</c>. Source: image-api reference 4.1.</summary>
internal static class VisibleImages
{
    /// <summary>May be shown by id.</summary>
    public static Sql Shown(Caller caller, SqlDialect dialect)
    {
        // With delayed_delete its row still lives, but to everybody it is deleted.
        Sql there = $"i.status <> 'pending_delete'";
        if (caller.IsAdmin) return there;
        Sql everybody = $"i.owner IS NULL OR i.visibility IN ('public', 'community')";
        if (caller.ProjectId is not { } project) return $"{there} AND ({everybody})";
        return $"{there} AND ({everybody} OR {dialect.Exact("i.owner", project)} OR (i.visibility = 'shared' AND {Membership(project, "all", dialect)}))";
    }

    /// <summary>Is in a list that asks for <paramref name="query"/>'s visibility and memberships.</summary>
    public static Sql Listed(ImageQuery query, Caller caller, SqlDialect dialect)
    {
        Sql wanted = query.Visibility switch
        {
            "all" => Sql.True,
            null => WithoutCommunityOfOthers(caller, dialect),
            _ => $"i.visibility = {query.Visibility}",
        };
        if (caller.IsAdmin) return wanted;
        Sql everybody = $"i.owner IS NULL OR i.visibility IN ('public', 'community')";
        if (caller.ProjectId is not { } project) return $"{wanted} AND ({everybody})";
        return $"""
            {wanted} AND ({everybody} OR {dialect.Exact("i.owner", project)}
                OR (i.visibility = 'shared' AND {Membership(project, query.MemberStatus, dialect)}))
            """;
    }

    private static Sql WithoutCommunityOfOthers(Caller caller, SqlDialect dialect) => caller.ProjectId is { } project
        ? $"(i.visibility <> 'community' OR i.owner IS NULL OR {dialect.Exact("i.owner", project)})"
        : (Sql)$"(i.visibility <> 'community' OR i.owner IS NULL)";

    private static Sql Membership(string project, string status, SqlDialect dialect)
    {
        Sql withStatus = status == "all" ? Sql.Raw("") : $" AND m.status = {status}";
        return $"EXISTS (SELECT 1 FROM image_members m WHERE m.image_id = i.id AND m.deleted = 0 AND {dialect.Exact("m.member", project)}{withStatus})";
    }
}
