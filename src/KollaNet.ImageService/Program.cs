using KollaNet.ImageService.Hosting;

try
{
    return await CommandLine.RunAsync(args, Console.Out);
}
catch (Exception e) when (Failures.Describe(e) is { } text)
{
    await Console.Error.WriteLineAsync(text);
    return e is UsageException ? 2 : 1;
}
