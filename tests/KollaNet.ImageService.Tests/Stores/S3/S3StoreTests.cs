using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using KollaNet.ImageService.Stores;
using KollaNet.ImageService.Stores.S3;
using KollaNet.TestHost;

namespace KollaNet.ImageService.Tests.Stores.S3;

/// <summary>What is particular to S3, and what can go wrong, on a real service.</summary>
public sealed partial class S3StoreTests : IAsyncLifetime
{
    private const string SlowDown = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";

    private readonly string id = Guid.NewGuid().ToString(), bucket = $"images-{Guid.NewGuid():N}";
    private readonly byte[] content = RandomNumberGenerator.GetBytes((12 << 20) + 5);
    private SwiftServer? server;
    private FaultyLink? link;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private FaultyLink Link => link!;

    private S3StoreOptions Direct => new() { Endpoint = new Uri(server!.Url), AccessKey = server.User, SecretKey = server.Key, Bucket = bucket, CreateBucketOnPut = true, PartBytes = 5 << 20 };

    private S3StoreOptions Linked => Direct with { Endpoint = new Uri($"http://127.0.0.1:{Link.Port}"), Patience = TimeSpan.FromSeconds(20) };

    public async ValueTask InitializeAsync()
    {
        server = await SwiftServer.StartedAsync(Cancel);
        link = new FaultyLink(new Uri(server.Url).Port);
    }

    public ValueTask DisposeAsync() => Link.DisposeAsync();

    [Fact]
    public async Task An_image_is_an_object_with_its_id_as_key_and_a_url_without_credentials()
    {
        using var store = new S3Store(Direct);

        StoredImage stored = await store.WriteAsync(id, new MemoryStream(content), content.Length, Cancel);

        stored.Url.Should().Be($"s3://{Direct.Endpoint.Authority}/{bucket}/{id}");
        using AmazonS3Client client = Client();
        using GetObjectResponse found = await client.GetObjectAsync(bucket, id, Cancel);
        found.ContentLength.Should().Be(content.Length);
        found.ETag.Should().EndWith("-3\"", "it came in three parts");
    }

    [Fact]
    public async Task Urls_of_all_ages_are_read_and_the_secret_of_the_options_counts()
    {
        using var store = new S3Store(Direct);
        await store.WriteAsync(id, new MemoryStream([1, 2, 3]), 3, Cancel);
        string place = $"{Direct.Endpoint.Authority}/{bucket}/{id}";

        foreach (string url in new[] { $"s3://{place}", $"s3+http://{place}", $"s3://someone:an/old+secret@{place}" })
        {
            store.Owns(url).Should().BeTrue();
            (await store.ReadAllAsync(url)).Should().Equal(1, 2, 3);
        }

        store.Owns($"s3://127.0.0.2:1/{bucket}/{id}").Should().BeFalse("nobody has credentials for that server");
        store.Owns($"s3+https://{place}").Should().BeFalse("that is another server");
    }

    [Fact]
    public async Task Uploads_that_an_interrupted_service_left_are_listed_and_discarded()
    {
        using var store = new S3Store(Direct);
        await store.WriteAsync(Guid.NewGuid().ToString(), new MemoryStream([1]), 1, Cancel);
        using AmazonS3Client client = Client();
        await client.InitiateMultipartUploadAsync(bucket, id, Cancel);

        (await store.ListAsync(Cancel).Where(found => !found.IsComplete).ToListAsync(Cancel)).Should().Equal(new StoredObject(id, $"s3://{Direct.Endpoint.Authority}/{bucket}/{id}", 0, false));
        await store.DiscardPartialAsync(id, Cancel);

        ((await client.ListMultipartUploadsAsync(bucket, Cancel)).MultipartUploads ?? []).Should().BeEmpty();
    }

    [Fact]
    public async Task A_wrong_secret_is_told_without_it()
    {
        using var store = new S3Store(Direct with { SecretKey = "wr0ng" });

        (await FluentActions.Awaiting(() => store.WriteAsync(id, new BreakingStream(0), 5, Cancel)).Should().ThrowAsync<StoreForbidsWritingException>())
            .Which.Message.Should().Contain("403").And.NotContain("wr0ng");
        await FluentActions.Awaiting(() => store.OpenReadAsync($"s3://{Direct.Endpoint.Authority}/{bucket}/{id}", 0, null, Cancel)).Should().ThrowAsync<StoreForbidsWritingException>().WithMessage("*s3_store_secret_key*");
    }

    [Fact]
    public async Task A_missing_bucket_is_told_with_what_to_do()
    {
        using var store = new S3Store(Direct with { CreateBucketOnPut = false });

        await FluentActions.Awaiting(() => store.WriteAsync(id, new MemoryStream([1]), 1, Cancel)).Should().ThrowAsync<StoreFailedException>().WithMessage("*s3_store_create_bucket_on_put*");
    }

    [Fact]
    public async Task A_service_that_says_slow_down_is_asked_again()
    {
        using var store = new S3Store(Linked);
        Link.Next(LinkFault.Status("503 Slow Down", SlowDown), LinkFault.Status("503 Slow Down", SlowDown));

        StoredImage stored = await store.WriteAsync(id, new MemoryStream(content), content.Length, Cancel);

        (await store.ReadAllAsync(stored.Url)).Should().Equal(content);
        Link.Connections.Should().BeGreaterThan(2);
    }

    [Fact]
    public async Task A_service_that_says_nothing_else_is_given_up()
    {
        using var store = new S3Store(Linked);
        Link.Usual = LinkFault.Status("503 Slow Down", SlowDown);

        await FluentActions.Awaiting(() => store.WriteAsync(id, new MemoryStream(content), content.Length, Cancel)).Should().ThrowAsync<StoreFailedException>().WithMessage("*503*");

        Link.Connections.Should().BeInRange(2, 10);
    }

    [Fact]
    public async Task A_service_that_takes_longer_for_a_part_than_it_may_say_nothing_is_only_slow()
    {
        const int sizeBytes = 7 << 20;
        using var store = new S3Store(Linked with { PartBytes = 8 << 20, Patience = TimeSpan.FromSeconds(5) });
        Link.Usual = new LinkFault(BytesPerSecond: 1_000_000);   // Over seven seconds; up to four of them in the buffers of sockets, after the last byte was taken.

        StoredImage stored = await store.WriteAsync(id, new MemoryStream(content, 0, sizeBytes), sizeBytes, Cancel);

        using var direct = new S3Store(Direct);
        (await direct.ReadAllAsync($"s3://{Direct.Endpoint.Authority}/{bucket}/{id}")).Should().Equal(content[..sizeBytes]);
        stored.SizeBytes.Should().Be(sizeBytes);
        Link.Connections.Should().Be(1, "nothing was tried again");
    }

    [Fact]
    public async Task A_part_whose_connection_breaks_is_sent_again_and_a_download_goes_on()
    {
        using var store = new S3Store(Linked with { Threads = 1 });
        Link.Next(new LinkFault(MostUpBytes: 7 << 20));

        StoredImage stored = await store.WriteAsync(id, new TrickleStream(content), content.Length, Cancel);

        Link.Connections.Should().BeGreaterThan(1);
        Link.Usual = new LinkFault(MostDownBytes: 5 << 20);
        using var fresh = new S3Store(Linked);
        (await fresh.ReadAllAsync(stored.Url)).Should().Equal(content);
    }

    [Fact]
    public async Task A_service_that_goes_away_in_the_middle_leaves_an_image_that_can_be_uploaded_again()
    {
        using var store = new S3Store(Linked with { Threads = 1 });
        Link.Next(new LinkFault(MostUpBytes: 7 << 20));
        Link.Usual = new LinkFault(MostUpBytes: 0);

        await FluentActions.Awaiting(() => store.WriteAsync(id, new TrickleStream(content), content.Length, Cancel)).Should().ThrowAsync<StoreUnreachableException>();

        Link.Usual = LinkFault.None;
        await store.DiscardPartialAsync(id, Cancel);   // As recovery does: the service was away also for the clean-up.
        (await store.ListAsync(Cancel).ToListAsync(Cancel)).Should().BeEmpty();
        await store.WriteAsync(id, new MemoryStream(content), content.Length, Cancel);
    }

    [Fact]
    public async Task Clocks_that_differ_are_told_as_such()
    {
        using var store = new S3Store(Linked);
        Link.Usual = new LinkFault(Rewrite: text => Date().Replace(text, "${name}20010203T040506Z"));

        await FluentActions.Awaiting(() => store.OpenReadAsync($"s3://127.0.0.1:{Link.Port}/{bucket}/{id}", 0, null, Cancel)).Should().ThrowAsync<StoreForbidsWritingException>().WithMessage("*clocks*time service*");
    }

    private AmazonS3Client Client() => new(new BasicAWSCredentials(Direct.AccessKey, Direct.SecretKey), new AmazonS3Config { ServiceURL = Direct.Endpoint.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });

    [GeneratedRegex("(?<name>X-Amz-Date: )[0-9TZ]+", RegexOptions.IgnoreCase)]
    private static partial Regex Date();
}
