using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>Connecting to the best of several addresses of one host (RFC 8305).</summary>
internal static class HappyEyeballs
{
    /// <summary>Orders addresses for trying: IPv6 and IPv4 in turn, IPv6 first, each family in its given order, no address twice.</summary>
    public static List<IPAddress> Order(IReadOnlyList<IPAddress> addresses, AddressFamily family, int limit)
    {
        var seen = new HashSet<IPAddress>();
        Queue<IPAddress> v6 = new(), v4 = new();
        foreach (var address in addresses)
        {
            var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            if ((family == AddressFamily.Unspecified || family == plain.AddressFamily) && seen.Add(plain))
            {
                (plain.AddressFamily == AddressFamily.InterNetworkV6 ? v6 : v4).Enqueue(plain);
            }
        }

        var order = new List<IPAddress>();
        while (order.Count < limit && v6.Count + v4.Count > 0)
        {
            var turn = v4.Count == 0 || (v6.Count > 0 && order.Count % 2 == 0) ? v6 : v4;
            order.Add(turn.Dequeue());
        }

        return order;
    }

    /// <summary>
    /// Connects to the addresses one after the other, each with a head start of <paramref name="delay"/> that a failure cuts short.
    /// Returns the first connection; all others have then ended and been disposed.
    /// </summary>
    public static async ValueTask<Stream> ConnectAsync(
        string target,
        List<IPEndPoint> addresses,
        Func<IPEndPoint, CancellationToken, ValueTask<Stream>> connect,
        TimeSpan delay,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<Stream>>();
        var failures = new List<ConnectFailedException>();
        var headStart = Task.CompletedTask;
        var next = 0;
        try
        {
            while (true)
            {
                if (next < addresses.Count && headStart.IsCompleted)
                {
                    running.Add(connect(addresses[next++], race.Token).AsTask());
                    headStart = next < addresses.Count ? Task.Delay(delay, timeProvider, race.Token) : Task.CompletedTask;
                }

                await Task.WhenAny(next < addresses.Count ? [.. running, headStart] : running).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                for (var i = running.Count - 1; i >= 0; i--)
                {
                    if (!running[i].IsCompleted)
                    {
                        continue;
                    }

                    var ended = running[i];
                    if (ended.IsCompletedSuccessfully)
                    {
                        var winner = await ended.ConfigureAwait(false);
                        running.RemoveAt(i);
                        return winner;
                    }

                    running.RemoveAt(i);
                    failures.Add(await FailureOfAsync(ended, cancellationToken).ConfigureAwait(false));
                    headStart = Task.CompletedTask;
                }

                if (failures.Count == addresses.Count)
                {
                    throw SocketFailure.OfAll(target, failures);
                }
            }
        }
        finally
        {
            await race.CancelAsync().ConfigureAwait(false);
            await EndAsync(running).ConfigureAwait(false);
        }
    }

    private static async ValueTask<ConnectFailedException> FailureOfAsync(Task<Stream> ended, CancellationToken cancellationToken)
    {
        try
        {
            await (await ended.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (ConnectFailedException failure)
        {
            return failure;
        }
        catch (OperationCanceledException)
        {
            // Only the caller's token can end an attempt while the race is open, so report that token, not that of the race.
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }

        throw new InvalidOperationException("Only a failed attempt has a failure.");
    }

    private static async ValueTask EndAsync(List<Task<Stream>> losers)
    {
        foreach (var loser in losers)
        {
            try
            {
                await (await loser.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The race is decided: the outcomes of the others are irrelevant, and must not affect the winner.
            }
        }
    }
}
