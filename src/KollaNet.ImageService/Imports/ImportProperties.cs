namespace KollaNet.ImageService.Imports;

/// <summary>Image properties through which imports are seen and coordinated. Source: image-api reference 2.1, 2.11.</summary>
public static class ImportProperties
{
    /// <summary>Id of the task that works on the image; there is one at a time. Only the repository's own calls for tasks touch it.</summary>
    public const string Lock = "os_glance_import_task";

    /// <summary>Stores that are still to be written, comma-joined.</summary>
    public const string ImportingTo = "os_glance_importing_to_stores";

    /// <summary>Stores that could not be written, comma-joined.</summary>
    public const string Failed = "os_glance_failed_import";

    /// <summary><c>worker_self_reference_url</c> of the service that has the staged data; clients never see it.</summary>
    public const string StageHost = "os_glance_stage_host";
}
