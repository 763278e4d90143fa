namespace KollaNet.ImageService.Identity;

/// <summary>Everybody is an administrator without a project. Source: image-api reference 1.4, the flavor without a name.</summary>
public sealed class NoAuthentication : IAuthentication
{
    private static readonly Caller Everybody = new() { Roles = ["admin"], IsAdmin = true };

    /// <inheritdoc/>
    public ValueTask<Caller> AuthenticateAsync(HttpContext http, CancellationToken cancel) => ValueTask.FromResult(Everybody);
}
