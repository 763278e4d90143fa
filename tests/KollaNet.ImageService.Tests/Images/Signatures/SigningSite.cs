using System.Text.Json.Nodes;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Images.Signatures;

/// <summary>A signature over the test's data, its certificate in Barbican.</summary>
internal sealed record MadeSignature(string KeyType, string HashMethod, string Value, string CertificateId)
{
    public string Properties => $"\"img_signature\": \"{Value}\", \"img_signature_hash_method\": \"{HashMethod}\", \"img_signature_key_type\": \"{KeyType}\", \"img_signature_certificate_uuid\": \"{CertificateId}\"";
}

/// <summary>Signs as OpenStack's users do, with openssl, and stores certificates in Barbican. Every signature has been accepted by cursive, the library of Glance and Nova, before it is handed out.</summary>
internal static class SigningSite
{
    private const string Script = """
        set -eu
        export LC_ALL=C
        cd "$(mktemp -d)"
        echo DATA | base64 -d > data
        store() { curl -sf -H 'X-Project-Id: p1' -H 'Content-Type: application/json' -d "{\"secret_type\": \"certificate\", \"payload\": \"$(base64 -w0 "$1")\", \"payload_content_type\": \"application/octet-stream\", \"payload_content_encoding\": \"base64\"}" BARBICAN/v1/secrets | sed 's/.*secrets.\([0-9a-f-]*\).*/\1/'; }
        certificate() { openssl req -x509 -new -key "$1.key" -out "$1.pem" -subj /CN=signer -days 3 2> /dev/null; openssl x509 -in "$1.pem" -outform DER -out "$1.der"; }
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out RSA-PSS.key 2> /dev/null
        openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -pkeyopt dsa_paramgen_q_bits:256 -out dsa.params 2> /dev/null
        openssl genpkey -paramfile dsa.params -out DSA.key 2> /dev/null
        for curve in sect571k1 sect409k1 sect571r1 sect409r1 secp521r1 secp384r1; do openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -out "ECC_${curve^^}.key" 2> /dev/null; done
        for key in *.key; do
          type=${key%.key}
          certificate "$type"
          # One as PEM: Barbican takes both.
          [ "$type" = DSA ] && id=$(store DSA.pem) || id=$(store "$type.der")
          for bits in 224 256 384 512; do
            [ "$type" = RSA-PSS ] && options="-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:max" || options=
            openssl dgst -sha$bits -sign "$key" $options -out "$type.$bits" data
            echo "$type SHA-$bits $(base64 -w0 "$type.$bits") $id" >> made
          done
        done
        cat > check.py <<PYTHON
        import base64
        from cryptography import x509
        from cursive import signature_utils
        data = open('data', 'rb').read()
        for line in open('made'):
            kind, method, signature, _ = line.split()
            key = x509.load_pem_x509_certificate(open(kind + '.pem', 'rb').read()).public_key()
            known = signature_utils.SignatureKeyType.lookup(kind)
            verifier = known.create_verifier(base64.b64decode(signature), signature_utils.HASH_METHODS[method], key)
            verifier.update(data)
            verifier.verify()
        PYTHON
        python3 -W ignore check.py
        cat made
        """;

    public static async Task<IReadOnlyList<MadeSignature>> SignAsync(BarbicanServer barbican, byte[] data, CancellationToken cancel)
    {
        string printed = await barbican.ExecuteAsync(
            Script.Replace("DATA", Convert.ToBase64String(data), StringComparison.Ordinal).Replace("BARBICAN", barbican.Address.ToString().TrimEnd('/'), StringComparison.Ordinal), cancel);
        return [.. printed.Split('\n').Select(line => line.Split(' ')).Select(words => new MadeSignature(words[0], words[1], words[2], words[3]))];
    }

    /// <summary>Stores a secret that is no certificate, for the project that the tests' owner is in.</summary>
    /// <returns>Its id.</returns>
    public static async Task<string> StoreTextAsync(BarbicanServer barbican, CancellationToken cancel)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(barbican.Address, "/v1/secrets")) { Content = new StringContent("""{"payload": "hello", "payload_content_type": "text/plain"}""", System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Project-Id", "p1");
        using HttpResponseMessage answer = await http.SendAsync(request, cancel);
        return ((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel))!["secret_ref"]!).Split('/')[^1];
    }

    /// <summary>Whether Barbican still has a secret of that project.</summary>
    public static async Task<bool> HasAsync(BarbicanServer barbican, string id, CancellationToken cancel)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(barbican.Address, $"/v1/secrets/{id}"));
        request.Headers.Add("X-Project-Id", "p1");
        request.Headers.Add("Accept", "application/json");
        using HttpResponseMessage answer = await http.SendAsync(request, cancel);
        return answer.IsSuccessStatusCode;
    }
}
