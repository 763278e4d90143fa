namespace KollaNet.ImageService.Identity;

/// <summary>Establishes who makes a request. Chosen by <c>[paste_deploy] flavor</c>.</summary>
public interface IAuthentication
{
    /// <exception cref="NotAuthenticatedException">No or bad credentials.</exception>
    /// <exception cref="ScopeRefusedException">Good credentials for something that is not a project.</exception>
    ValueTask<Caller> AuthenticateAsync(HttpContext http, CancellationToken cancel);
}

/// <summary>No or bad credentials.</summary>
/// <param name="challenge">The <c>WWW-Authenticate</c> header.</param>
public sealed class NotAuthenticatedException(string challenge) : Exception("The request is not authenticated.")
{
    /// <summary>The <c>WWW-Authenticate</c> header.</summary>
    public string Challenge { get; } = challenge;
}

/// <summary>A token for the whole system or for a domain: images belong to projects.</summary>
public sealed class ScopeRefusedException() : Exception("Images belong to projects: a token scoped to a project is needed.");

/// <summary>The identity service does not answer as it should.</summary>
public sealed class IdentityServiceException(string why, Exception? inner = null) : Exception(why, inner);
