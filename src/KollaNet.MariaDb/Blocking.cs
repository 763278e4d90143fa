namespace KollaNet.MariaDb;

/// <summary>The synchronous half that ADO.NET's base classes demand: it blocks a thread on the asynchronous half. Use the asynchronous members.</summary>
internal static class Blocking
{
    // On the pool, so that the caller's synchronization context cannot deadlock with the wait.
    public static T Wait<T>(Func<Task<T>> operation) => Task.Run(operation).GetAwaiter().GetResult();

    public static void Wait(Func<Task> operation) => Task.Run(operation).GetAwaiter().GetResult();
}
