namespace KollaNet.ImageService.Api;

/// <summary>Limits on how many things an image may have. Source: image-api reference 6.</summary>
public static class Quotas
{
    /// <param name="what">Plural.</param>
    /// <param name="limit">Negative for none.</param>
    /// <exception cref="ApiException">413.</exception>
    public static void Require(string what, int count, int limit)
    {
        if (limit >= 0 && count > limit) throw ApiException.TooLarge($"The limit has been exceeded on the number of allowed image {what}. Attempted: {count}, Maximum: {limit}");
    }
}

/// <summary>Times as the tables keep them.</summary>
public static class WholeSeconds
{
    /// <summary>UTC, without a fraction.</summary>
    public static DateTime Now(TimeProvider time)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        return new DateTime(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
    }
}
