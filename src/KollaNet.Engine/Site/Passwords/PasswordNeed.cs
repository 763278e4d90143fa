using System.Collections.Immutable;
using KollaNet.Engine.Services;
using KollaNet.Engine.Yaml;

namespace KollaNet.Engine.Site.Passwords;

/// <summary>How a secret is made.</summary>
public enum PasswordKind
{
    /// <summary>Stays empty until the operator fills it.</summary>
    None,

    /// <summary>40 letters and digits.</summary>
    Password,

    /// <summary>A random UUID.</summary>
    Uuid,

    /// <summary>32 random bytes in URL-safe base64.</summary>
    FernetKey,

    /// <summary>An RSA-4096 pair: a mapping of <c>private_key</c> and <c>public_key</c>.</summary>
    SshKey,

    /// <summary>A random MD5 HMAC, 32 hex digits.</summary>
    HmacMd5,

    /// <summary>22 characters of bcrypt's alphabet.</summary>
    BcryptSalt,

    /// <summary>A secret key of Ceph's authentication.</summary>
    CephxKey,
}

/// <summary>A key of <c>passwords.yml</c> that a service needs.</summary>
/// <param name="Service">The service's folder.</param>
public sealed record PasswordNeed(string Service, string Key, PasswordKind Kind)
{
    private static readonly Dictionary<string, PasswordKind> Kinds = new(StringComparer.Ordinal)
    {
        ["none"] = PasswordKind.None,
        ["password"] = PasswordKind.Password,
        ["uuid"] = PasswordKind.Uuid,
        ["fernet_key"] = PasswordKind.FernetKey,
        ["ssh_key"] = PasswordKind.SshKey,
        ["hmac_md5"] = PasswordKind.HmacMd5,
        ["bcrypt_salt"] = PasswordKind.BcryptSalt,
        ["cephx_key"] = PasswordKind.CephxKey,
    };

    /// <summary>Reads what all services of a templates folder need.</summary>
    /// <param name="problems">What is wrong with their files; empty when all is well.</param>
    public static ImmutableArray<PasswordNeed> ReadAll(string templatesFolder, out ImmutableArray<SiteProblem> problems)
    {
        var found = new SiteProblems();
        ImmutableArray<PasswordNeed> needs = ServiceReader.IsThere(templatesFolder, found) ? SiteRules.ReadPasswords(templatesFolder, found) : [];
        problems = SiteProblems.Once(found.Errors);
        return needs;
    }

    /// <summary>Reads a service's <c>passwords.yml</c>: key to kind.</summary>
    internal static IEnumerable<PasswordNeed> Read(string service, YamlMap kinds, SiteProblems problems)
    {
        foreach (YamlEntry entry in kinds.Entries)
        {
            string kind = entry.Value is YamlScalar scalar ? scalar.Text : "";
            if (Kinds.TryGetValue(kind, out PasswordKind known)) yield return new PasswordNeed(service, entry.Key, known);
            else problems.Add(entry.Value.Place, $"{entry.Key}: \"{kind}\" is not a kind of password{Suggestion.Phrase(kind, Kinds.Keys)}");
        }
    }

    /// <summary>The kind of a key that no service declares. Source: kolla-genpwd's lists of keys, read as rules.</summary>
    public static PasswordKind KindByName(string key) => key switch
    {
        "docker_registry_password" or "vmware_vcenter_host_password" or "vmware_dvs_host_password" or "vmware_nsxv_password" or "vmware_vcenter_password" => PasswordKind.None,
        "rbd_secret_uuid" or "cinder_rbd_secret_uuid" or "gnocchi_project_id" or "gnocchi_resource_id" or "gnocchi_user_id" => PasswordKind.Uuid,
        "barbican_crypto_key" => PasswordKind.FernetKey,
        "designate_rndc_key" or "osprofiler_secret" => PasswordKind.HmacMd5,
        "prometheus_bcrypt_salt" => PasswordKind.BcryptSalt,
        _ when key.EndsWith("_ssh_key", StringComparison.Ordinal) => PasswordKind.SshKey,
        _ when key.EndsWith("_fernet_key", StringComparison.Ordinal) => PasswordKind.FernetKey,
        _ when key.EndsWith("_bcrypt_salt", StringComparison.Ordinal) => PasswordKind.BcryptSalt,
        _ when key.EndsWith("_secret_uuid", StringComparison.Ordinal) => PasswordKind.Uuid,
        _ => PasswordKind.Password,
    };
}
