namespace KollaNet.ImageService.Identity;

/// <summary>An address of an image service in a token's catalog.</summary>
/// <param name="Region">Region id.</param>
/// <param name="Interface"><c>public</c>, <c>internal</c> or <c>admin</c>.</param>
public sealed record ImageEndpoint(string Region, string Interface, string Url);
