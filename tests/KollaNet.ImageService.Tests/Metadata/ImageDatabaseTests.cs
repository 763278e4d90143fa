using KollaNet.ImageService.Metadata;

namespace KollaNet.ImageService.Tests.Metadata;

public sealed class ImageDatabaseTests
{
    [Theory]
    [InlineData("sqlite://")]
    [InlineData("sqlite:///")]
    [InlineData("sqlite:///:memory:")]
    [InlineData("sqlite://host/path")]
    [InlineData("postgresql://glance:secret@db/glance")]
    [InlineData("secret")]
    [InlineData("")]
    public void A_connection_that_cannot_be_used_is_refused_without_repeating_it(string url) =>
        FluentActions.Invoking(() => ImageDatabase.Open(url)).Should().Throw<FormatException>().Which.Message.Should().NotContain("secret");

    [Fact]
    public async Task A_sqlite_file_is_shared_by_several_openings()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kollanet-open-");
        try
        {
            string url = $"sqlite:///{folder.FullName}/glance.sqlite?timeout=5";
            await using ImageDatabase one = ImageDatabase.Open(url);
            await using ImageDatabase other = ImageDatabase.Open(url);
            await one.Schema.SyncAsync(TestContext.Current.CancellationToken);

            (await other.Images.IsReadyAsync(TestContext.Current.CancellationToken)).Should().BeTrue();
            File.Exists($"{folder.FullName}/glance.sqlite").Should().BeTrue();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
