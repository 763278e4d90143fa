namespace KollaNet.MariaDb;

/// <summary>Whether a connection is encrypted, and how much of the server's certificate is believed.</summary>
public enum MariaDbTlsMode
{
    /// <summary>Never encrypted.</summary>
    Disabled,

    /// <summary>Encrypted when the server offers it; the certificate is not checked, so this protects from listeners only.</summary>
    Preferred,

    /// <summary>Encrypted or refused; the certificate is not checked.</summary>
    Required,

    /// <summary>Encrypted, and the certificate must come from a trusted authority; its host name is not compared.</summary>
    VerifyCa,

    /// <summary>Encrypted, and the certificate must come from a trusted authority and name the host that was asked for.</summary>
    VerifyFull,
}
