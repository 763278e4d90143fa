using System.Diagnostics;
using System.Runtime.ExceptionServices;
using KollaNet.Bench.Wire;

namespace KollaNet.Bench.Workloads;

/// <summary>Several clients at once, each a thread with a connection of its own.</summary>
internal static class Clients
{
    /// <exception cref="InvalidOperationException">Whatever the first client that failed threw.</exception>
    public static void RunAll(int count, Uri server, Action<int, HttpConnection> work)
    {
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            try
            {
                using var connection = new HttpConnection(server);
                work(i, connection);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, e, null);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Sends requests for a while.</summary>
    /// <param name="one">Sends one request; false: there is none left.</param>
    /// <returns>Milliseconds of every request, sorted.</returns>
    public static double[] Repeat(int count, Uri server, TimeSpan window, Func<HttpConnection, bool> one)
    {
        var latencies = new List<double>[count];
        long started = Stopwatch.GetTimestamp();
        RunAll(count, server, (i, connection) =>
        {
            List<double> own = latencies[i] = [];
            while (Stopwatch.GetElapsedTime(started) < window)
            {
                long sent = Stopwatch.GetTimestamp();
                if (!one(connection)) break;
                own.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
        });
        double[] all = [.. latencies.SelectMany(own => own)];
        Array.Sort(all);
        return all;
    }

    public static double Percentile(double[] sorted, double share) => sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
}
