using System.Net.Sockets;

namespace KollaNet.ImageService.Stores;

/// <summary>Makes a server that hangs up at the moment it accepts the failed request that it is: the runtime lets the socket's own exception through then.</summary>
internal sealed class HangUpHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <exception cref="HttpRequestException">Also for every failure of the connection's socket.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
        }
    }
}
