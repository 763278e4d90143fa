using KollaNet.ImageService.Configuration;
using KollaNet.ImageService.Hosting;
using KollaNet.ImageService.Identity;
using KollaNet.ImageService.Metadata;

try
{
    return await CommandLine.RunAsync(args, Console.Out);
}
catch (Exception e) when (e is ConfigurationInvalidException or PolicyInvalidException or DatabaseRefusedException or FormatException or IOException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
