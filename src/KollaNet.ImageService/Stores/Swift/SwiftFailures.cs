using System.Net;

namespace KollaNet.ImageService.Stores.Swift;

/// <summary>What Swift's refusals mean to an image service.</summary>
internal static class SwiftFailures
{
    /// <param name="what">What was tried: "delete glance/8a2…".</param>
    public static void ThrowUnlessSuccess(HttpResponseMessage answer, string what)
    {
        if (answer.IsSuccessStatusCode) return;
        int status = (int)answer.StatusCode;
        string cannot = $"Swift at {answer.RequestMessage?.RequestUri?.Authority} does not {what}: it answered {status}.";
        throw answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new StoreForbidsWritingException($"{cannot} The store's user has no right to do so in this account."),
            HttpStatusCode.RequestEntityTooLarge => new StoreFullException($"{cannot} A quota of the container or the account is used up."),
            HttpStatusCode.InsufficientStorage => new StoreFullException($"{cannot} Its devices are full."),
            HttpStatusCode.NotFound => new StoreFailedException($"{cannot} The container does not exist: make it, or set swift_store_create_container_on_put."),
            HttpStatusCode.UnprocessableEntity => new StoreFailedException($"{cannot} The bytes arrived damaged."),
            _ => new StoreFailedException(cannot),
        };
    }
}
