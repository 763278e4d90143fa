namespace KollaNet.ImageService.Hosting;

/// <summary>The id of the request that the running code works for, for log lines.</summary>
public static class RequestScope
{
    private static readonly AsyncLocal<string?> Current = new();

    /// <summary>Null outside requests.</summary>
    public static string? Id
    {
        get => Current.Value;
        set => Current.Value = value;
    }
}
