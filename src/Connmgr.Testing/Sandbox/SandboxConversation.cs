using Connmgr.Bitcoin;

namespace Connmgr.Testing;

/// <summary>
/// One connection of a sandbox host, in either direction, with the behaviour of its kind. Ends with the connection, without an exception.
/// </summary>
internal sealed class SandboxConversation
{
    /// <summary>The share of its known addresses that a host returns at most, as in Bitcoin Core.</summary>
    private const double MaxAddressShare = 0.23;

    private const int CurrentVersion = 70016;
    private const int ObsoleteVersion = 60000;
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(60);

    private readonly SandboxWorld _world;
    private readonly SandboxHostKind _kind;
    private readonly SandboxTraits _traits;
    private readonly MemoryNetworkStream _direct;
    private readonly LaggingStream _stream;
    private readonly ConnectionDirection _direction;
    private readonly Random _random;
    private bool _gaveAddresses;

    /// <param name="world">The sandbox.</param>
    /// <param name="host">The host.</param>
    /// <param name="stream">The host's end of the connection; the caller disposes it.</param>
    /// <param name="direction">The direction, from the host's point of view.</param>
    public SandboxConversation(SandboxWorld world, SandboxHost host, MemoryNetworkStream stream, ConnectionDirection direction)
    {
        _world = world;
        _kind = host.Kind;
        _traits = SandboxTraits.Create(host, world.Options);
        _direct = stream;
        _stream = new(stream, _traits.Latency, world.Time);
        _direction = direction;
        _random = new(_traits.Seed);
    }

    private int Height => Math.Max(0, _world.Chain.Height - _traits.BlocksBehind);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TalkAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (
            e is ConnectFailedException or BitcoinProtocolException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection has ended: either side closed or reset it.
        }
    }

    private Task TalkAsync(CancellationToken cancellationToken) => _kind switch
    {
        SandboxHostKind.Silent => SilentService.RunAsync(_direct, cancellationToken),
        SandboxHostKind.WrongChain => OfferVersionAsync(ChainParameters.Mainnet, OurVersion(), cancellationToken),
        SandboxHostKind.Obsolete => OfferVersionAsync(
            SandboxNetwork.Chain,
            OurVersion() with { ProtocolVersion = ObsoleteVersion, UserAgent = "/Satoshi:0.6.0/" },
            cancellationToken),
        _ => BeAPeerAsync(cancellationToken),
    };

    /// <summary>Sends a version message that the other side cannot accept.</summary>
    private async Task OfferVersionAsync(ChainParameters chain, VersionMessage version, CancellationToken cancellationToken)
    {
        if (_direction == ConnectionDirection.Inbound)
            await _stream.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false);

        await new FrameWriter(_direct, chain).WriteAsync(MessageCommand.Version, version.Encode(), cancellationToken).ConfigureAwait(false);
        await SilentService.RunAsync(_direct, cancellationToken).ConfigureAwait(false);
    }

    private VersionMessage OurVersion() => new()
    {
        ProtocolVersion = CurrentVersion,
        Services = _traits.Services,
        Timestamp = _world.Time.GetUtcNow().ToUnixTimeSeconds(),
        Receiver = VersionAddress.FromEndPoint(_direct.RemoteEndPoint),
        Nonce = (ulong)_random.NextInt64(1, long.MaxValue),
        UserAgent = _traits.UserAgent,
        StartHeight = Height,
    };

    private async Task BeAPeerAsync(CancellationToken cancellationToken)
    {
        var peer = await HandshakeAsync(cancellationToken).ConfigureAwait(false);
        var server = new SandboxChainServer(_world, _traits, peer);
        using var age = new CancellationTokenSource(IsRestless ? _traits.Age : Timeout.InfiniteTimeSpan, _world.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, age.Token);
        try
        {
            await Task.WhenAll(ConverseAsync(peer, server, end), server.AnnounceAsync(end.Token)).ConfigureAwait(false);
        }
        catch (Exception e) when (
            e is OperationCanceledException or IOException && age.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // An announcement under way at that moment fails with an IOException, which WhenAll prefers to the cancellation.
            await TurnAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsRestless => _kind is SandboxHostKind.Leaving or SandboxHostKind.Crashing
        or SandboxHostKind.Babbling or SandboxHostKind.Corrupting or SandboxHostKind.Oversized;

    private async Task<BitcoinPeer> HandshakeAsync(CancellationToken cancellationToken)
    {
        var protocol = new BitcoinProtocol(new()
        {
            Chain = SandboxNetwork.Chain,
            UserAgent = _traits.UserAgent,
            WtxidRelay = true, // As the programs whose user agents they have.
            Services = _traits.Services,
            Transport = _traits.Services.HasFlag(NodeServices.P2PV2) ? TransportPolicy.PreferV2 : TransportPolicy.V1Only, // As in Bitcoin Core.
            StartHeight = () => Height,
            TimeProvider = _world.Time,
            Random = new Random(_traits.Seed + 1), // A separate one: pings draw at any time, and the host's messages must not depend on that.
        });
        using var deadline = new CancellationTokenSource(HandshakeTimeout, _world.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        return await protocol.HandshakeAsync(_stream, _direction, _direct.RemoteEndPoint, end.Token).ConfigureAwait(false);
    }

    /// <summary>Answers until the connection ends or <paramref name="end"/> is cancelled; cancels it in either case.</summary>
    private async Task ConverseAsync(BitcoinPeer peer, SandboxChainServer server, CancellationTokenSource end)
    {
        try
        {
            await peer.RunAsync((_, message, token) => OnMessageAsync(peer, server, message, token), end.Token).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
        }
    }

    private ValueTask OnMessageAsync(BitcoinPeer peer, SandboxChainServer server, BitcoinMessage message, CancellationToken cancellationToken) =>
        message.Command == MessageCommand.GetAddr ? AnswerAddressesAsync(peer, cancellationToken) : server.HandleAsync(message, cancellationToken);

    /// <summary>Answers once, and only peers that dialled, as Bitcoin Core does.</summary>
    private async ValueTask AnswerAddressesAsync(BitcoinPeer peer, CancellationToken cancellationToken)
    {
        if (_direction != ConnectionDirection.Inbound || _gaveAddresses)
            return;
        _gaveAddresses = true;
        var count = Math.Clamp((int)(MaxAddressShare * _world.Hosts.Length), 1, AddressMessage.MaxEntries);
        var hosts = _random.GetItems(_world.Hosts, count);
        var command = peer.WantsAddrV2 ? MessageCommand.AddrV2 : MessageCommand.Addr;
        var payload = AddressMessage.Encode(command, Addresses(hosts, _world.Time.GetUtcNow()))[0];
        await peer.SendAsync(command, payload, cancellationToken).ConfigureAwait(false);
    }

    private PeerAddress[] Addresses(IEnumerable<SandboxHost> hosts, DateTimeOffset seen) =>
    [
        .. hosts.Distinct().Select(host => new PeerAddress(
            new(NetworkAddress.FromIPAddress(host.EndPoint.Address), (ushort)host.EndPoint.Port), (ulong)SandboxTraits.Create(host, _world.Options).Services, seen)),
    ];

    /// <summary>Ends the good behaviour of a host: performs the misdeed of its kind.</summary>
    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        if (_kind == SandboxHostKind.Crashing)
            _direct.Reset();

        if (Misdeed() is not { } bytes)
            return;

        await _direct.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        await SilentService.RunAsync(_direct, cancellationToken).ConfigureAwait(false);
    }

    private byte[]? Misdeed()
    {
        var bytes = new byte[FrameHeader.Size];
        var header = FrameHeader.Create(FrameHeader.GetMagic(SandboxNetwork.Chain), MessageCommand.Inv, payload: []);
        switch (_kind)
        {
            case SandboxHostKind.Babbling:
                _random.NextBytes(bytes);
                bytes[0] = (byte)~SandboxNetwork.Chain.Magic[0]; // Never the magic, whatever the random bytes.
                return bytes;
            case SandboxHostKind.Corrupting:
                (header with { Checksum = ~header.Checksum }).Write(bytes);
                return bytes;
            case SandboxHostKind.Oversized:
                (header with { PayloadLength = -1 }).Write(bytes); // 4 GiB - 1, as the other side reads it.
                return bytes;
            default:
                return null;
        }
    }
}
