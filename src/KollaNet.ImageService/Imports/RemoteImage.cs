namespace KollaNet.ImageService.Imports;

/// <summary>An image of another region, as an import of method glance-download names it.</summary>
/// <param name="Region"><c>glance_region</c>.</param>
/// <param name="Interface"><c>glance_service_interface</c>: which of the region's endpoints to use.</param>
public sealed record RemoteImage(string Region, string ImageId, string Interface);
