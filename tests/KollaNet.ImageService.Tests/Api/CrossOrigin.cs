namespace KollaNet.ImageService.Tests.Api;

/// <summary>Calls from pages of other origins, as browsers make them. Source: oslo.middleware, CORS; Horizon's direct upload.</summary>
public sealed class CrossOrigin : IAsyncLifetime
{
    private const string Horizon = "Origin: https://horizon.example", Partner = "Origin: https://partner.example:8443", Stranger = "Origin: https://evil.example";

    private static readonly string[] Told =
    [
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Max-Age", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Vary",
    ];

    private readonly ApiServer api = new()
    {
        Sections = """
            [cors]
            allowed_origin = https://horizon.example,https://other.example
            max_age = 600
            [cors.partner]
            allowed_origin = https://partner.example:8443
            allow_credentials = false
            allow_methods = GET
            allow_headers = X-Auth-Token
            expose_headers = X-Odd
            """,
    };

    public ValueTask InitializeAsync() => api.InitializeAsync();

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task A_browser_learns_without_a_token_that_it_may_upload()
    {
        Answer answer = await PreflightAsync(Horizon, "PUT", "X-Auth-Token, content-type");
        answer.Status.Should().Be(200);
        Headers(answer).Should().Be("https://horizon.example|true|600|PUT|X-Auth-Token,content-type|Origin");
        answer.Body.Should().BeEmpty();
    }

    [Theory]
    [InlineData(Stranger, "PUT", "X-Auth-Token")]
    [InlineData(Horizon, "TRACE", "X-Auth-Token")]
    [InlineData(Horizon, "PUT", "X-Forbidden")]
    [InlineData(Partner, "PUT", "X-Auth-Token")]
    public async Task Nothing_is_promised_beyond_what_is_allowed(string origin, string method, string headers)
    {
        Answer answer = await PreflightAsync(origin, method, headers);
        (answer.Status, answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Methods")).Should().Be((401, null, null));
    }

    [Fact]
    public async Task A_section_of_its_own_has_its_own_rules()
    {
        Headers(await PreflightAsync(Partner, "GET", "X-Auth-Token")).Should().Be("https://partner.example:8443||600|GET|X-Auth-Token|Origin");
        (await api.GetAsync(ApiServer.Owner, "/v2/images", Partner)).Header("Access-Control-Expose-Headers").Should().Be("X-Odd");
    }

    [Fact]
    public async Task Answers_carry_what_lets_the_page_read_them_errors_too()
    {
        Answer list = await api.GetAsync(ApiServer.Owner, "/v2/images", Horizon);
        (list.Status, list.Header("Access-Control-Allow-Origin"), list.Header("Access-Control-Allow-Credentials")).Should().Be((200, "https://horizon.example", "true"));
        list.Header("Access-Control-Expose-Headers").Should().Contain("X-OpenStack-Request-ID");
        Answer refused = await api.GetAsync("", "/v2/images", Horizon);
        (refused.Status, refused.Header("Access-Control-Allow-Origin")).Should().Be((401, "https://horizon.example"));
        Answer foreign = await api.GetAsync(ApiServer.Owner, "/v2/images", Stranger);
        (foreign.Status, foreign.Header("Access-Control-Allow-Origin"), foreign.Header("Vary")).Should().Be((200, null, null));
    }

    [Fact]
    public async Task Any_origin_is_allowed_without_credentials()
    {
        await using ApiServer open = await ApiServer.StartAsync(new ApiServer { Sections = "[cors]\nallowed_origin = *" });
        Answer answer = await open.GetAsync(ApiServer.Owner, "/v2/images", Stranger);
        (answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Credentials")).Should().Be(("*", null));
    }

    [Fact]
    public async Task Without_the_option_no_page_is_let_in()
    {
        await using ApiServer closed = await ApiServer.StartAsync(new ApiServer());
        (await closed.GetAsync(ApiServer.Owner, "/v2/images", Horizon)).Header("Access-Control-Allow-Origin").Should().BeNull();
    }

    private static string Headers(Answer answer) => string.Join('|', Told.Select(answer.Header));

    private Task<Answer> PreflightAsync(string origin, string method, string headers) =>
        api.SendAsync("", "OPTIONS", "/v2/images/11111111-2222-3333-4444-555555555555/file", null, origin, $"Access-Control-Request-Method: {method}", $"Access-Control-Request-Headers: {headers}");
}
