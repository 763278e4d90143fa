using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace KollaNet.ImageService.Identity;

/// <summary>HTTP basic authentication against an htpasswd file with bcrypt lines, for deployments without Keystone. Every user is an administrator of one
/// fixed project. The file is read again when it changes; while there is none, what it said last counts. Lines that let nobody in are named in the log.</summary>
public sealed partial class HttpBasicAuthentication : IAuthentication
{
    private const string Challenge = "Basic realm=\"Image API\"";
    private const int RememberAtMost = 1000;

    /// <summary>Keyed digests of user, password and hash line that were verified: bcrypt is slow on purpose, and clients send the password with every request.</summary>
    private readonly ConcurrentDictionary<string, byte> verified = new();
    private readonly byte[] digestKey = RandomNumberGenerator.GetBytes(32);
    private readonly Lock reading = new();
    private readonly string file;
    private readonly string projectId;
    private readonly ILogger<HttpBasicAuthentication> log;
    private (DateTime ChangedAt, HtpasswdFile File) users = (DateTime.MinValue, HtpasswdFile.Empty);

    /// <param name="file">Option <c>http_basic_auth_user_file</c>.</param>
    /// <param name="projectId">The project all images belong to.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public HttpBasicAuthentication(string file, string projectId, ILogger<HttpBasicAuthentication> log)
    {
        (this.file, this.projectId, this.log) = (file, projectId, log);
        Users();
    }

    /// <inheritdoc/>
    public ValueTask<Caller> AuthenticateAsync(HttpContext http, CancellationToken cancel)
    {
        if (!TryReadCredentials(http.Request.Headers.Authorization.ToString(), out string user, out string password)) throw Refused();
        if (!Users().TryGetValue(user, out string? hash) || !Verify(user, password, hash)) throw Refused();
        return ValueTask.FromResult(new Caller { UserId = user, ProjectId = projectId, Roles = ["admin", "member", "reader"], IsAdmin = true });
    }

    private static NotAuthenticatedException Refused() => new(Challenge);

    private static bool TryReadCredentials(string header, out string user, out string password)
    {
        (user, password) = ("", "");
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return false;
        byte[] bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), bytes, out int count)) return false;
        string text = Encoding.UTF8.GetString(bytes, 0, count);
        int colon = text.IndexOf(':');
        if (colon <= 0) return false;
        (user, password) = (text[..colon], text[(colon + 1)..]);
        return true;
    }

    private bool Verify(string user, string password, string hash)
    {
        string digest = Convert.ToHexString(HMACSHA256.HashData(digestKey, Encoding.UTF8.GetBytes($"{user}\0{password}\0{hash}")));
        if (verified.ContainsKey(digest)) return true;
        if (!Bcrypt.Verify(password, hash)) return false;
        if (verified.Count >= RememberAtMost) verified.Clear();
        verified[digest] = 0;
        return true;
    }

    private IReadOnlyDictionary<string, string> Users()
    {
        DateTime changedAt = File.GetLastWriteTimeUtc(file);
        lock (reading)
        {
            if (users.ChangedAt == changedAt || !File.Exists(file)) return users.File.HashByUser;
            users = (changedAt, HtpasswdFile.Read(file));
            foreach (string problem in users.File.Problems) LogUseless(file, problem);
            return users.File.HashByUser;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{File}: {Problem}")]
    private partial void LogUseless(string file, string problem);
}
