using KollaNet.ImageService.Stores.S3;

namespace KollaNet.ImageService.Configuration;

/// <summary>Reads the section of an S3 store.</summary>
internal sealed class S3OptionsReader(OptionValues values, string section, ICollection<string> problems)
{
    public S3StoreOptions Read() => new()
    {
        Endpoint = ReadEndpoint(),
        Region = values.Get(S3OptionCatalog.RegionName, section) is { Length: > 0 } region ? region : "us-east-1",
        AccessKey = Require(S3OptionCatalog.AccessKey),
        SecretKey = Require(S3OptionCatalog.SecretKey),
        Bucket = ReadBucket(),
        CreateBucketOnPut = values.Get(S3OptionCatalog.CreateBucketOnPut, section),
        Addressing = Enum.Parse<S3Addressing>(values.Get(S3OptionCatalog.BucketUrlFormat, section), ignoreCase: true),
        LargeObjectBytes = (long)values.Get(S3OptionCatalog.LargeObjectSize, section) << 20,
        PartBytes = (long)values.Get(S3OptionCatalog.LargeObjectChunkSize, section) << 20,
        Threads = values.Get(S3OptionCatalog.ThreadPools, section),
        CaFile = ReadCaFile(),
    };

    private string Require(Option<string?> option)
    {
        if (values.Get(option, section) is { Length: > 0 } text) return text;
        problems.Add($"[{section}] {option.Name}: is not set; an S3 store needs it");
        return "";
    }

    private Uri ReadEndpoint()
    {
        string host = Require(S3OptionCatalog.Host);
        string url = (host.Contains("://", StringComparison.Ordinal) ? host : $"http://{host}").TrimEnd('/');
        if (host.Length > 0 && Uri.TryCreate(url, UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https") return endpoint;
        if (host.Length > 0) problems.Add($"[{section}] s3_store_host: '{host}' is neither an http or https url nor the name of a host");
        return new Uri("http://localhost");
    }

    /// <summary>Source: Amazon S3 user guide, bucket naming rules; older buckets may be longer and have capitals and underscores.</summary>
    private string ReadBucket()
    {
        string bucket = Require(S3OptionCatalog.Bucket);
        bool good = bucket.Length is >= 3 and <= 255 && bucket.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
        if (bucket.Length > 0 && !good) problems.Add($"[{section}] s3_store_bucket: '{bucket}' is not the name of a bucket: 3 to 255 letters, digits, dots, dashes and underscores");
        if (good && bucket.Any(letter => char.IsAsciiLetterUpper(letter) || letter == '_') && values.Get(S3OptionCatalog.BucketUrlFormat, section) == "virtual")
            problems.Add($"[{section}] s3_store_bucket: '{bucket}' cannot be part of a host's name; s3_store_bucket_url_format must be path");
        return bucket;
    }

    private string? ReadCaFile()
    {
        if (values.Get(S3OptionCatalog.Cacert, section) is not { Length: > 0 } file) return null;
        if (!File.Exists(file)) problems.Add($"[{section}] s3_store_cacert: {file} does not exist");
        return file;
    }
}
