using System.Collections.Immutable;

namespace KollaNet.ImageService.Identity;

/// <summary>What a file of lines <c>user:hash</c> says; empty lines and those that begin with # say nothing.</summary>
/// <param name="HashByUser">The last line of each user.</param>
/// <param name="Problems">A sentence without a full stop for each line that lets nobody in. Never a hash.</param>
internal sealed record HtpasswdFile(IReadOnlyDictionary<string, string> HashByUser, ImmutableArray<string> Problems)
{
    /// <summary>A file that says nothing.</summary>
    public static HtpasswdFile Empty { get; } = new(ImmutableDictionary<string, string>.Empty, []);

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static HtpasswdFile Read(string file)
    {
        var hashByUser = new Dictionary<string, string>();
        var problems = ImmutableArray.CreateBuilder<string>();
        foreach ((int index, string line) in File.ReadLines(file).Index())
        {
            if (line.Length == 0 || line[0] == '#') continue;
            int colon = line.IndexOf(':');
            if (colon > 0) hashByUser[line[..colon]] = line[(colon + 1)..].Trim();
            if (colon <= 0) problems.Add($"line {index + 1} is not user:hash");
            else if (!Bcrypt.IsHash(line[(colon + 1)..].Trim())) problems.Add($"line {index + 1}: what user {line[..colon]} has is no bcrypt hash, so that nobody can log in as {line[..colon]}; htpasswd -B makes one");
        }

        return new HtpasswdFile(hashByUser, problems.ToImmutable());
    }
}
