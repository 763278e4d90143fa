using System.Text;
using System.Threading.Channels;

namespace KollaNet.ImageService.Hosting.Logging;

/// <summary>Logs one line per entry, as text or JSON, written by one task in the order the entries came.</summary>
public sealed class LineLog : ILoggerProvider
{
    private readonly Channel<LogEntry> entries = Channel.CreateUnbounded<LogEntry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TextWriter[] outputs;
    private readonly bool asJson;
    private readonly Task writing;

    /// <param name="outputs">Each gets every line; disposed with this.</param>
    public LineLog(params TextWriter[] outputs)
        : this(asJson: false, outputs)
    {
    }

    /// <param name="asJson">Option <c>use_json</c>.</param>
    /// <param name="outputs">Each gets every line; disposed with this.</param>
    public LineLog(bool asJson, params TextWriter[] outputs)
    {
        this.outputs = outputs;
        this.asJson = asJson;
        writing = Task.Run(WriteAsync);
    }

    /// <summary>Standard output, and a file when one is named.</summary>
    public static LineLog To(string? file, bool asJson)
    {
        var console = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        return file is null ? new LineLog(asJson, console) : new LineLog(asJson, console, new LogFile(file));
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName[(categoryName.LastIndexOf('.') + 1)..], entries.Writer, asJson);

    /// <summary>Files are opened anew, as after their rotation.</summary>
    public void Reopen()
    {
        foreach (LogFile file in outputs.OfType<LogFile>()) file.Reopen();
    }

    /// <summary>Writes what is left.</summary>
    public void Dispose()
    {
        if (!entries.Writer.TryComplete()) return;
        writing.GetAwaiter().GetResult();
        foreach (TextWriter output in outputs) output.Dispose();
    }

    private async Task WriteAsync()
    {
        while (await entries.Reader.WaitToReadAsync())
        {
            while (entries.Reader.TryRead(out LogEntry? entry))
            {
                string line = asJson ? LogFormats.Json(entry) : LogFormats.Text(entry);
                foreach (TextWriter output in outputs) await output.WriteAsync(line);
            }

            foreach (TextWriter output in outputs) await output.FlushAsync();
        }
    }

    private sealed class LineLogger(string name, ChannelWriter<LogEntry> entries, bool needsFields) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Copied now: generated states may be reused once this returns.
            IReadOnlyList<KeyValuePair<string, object?>> fields = needsFields && state is IReadOnlyList<KeyValuePair<string, object?>> list ? [.. list] : [];
            string? failure = exception is null ? null : Secrets.Mask(exception.ToString());
            entries.TryWrite(new LogEntry(DateTime.UtcNow, logLevel, name, Secrets.Mask(formatter(state, exception)), fields, failure, RequestScope.Current));
        }
    }
}
