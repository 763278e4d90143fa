using System.Globalization;

namespace KollaNet.ImageService.Hosting;

/// <summary>Lines, and below them one that is replaced all the time where a person watches: on a terminal, or through <c>kollanet</c>, which says so with <see cref="Variable"/>. Elsewhere it is a line now and then.</summary>
/// <param name="columns">Width of what the person sees; null when nobody watches.</param>
/// <param name="isFramed">Whether <c>kollanet</c> draws: a line that begins with a carriage return replaces the one before.</param>
internal sealed class ProgressOutput(TextWriter output, int? columns, bool isFramed)
{
    /// <summary>Environment variable that <c>kollanet</c> sets to the width of its terminal.</summary>
    public const string Variable = "KOLLANET_COLUMNS";

    private const string ClearRest = "\e[K";
    private readonly Lock gate = new();

    /// <summary>Whether the line below is replaced.</summary>
    public bool IsWatched => columns is not null;

    /// <summary>How often it is worth to say how far something is.</summary>
    public TimeSpan Every => IsWatched ? TimeSpan.FromMilliseconds(500) : TimeSpan.FromSeconds(10);

    /// <summary>For the standard output of this process.</summary>
    public static ProgressOutput Of(TextWriter output)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out int framed)) return new ProgressOutput(output, framed, isFramed: true);
        return new ProgressOutput(output, output == Console.Out && !Console.IsOutputRedirected ? Console.WindowWidth : null, isFramed: false);
    }

    /// <summary>A line that stays.</summary>
    public Task WriteLineAsync(string line) => WriteAsync(IsWatched && !isFramed ? $"\r{line}{ClearRest}\n" : $"{line}\n");

    /// <summary>How far it is: replaces what this said before where a person watches.</summary>
    public Task ShowAsync(string line)
    {
        if (columns is { } width && line.Length >= width) line = line[..Math.Max(0, width - 1)];
        return WriteAsync(!IsWatched ? $"{line}\n" : isFramed ? $"\r{line}\n" : $"\r{line}{ClearRest}");
    }

    private Task WriteAsync(string text)
    {
        lock (gate)
        {
            output.Write(text);
            output.Flush();
        }

        return Task.CompletedTask;
    }
}
