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
            _chance.Choose(addresses, allowed); // A peer that tells of more than it may has no say in which are taken.
            var counts = Take(session, addresses[..allowed], session.PassesOn(reader.Entries));
            counts = counts with { Received = reader.Entries, Limited = addresses.Length - allowed };
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

    private GossipCounts Take(GossipSession session, ReadOnlySpan<PeerAddress> addresses, bool passOn)
    {
        var now = _time.GetUtcNow();
        var (accepted, stored) = (0, 0);
        foreach (ref readonly var told in addresses)
        {
            if (!_rules.TryRead(told, now, out var address) || _own.Contains(address.EndPoint))
                continue;
            session.Outbox?.OnToldBy(address.EndPoint);
            if (IsBanned(address.EndPoint.Address))
                continue;

            var isReachable = _rules.IsReachable(address.EndPoint.Address.Network);
            if (passOn && GossipRules.IsFresh(address, now))
                _relay.Relay(address, session, isReachable);
            if (!isReachable)
                continue;

            accepted++;
            if (_book.Add(address, session.Source, GossipRules.Penalty))
                stored++;
        }

        return new() { Accepted = accepted, Stored = stored };
    }
}
