using System.Buffers;

namespace Connmgr.Bitcoin;

/// <content>What is made of the addresses that a peer tells of.</content>
public sealed partial class AddressGossip
{
    /// <summary>Takes the addresses of an addr or addrv2.</summary>
    /// <param name="session">The session with the peer.</param>
    /// <param name="tokens">What the peer may still tell of.</param>
    /// <param name="command">Which of the two.</param>
    /// <param name="payload">Its payload.</param>
    /// <returns>The number of entries that it has.</returns>
    /// <exception cref="BitcoinProtocolException">The payload breaks a rule.</exception>
    internal int Learn(GossipSession session, ref AddressTokens tokens, MessageCommand command, ReadOnlySpan<byte> payload)
    {
        var reader = new AddressMessageReader(command, payload);
        var buffer = ArrayPool<PeerAddress>.Shared.Rent(reader.Entries);
        try
        {
            var addresses = buffer.AsSpan(0, reader.Read(buffer));
            var allowed = tokens.Take(addresses.Length, Now);
            Choose(addresses, allowed);
            var counts = Take(session, addresses[..allowed]) with { Received = reader.Entries, Limited = addresses.Length - allowed };
            counts = counts with { Dropped = counts.Received - counts.Limited - counts.Accepted };
            session.Tally.Add(counts);
            _tally.Add(counts);
            return reader.Entries;
        }
        finally
        {
            ArrayPool<PeerAddress>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Moves some to the front at random: a peer that tells of more than it may has no say in which are taken, nor in their order.
    /// </summary>
    private void Choose(Span<PeerAddress> addresses, int count)
    {
        lock (_chance)
        {
            for (var i = 0; i < count; i++)
            {
                var chosen = _random.Next(i, addresses.Length);
                (addresses[i], addresses[chosen]) = (addresses[chosen], addresses[i]);
            }
        }
    }

    private GossipCounts Take(GossipSession session, ReadOnlySpan<PeerAddress> addresses)
    {
        var now = _time.GetUtcNow();
        var (accepted, stored) = (0, 0);
        foreach (ref readonly var told in addresses)
        {
            if (!_rules.TryRead(told, now, out var address) || IsBanned(address.EndPoint.Address))
                continue;
            if (!_rules.IsReachable(address.EndPoint.Address.Network))
                continue;

            accepted++;
            if (_book.Add(address, session.Source, GossipRules.Penalty))
                stored++;
        }

        return new() { Accepted = accepted, Stored = stored };
    }
}
