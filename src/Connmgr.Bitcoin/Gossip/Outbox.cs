namespace Connmgr.Bitcoin;

/// <summary>
/// What waits to be told to a peer, until its turn comes. The times and <see cref="Send"/> are the relay's, under its lock; all else is
/// thread-safe.
/// </summary>
internal sealed class Outbox(BitcoinPeer peer)
{
    private readonly Lock _lock = new();
    private readonly KnownAddresses _known = new();
    private readonly List<PeerAddress> _waiting = [];
    private readonly MessageCommand _command = peer.WantsAddrV2 ? MessageCommand.AddrV2 : MessageCommand.Addr;

    /// <summary>When the peer is told next what waits.</summary>
    public TimeSpan NextTurn { get; set; }

    /// <summary>When the peer is told our own address next; null before the first time.</summary>
    public TimeSpan? NextOwn { get; set; }

    /// <summary>The message being sent, or the last one.</summary>
    public Task Sending { get; private set; } = Task.CompletedTask;

    /// <summary>Whether a message to the peer can hold an address.</summary>
    public bool CanHold(in NetworkAddress address) => AddressMessage.CanHold(_command, address);

    /// <summary>The peer told of an address.</summary>
    public void OnToldBy(in NetworkEndPoint address)
    {
        lock (_lock)
            _known.Add(address);
    }

    /// <summary>Puts an address in, unless the peer knows it. When it is full, it takes the place of another one.</summary>
    public void Put(in PeerAddress address, GossipChance chance)
    {
        lock (_lock)
        {
            if (_known.Contains(address.EndPoint))
                return;

            _known.Add(address.EndPoint);
            if (_waiting.Count < AddressMessage.MaxEntries)
                _waiting.Add(address);
            else
                _waiting[chance.Next(_waiting.Count)] = address;
        }
    }

    /// <summary>Takes out all that waits.</summary>
    public PeerAddress[] Take()
    {
        lock (_lock)
        {
            PeerAddress[] taken = [.. _waiting];
            _waiting.Clear();
            return taken;
        }
    }

    /// <summary>Begins to send a message. For when <see cref="Sending"/> is complete. Runs nothing of the user's on this thread.</summary>
    public void Send(PeerAddress[] addresses)
    {
        foreach (var payload in AddressMessage.Encode(_command, addresses)) // One at most: no more than fit wait.
            Sending = Task.Run(() => SendAsync(payload));
    }

    private async Task SendAsync(byte[] payload)
    {
        try
        {
            await peer.SendAsync(_command, payload).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The connection has ended; the peer's RunAsync says why.
        }
    }
}
