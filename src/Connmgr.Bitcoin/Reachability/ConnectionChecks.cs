using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Checks connections that a change of the machine's network or a suspend may have broken: pings them, and closes those whose peers have
/// sent nothing within <see cref="Deadline"/>. The manager replaces them.
/// </summary>
/// <param name="connections">The connections.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The network's logger.</param>
internal sealed class ConnectionChecks(ConnectionManager connections, TimeProvider time, ILogger logger)
{
    /// <summary>The time for an answer.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>The rounds for a peer that is not read meanwhile, so that nothing is known about it.</summary>
    private const int MaxRounds = 3;

    /// <summary>The most checks at a time. Further ones wait, and become one check of all connections: a host of the LAN may cause any number.</summary>
    private const int MaxRunning = 2;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _wanted = new(initialCount: 0, maxCount: 1); // Released when there is a pending check.
    private Check? _pending; // Guarded by _lock.

    /// <summary>Requests a check. Thread-safe.</summary>
    /// <param name="cause">The cause, for the log and for the reason of the end of a connection.</param>
    /// <param name="isAffected">Determines whether to check a connection. Pure.</param>
    public void Request(string cause, Func<Connection, bool> isAffected)
    {
        lock (_lock)
        {
            if (_pending is null)
                _wanted.Release();
            _pending = new(cause, _pending is null ? isAffected : static _ => true);
        }
    }

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                await _wanted.WaitAsync(cancellationToken).ConfigureAwait(false);
                while (running.Count == MaxRunning || running.Exists(static check => check.IsCompleted))
                {
                    var ended = await Task.WhenAny(running).ConfigureAwait(false);
                    running.Remove(ended);
                    await ended.ConfigureAwait(false);
                }

                running.Add(RunAsync(TakePending(), cancellationToken));
            }
        }
        finally
        {
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Check TakePending()
    {
        lock (_lock)
        {
            var check = _pending!;
            _pending = null;
            return check;
        }
    }

    private async Task RunAsync(Check check, CancellationToken cancellationToken)
    {
        var (cause, isAffected) = check;
        var snapshot = await connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var open = snapshot.Connections.Select(static each => each.Connection).Where(each => each.UserState is BitcoinPeer && isAffected(each)).ToList();
        if (open.Count == 0)
            return;
        NetworkLog.CheckingConnections(logger, cause, open.Count);
        for (var round = 0; round < MaxRounds && open.Count > 0; round++)
        {
            var probes = open.ConvertAll(static each => (Connection: each, KeepAlive: ((BitcoinPeer)each.UserState!).KeepAlive, Probe: ((BitcoinPeer)each.UserState).KeepAlive.BeginProbe()));
            await Task.Delay(Deadline, time, cancellationToken).ConfigureAwait(false);
            open.Clear();
            foreach (var (connection, keepAlive, probe) in probes)
            {
                if (keepAlive.GetAnswer(probe) is not { } isAnswered)
                    open.Add(connection);
                else if (!isAnswered)
                    connection.CloseAfterNetworkChange(Invariant($"no answer within {Deadline.TotalSeconds} s after {cause}"));
            }
        }
    }

    /// <summary>A check that was requested.</summary>
    /// <param name="Cause">The cause.</param>
    /// <param name="IsAffected">Determines whether to check a connection.</param>
    private sealed record Check(string Cause, Func<Connection, bool> IsAffected);
}
