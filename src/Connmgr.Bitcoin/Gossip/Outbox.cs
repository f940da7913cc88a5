namespace Connmgr.Bitcoin;

/// <summary>
/// Collects the addresses that the relay sends to one peer. The relay uses the times and <see cref="Send"/> under its lock; everything else
/// is thread-safe.
/// </summary>
/// <param name="peer">The peer.</param>
/// <param name="recipient">The peer's address, which decides which external address it is sent.</param>
/// <param name="secret">The peer's number in <see cref="RelayDraw"/>.</param>
internal sealed class Outbox(BitcoinPeer peer, NetworkAddress recipient, ulong secret)
{
    private readonly Lock _lock = new();
    private readonly MessageCommand _command = peer.WantsAddrV2 ? MessageCommand.AddrV2 : MessageCommand.Addr;

    // Guarded by _lock.
    private readonly KnownAddresses _known = new();
    private readonly List<PeerAddress> _waiting = []; // At most AddressMessage.MaxEntries.

    /// <summary>The peer's address.</summary>
    public NetworkAddress Recipient => recipient;

    /// <summary>True for a peer of the onion service, which has Tor's address.</summary>
    public bool IsOnion => peer.Connection is { IsOnion: true };

    /// <summary>True for an inbound peer.</summary>
    public bool IsInbound => peer.Direction == ConnectionDirection.Inbound;

    /// <summary>The address at which the peer says it sees this node.</summary>
    public NetworkEndPoint SeenAt => new(NetworkAddress.FromIPAddress(peer.Version.Receiver.Address).ToCjdns(), peer.Version.Receiver.Port);

    /// <summary>The peer's number in <see cref="RelayDraw"/>.</summary>
    public ulong Secret => secret;

    /// <summary>The next time at which the addresses are sent.</summary>
    public TimeSpan NextSendAt { get; set; }

    /// <summary>The next time at which the node's external address is sent; null before the first time.</summary>
    public TimeSpan? NextExternalAt { get; set; }

    /// <summary>The last message, complete once it is sent.</summary>
    public Task Sending { get; private set; } = Task.CompletedTask;

    /// <summary>Determines whether a message to the peer can hold an address.</summary>
    public bool CanHold(in NetworkAddress address) => AddressMessage.CanHold(_command, address);

    /// <summary>Notes that the peer knows an address, so that it is not sent.</summary>
    public void AddKnown(in NetworkEndPoint address)
    {
        lock (_lock)
            _known.Add(address);
    }

    /// <summary>Adds an address, unless the peer knows it. When the outbox is full, the address replaces a random one.</summary>
    public void Add(in PeerAddress address, GossipRandom random)
    {
        lock (_lock)
        {
            if (_known.Contains(address.EndPoint))
                return;

            _known.Add(address.EndPoint);
            if (_waiting.Count < AddressMessage.MaxEntries)
                _waiting.Add(address);
            else
                _waiting[random.Next(_waiting.Count)] = address;
        }
    }

    /// <summary>Removes and returns all addresses.</summary>
    public PeerAddress[] TakeAll()
    {
        lock (_lock)
        {
            PeerAddress[] taken = [.. _waiting];
            _waiting.Clear();
            return taken;
        }
    }

    /// <summary>Starts to send a message, once <see cref="Sending"/> is complete. No user code runs on the calling thread.</summary>
    public void Send(PeerAddress[] addresses)
    {
        foreach (var payload in AddressMessage.Encode(_command, addresses)) // At most one message, since no more addresses wait.
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
            // The connection has ended; the peer's RunAsync reports why.
        }
    }
}
