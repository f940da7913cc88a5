using System.Threading.Channels;
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

    /// <summary>The most checks at a time; further ones wait.</summary>
    private const int MaxRunning = 8;

    private readonly Channel<(string Cause, Func<Connection, bool> IsAffected)> _wanted =
        Channel.CreateUnbounded<(string, Func<Connection, bool>)>(new UnboundedChannelOptions { SingleReader = true }); // Peers can't cause any.

    /// <summary>Requests a check. Thread-safe.</summary>
    /// <param name="cause">The cause, for the log and for the reason of the end of a connection.</param>
    /// <param name="isAffected">Determines whether to check a connection. Pure.</param>
    public void Request(string cause, Func<Connection, bool> isAffected) => _wanted.Writer.TryWrite((cause, isAffected));

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = new List<Task>();
        try
        {
            await foreach (var (cause, isAffected) in _wanted.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                running.Add(CheckAsync(cause, isAffected, cancellationToken));
                while (running.Count == MaxRunning || running.Exists(static check => check.IsCompleted))
                {
                    var ended = await Task.WhenAny(running).ConfigureAwait(false);
                    running.Remove(ended);
                    await ended.ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CheckAsync(string cause, Func<Connection, bool> isAffected, CancellationToken cancellationToken)
    {
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
}
