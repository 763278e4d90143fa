using System.Globalization;
using System.Text;
using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Fuzzing;

/// <summary>Connections that are used as no library would.</summary>
public sealed class HostileConnections(ApiServer api) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task A_json_body_without_end_is_cut_off_soon()
    {
        string answer = await RawExchange.SendAsync(api.Address, [
            .. Encoding.ASCII.GetBytes($"POST /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {ApiServer.Owner}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n200001\r\n"), .. new byte[0x200001], .. "\r\n"u8,
        ]);
        if (answer.Length > 0) RawExchange.StatusOf(answer).Should().Be(413, "it is not needed to its end");
        (await api.GetAsync("", "/healthcheck")).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_request_id_that_no_header_can_carry_back_is_replaced()
    {
        string answer = await RawExchange.SendAsync(api.Address, Encoding.Latin1.GetBytes($"GET /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {ApiServer.Owner}\r\nX-Openstack-Request-Id: a\tb\r\nConnection: close\r\n\r\n"));
        answer.Should().StartWith("HTTP/1.1 200 ").And.MatchRegex("(?i)x-openstack-request-id: req-[0-9a-f]{8}-");
    }

    [Fact]
    public async Task Requests_sent_at_once_are_answered_one_by_one_in_order()
    {
        var sent = new StringBuilder();
        var expected = new List<string>();
        foreach ((string request, string status) in Enumerable.Range(0, 20).SelectMany(_ => new[]
        {
            ("GET /v2/images?limit=1", "200"), ("GET /v2/nothing", "404"), ("PUT /v2/images", "405"), ("GET /v2/images?limit=x", "400"), ("GET /", "300"), ("PATCH /v2/images/x", "415"),
        }))
        {
            expected.Add(status);
            string body = request.StartsWith('P') ? "Content-Length: 2\r\n\r\n{}" : "\r\n";
            sent.Append(CultureInfo.InvariantCulture, $"{request} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {ApiServer.Owner}\r\n{(expected.Count == 120 ? "Connection: close\r\n" : "")}{body}");
        }

        string answers = await RawExchange.SendAsync(api.Address, Encoding.ASCII.GetBytes(sent.ToString()));
        answers.Split("HTTP/1.1 ").Skip(1).Select(answer => answer[..3]).Should().Equal(expected);
    }

    [Fact]
    public async Task Clients_that_stop_in_the_middle_hinder_nobody_and_are_dropped()
    {
        Task<string>[] slow = [.. Enumerable.Range(0, 50).Select(i => RawExchange.SendAsync(api.Address, Encoding.ASCII.GetBytes(
            i % 2 == 0 ? "GET /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth" : $"POST /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {ApiServer.Owner}\r\nContent-Length: 100\r\n\r\n{{")))];
        (await api.GetAsync(ApiServer.Owner, "/v2/images?limit=1")).Status.Should().Be(200);
        string[] answers = await Task.WhenAll(slow);
        answers.Select(answer => RawExchange.StatusOf(answer) ?? 408).Should().AllBeEquivalentTo(408);
    }
}
