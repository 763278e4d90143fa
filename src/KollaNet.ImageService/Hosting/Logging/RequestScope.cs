namespace KollaNet.ImageService.Hosting.Logging;

/// <summary>The request that the running code works for, for log lines.</summary>
/// <param name="Id">As in <c>X-Openstack-Request-Id</c>.</param>
public sealed record RequestScope(string Id, string? UserId, string? ProjectId)
{
    private static readonly AsyncLocal<RequestScope?> Running = new();

    /// <summary>Null outside requests.</summary>
    public static RequestScope? Current
    {
        get => Running.Value;
        set => Running.Value = value;
    }
}
