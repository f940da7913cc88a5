namespace Connmgr;

/// <summary>The sessions of a controller, from their creation until their connections to the router have ended; a part of them is in use by connections. Thread-safe.</summary>
internal sealed class SamSessions
{
    private readonly Lock _lock = new();
    private readonly List<SamSession> _all = [];

    /// <summary>The number of sessions that the router has.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _all.Count(static session => !session.Ended.IsCompleted);
        }
    }

    /// <summary>Adds a new session, and forgets those that are over.</summary>
    public void Add(SamSession session)
    {
        lock (_lock)
        {
            _all.RemoveAll(static session => session.Watching.IsCompleted);
            _all.Add(session);
        }
    }

    /// <summary>Ends all sessions, and waits until nothing of them is left. No session is added afterwards.</summary>
    public async Task EndAsync()
    {
        SamSession[] all;
        lock (_lock)
            all = [.. _all];
        foreach (var session in all)
            session.Dispose();
        await Task.WhenAll(all.Select(static session => session.Watching)).ConfigureAwait(false);
    }
}
