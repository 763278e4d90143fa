using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace KollaNet.MariaDb.Protocol;

/// <summary>One logged-in connection to the server. It runs one command at a time and is used by one caller at a time.</summary>
internal sealed partial class Session : IAsyncDisposable
{
    private static readonly TimeSpan HousekeepingTimeout = TimeSpan.FromSeconds(5);

    private readonly MariaDbSettings settings;
    private readonly Socket socket;
    private readonly PacketChannel channel;
    private readonly Watch watch;
    private readonly StatementCache statements;
    private readonly List<uint> statementsToClose = [];
    private uint threadId;
    private volatile bool broken;
    private StopReason pendingKill;   // a kill was delivered, and the error it causes has not been seen
    private bool databaseChanged;

    private Session(MariaDbSettings settings, Socket socket)
    {
        this.settings = settings;
        this.socket = socket;
        channel = new PacketChannel(new NetworkStream(socket, ownsSocket: true));
        watch = new Watch(KillQueryAsync, Break);
        statements = new StatementCache(settings.StatementCacheSize);
    }

    /// <summary>What the server said last about its state.</summary>
    public ServerStatus Status { get; private set; }

    public string ServerVersion { get; private set; } = "";

    /// <summary>Nothing more can be done with it.</summary>
    public bool IsBroken => broken;

    public bool InTransaction => !broken && Status.HasFlag(ServerStatus.InTransaction);

    /// <summary>The prepared statements held, for tests.</summary>
    public int StatementCount => statements.Count;

    /// <summary>When it was last given back, by <see cref="Environment.TickCount64"/>.</summary>
    public long IdleSince { get; set; }

    /// <summary>Connects and logs in, within the settings' time.</summary>
    /// <exception cref="MariaDbException">The server is out of reach or refuses.</exception>
    public static async Task<Session> ConnectAsync(MariaDbSettings settings, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(settings.ConnectTimeout);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Session? session = null;
        try
        {
            await socket.ConnectAsync(settings.Host, settings.Port, limit.Token);
            session = new Session(settings, socket);
            using (limit.Token.UnsafeRegister(static session => ((Session)session!).Break(), session))
                await session.LogInAsync(limit.Token);
            limit.Token.ThrowIfCancellationRequested();
            return session;
        }
        catch (Exception e)
        {
            session?.Break();
            socket.Dispose();
            cancel.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested)
                throw CannotConnect(settings, $"it did not answer within {settings.ConnectTimeout.TotalSeconds:0.#} s", e);
            if (IsNetworkFailure(e))
                throw CannotConnect(settings, e.Message, e);
            if (e is not MariaDbException)
                throw Malformed(settings, e);
            throw;
        }
    }

    /// <summary>Whether the server hung up, or said something unasked, while the session was idle. Looks at the socket only.</summary>
    public bool HasNews()
    {
        try
        {
            return broken || socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>Asks the server for a sign of life.</summary>
    public async ValueTask<bool> IsAliveAsync(CancellationToken cancel)
    {
        try
        {
            await ExchangeAsync(static async (session, _) =>
            {
                session.channel.Begin(Request.Ping);
                await session.channel.SendAsync();
                return await session.ReadHeadAsync(statement: null);
            }, 0, HousekeepingTimeout, cancel);
            return true;
        }
        catch (MariaDbException)
        {
            Break();
            return false;
        }
    }

    /// <summary>Undoes what a caller left behind, so that the next one starts clean. Prepared statements stay.</summary>
    /// <returns>False: it cannot be used again.</returns>
    public async ValueTask<bool> CleanAsync()
    {
        try
        {
            if (InTransaction)
                await QueryAsync("ROLLBACK", HousekeepingTimeout, CancellationToken.None);
            await AbsorbKillAsync();
        }
        catch (MariaDbException)
        {
            Break();
        }
        return CanBeReused;
    }

    /// <summary>There is something for <see cref="CleanAsync"/> to do.</summary>
    public bool NeedsCleaning => InTransaction || pendingKill != StopReason.None;

    public bool CanBeReused => !broken && !databaseChanged && Status.HasFlag(ServerStatus.AutoCommit);

    /// <summary>Says goodbye if possible, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!broken)
        {
            try
            {
                channel.Begin(Request.Quit);
                await channel.SendAsync();
            }
            catch (Exception e) when (IsNetworkFailure(e))
            {
                // It is gone already.
            }
        }
        Break();
        watch.Dispose();
    }

    /// <summary>Closes the connection without a word. What waits for it fails.</summary>
    public void Break()
    {
        broken = true;
        channel.Dispose();
    }

    private async Task LogInAsync(CancellationToken cancel)
    {
        (Greeting greeting, OkPacket ok) = await Login.RunAsync(channel, settings, cancel);
        threadId = greeting.ThreadId;
        ServerVersion = greeting.ServerVersion;
        cachesMetadata = greeting.Offered.HasFlag(Capabilities.CacheMetadata);
        Status = ok.Status;
        // Times are promised in UTC; TIMESTAMP columns and NOW() follow the session's zone.
        channel.Begin(Request.Query);
        channel.Request.Text("SET time_zone='+00:00'");
        await channel.SendAsync();
        await ReadHeadAsync(statement: null);
    }

    /// <summary>One step of conversation with the server, which the token and the time limit can end.</summary>
    private async ValueTask<TResult> ExchangeAsync<TState, TResult>(
        Func<Session, TState, ValueTask<TResult>> exchange, TState state, TimeSpan timeout, CancellationToken cancel)
    {
        if (broken)
            throw Lost(inner: null, isTransient: true);
        watch.Begin(timeout, cancel);
        TResult result = default!;
        Exception? error = null;
        try
        {
            result = await exchange(this, state);
        }
        catch (Exception e)
        {
            error = e;   // looked at below, when nothing can interfere with the session any more
        }
        (StopReason reason, bool delivered) = await watch.EndAsync();
        if (error is null && reason == StopReason.None)
            return result;
        if (error is not null && (error is not MariaDbException refused || ErrorNumber.EndsConnection(refused.Code)))
            Break();
        if (error is not null)
            Status &= ~ServerStatus.MoreResults;

        bool stopped = broken || error is MariaDbException { Code: ErrorNumber.Interrupted };
        if (stopped)
        {
            reason = reason == StopReason.None ? pendingKill : reason;   // the error may arrive after columns or rows that were on their way
            pendingKill = StopReason.None;
        }
        else if (delivered)
        {
            pendingKill = reason;
        }
        if (error is null)
            return result;
        if (stopped && reason == StopReason.Canceled)
            throw new OperationCanceledException("The command was cancelled.", error, cancel);
        if (stopped && reason == StopReason.TimedOut)
            throw new MariaDbException(ErrorNumber.StatementTimeout, "70100", $"The command did not finish within {timeout.TotalSeconds:0.###} s and was stopped.", isTransient: false, error);
        if (error is MariaDbException)
            ExceptionDispatchInfo.Throw(error);
        throw IsNetworkFailure(error) ? Lost(error, isTransient: !channel.RequestSent) : Malformed(settings, error);
    }

    // A kill that arrived after its command had ended could hit the next one: let it hit a command that does nothing.
    private async ValueTask AbsorbKillAsync()
    {
        if (pendingKill == StopReason.None || broken)
            return;
        pendingKill = StopReason.None;
        try
        {
            await ExchangeAsync(static (session, _) => session.SendQueryAsync("DO 0"), 0, HousekeepingTimeout, CancellationToken.None);
        }
        catch (MariaDbException e) when (e.Code == ErrorNumber.Interrupted)
        {
            // That was it.
        }
    }

    private async Task<bool> KillQueryAsync(CancellationToken cancel)
    {
        try
        {
            await using Session killer = await ConnectAsync(settings with { Database = null, StatementCacheSize = 0 }, cancel);
            await killer.QueryAsync($"KILL QUERY {threadId}", HousekeepingTimeout, CancellationToken.None);
            return true;
        }
        catch (Exception e) when (e is MariaDbException or OperationCanceledException)
        {
            return false;
        }
    }

    private MariaDbException Lost(Exception? inner, bool isTransient) =>
        new(ErrorNumber.ConnectionLost, "HY000", $"The connection to MariaDB at {settings.Address} was lost{(inner is null ? "" : ": " + inner.Message)}", isTransient, inner);

    private static MariaDbException CannotConnect(MariaDbSettings settings, string why, Exception inner) =>
        new(ErrorNumber.CannotConnect, "HY000", $"MariaDB at {settings.Address} cannot be reached: {why}", isTransient: true, inner);

    private static MariaDbException Malformed(MariaDbSettings settings, Exception inner) =>
        new(ErrorNumber.MalformedPacket, "HY000", $"What {settings.Address} sent is not MariaDB's protocol: {inner.Message}", isTransient: false, inner);

    private static bool IsNetworkFailure(Exception e) => e is IOException or SocketException or ObjectDisposedException;
}
