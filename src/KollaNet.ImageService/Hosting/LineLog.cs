using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace KollaNet.ImageService.Hosting;

/// <summary>Logs one line per entry, <c>time level name [request id] message</c>, written by one task in the order the entries came.</summary>
public sealed class LineLog : ILoggerProvider
{
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TextWriter[] outputs;
    private readonly Task writing;

    /// <param name="outputs">Each gets every line; disposed with this.</param>
    public LineLog(params TextWriter[] outputs)
    {
        this.outputs = outputs;
        writing = Task.Run(WriteAsync);
    }

    /// <summary>Standard output, and a file when one is named.</summary>
    public static LineLog To(string? file)
    {
        var console = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        if (file is null) return new LineLog(console);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        return new LineLog(console, new StreamWriter(file, append: true, new UTF8Encoding(false)));
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName, lines.Writer);

    /// <summary>Writes what is left.</summary>
    public void Dispose()
    {
        if (!lines.Writer.TryComplete()) return;
        writing.GetAwaiter().GetResult();
        foreach (TextWriter output in outputs) output.Dispose();
    }

    private async Task WriteAsync()
    {
        while (await lines.Reader.WaitToReadAsync())
        {
            while (lines.Reader.TryRead(out string? line))
            {
                foreach (TextWriter output in outputs) await output.WriteAsync(line);
            }

            foreach (TextWriter output in outputs) await output.FlushAsync();
        }
    }

    private sealed class LineLogger(string name, ChannelWriter<string> lines) : ILogger
    {
        private readonly string shortName = name[(name.LastIndexOf('.') + 1)..];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string message = formatter(state, exception);
            if (exception is not null) message = $"{message}: {exception}";
            message = message.ReplaceLineEndings(" | ");
            lines.TryWrite(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {Word(logLevel)} {shortName} [{RequestScope.Id ?? "-"}] {message}\n"));
        }

        private static string Word(LogLevel level) => level switch
        {
            LogLevel.Critical => "CRITICAL",
            LogLevel.Error => "ERROR",
            LogLevel.Warning => "WARNING",
            LogLevel.Information => "INFO",
            _ => "DEBUG",
        };
    }
}
