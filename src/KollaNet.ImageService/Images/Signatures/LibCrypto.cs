using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace KollaNet.ImageService.Images.Signatures;

/// <summary>The calls of OpenSSL that check signatures. Source: OpenSSL 3.0, EVP_DigestVerifyInit(3), EVP_PKEY_CTX_ctrl(3).</summary>
internal static partial class LibCrypto
{
    private const string Library = "libcrypto.so.3";

    /// <param name="subjectPublicKeyInfo">DER.</param>
    /// <returns>An invalid handle when it cannot be read.</returns>
    public static PublicKeyHandle ReadPublicKey(byte[] subjectPublicKeyInfo)
    {
        unsafe
        {
            fixed (byte* start = subjectPublicKeyInfo)
            {
                byte* next = start;
                return D2iPubkey(0, &next, new CLong(subjectPublicKeyInfo.Length));
            }
        }
    }

    public static DigestContextHandle NewDigestContext() => NewContext();

    /// <param name="curve">Null for keys without.</param>
    public static bool IsKey(PublicKeyHandle key, string algorithm, string? curve)
    {
        if (key.IsInvalid || IsA(key, algorithm) != 1) return false;
        if (curve is null) return true;
        byte[] name = new byte[80];
        return GetGroupName(key, name, (nuint)name.Length, out nuint length) == 1 && Encoding.ASCII.GetString(name, 0, (int)length) == curve;
    }

    /// <param name="pss">RSA with PSS padding and the longest salt there can be, as the signers of OpenStack make it. Source: python-cursive.</param>
    public static bool BeginVerification(DigestContextHandle context, PublicKeyHandle key, string hashName, bool pss)
    {
        if (DigestVerifyInit(context, out nint settings, GetDigest(hashName), 0, key) != 1) return false;
        return !pss || (Set(settings, "rsa_padding_mode", "pss") > 0 && Set(settings, "rsa_pss_saltlen", "max") > 0);
    }

    public static void Append(DigestContextHandle context, ReadOnlySpan<byte> bytes)
    {
        if (DigestVerifyUpdate(context, bytes, (nuint)bytes.Length) != 1) throw new InvalidOperationException("OpenSSL could not hash.");
    }

    public static bool Verify(DigestContextHandle context, byte[] signature) => DigestVerifyFinal(context, signature, (nuint)signature.Length) == 1;

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    internal static partial void FreeKey(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_free")]
    internal static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "d2i_PUBKEY")]
    private static unsafe partial PublicKeyHandle D2iPubkey(nint into, byte** next, CLong length);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    private static partial DigestContextHandle NewContext();

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_is_a", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int IsA(PublicKeyHandle key, string name);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_group_name")]
    private static partial int GetGroupName(PublicKeyHandle key, [Out] byte[] name, nuint size, out nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_get_digestbyname", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetDigest(string name);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyInit")]
    private static partial int DigestVerifyInit(DigestContextHandle context, out nint settings, nint digest, nint engine, PublicKeyHandle key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_ctrl_str", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Set(nint settings, string name, string value);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyUpdate")]
    private static partial int DigestVerifyUpdate(DigestContextHandle context, ReadOnlySpan<byte> bytes, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyFinal")]
    private static partial int DigestVerifyFinal(DigestContextHandle context, byte[] signature, nuint length);
}

/// <summary>An <c>EVP_PKEY</c>.</summary>
internal sealed class PublicKeyHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeKey(handle);
        return true;
    }
}

/// <summary>An <c>EVP_MD_CTX</c>.</summary>
internal sealed class DigestContextHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeContext(handle);
        return true;
    }
}
