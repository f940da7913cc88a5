using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>Visits nodes: dials, does the handshake, measures a ping, asks for addresses, and closes. Thread-safe.</summary>
internal sealed class CrawlVisitor
{
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    private readonly NetworkCrawlerOptions _options;
    private readonly BitcoinPeerOptions _protocolOptions;
    private readonly BitcoinProtocol _protocol;
    private readonly Func<EndPoint, CancellationToken, ValueTask<Stream>> _dial;
    private readonly AddressFilter _filter;
    private readonly AskSchedule _asks;
    private readonly bool _canSpeakV2;
    private readonly LeaseClock _clock;
    private readonly OutageWatch _outage;

    public CrawlVisitor(NetworkCrawlerOptions options, LeaseClock clock, OutageWatch outage)
    {
        (_options, _clock, _outage) = (options, clock, outage);
        _protocolOptions = (options.Protocol ?? new() { Relay = false }).For(options.Chain!, options.TimeProvider);
        _protocolOptions.MessageCommands = [MessageCommand.Addr, MessageCommand.AddrV2];
        _canSpeakV2 = PeerRuntime.LoadKeyExchange(_protocolOptions).Exchange is not null;
        _protocol = new(_protocolOptions);
        _dial = options.Dial ?? new TcpDialer(new TcpDialerOptions { TimeProvider = options.TimeProvider }).DialAsync;
        _filter = new(options.Networks, options.AllowPrivateAddresses);
        _asks = new(options.AskInterval);
    }

    /// <summary>Visits an address.</summary>
    /// <param name="active">The visit.</param>
    /// <param name="previousStart">The start of the round before; null if it is not known.</param>
    /// <param name="start">The start of the round.</param>
    /// <returns>The visit, whether it reached the node or not.</returns>
    /// <exception cref="OperationCanceledException">The token of the visit was cancelled.</exception>
    public async Task<CrawlVisit> VisitAsync(ActiveVisit active, DateTimeOffset? previousStart, DateTimeOffset start)
    {
        var (lease, cancellationToken) = (active.Lease, active.Token);
        var time = _options.TimeProvider;
        var started = time.GetTimestamp();
        var visit = new CrawlVisit { EndPoint = lease.EndPoint, Round = active.Round, Time = time.GetUtcNow(), Duration = default };
        var asks = lease.IsNew || lease.Failures > 0 || _asks.IsDue(lease.EndPoint, previousStart, start);
        try
        {
            visit = await ReachAsync(visit, active, asks, cancellationToken).ConfigureAwait(false);
        }
        catch (ConnectFailedException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (OutageWatch.IsAnswer(exception.Cause))
                _outage.Answered();
            visit = visit with { FailedPhase = exception.Phase, FailureCause = exception.Cause, Failures = lease.Failures + 1 };
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The program's dialler.
            visit = visit with { FailedPhase = ConnectPhase.Tcp, FailureCause = ConnectFailureCause.Unknown, Failures = lease.Failures + 1 };
        }

        return visit with { Duration = time.GetElapsedTime(started) };
    }

    /// <summary>Dials an address, and closes the connection. An answer is noted.</summary>
    /// <exception cref="ConnectFailedException">The dial failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task AskAsync(NetworkEndPoint node, CancellationToken cancellationToken)
    {
        var endPoint = node.ToEndPoint()!;
        try
        {
            var stream = await DialAsync(endPoint, cancellationToken).ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (ConnectFailedException exception) when (OutageWatch.IsAnswer(exception.Cause))
        {
            _outage.Answered();
        }
    }

    private async Task<CrawlVisit> ReachAsync(CrawlVisit visit, ActiveVisit active, bool asks, CancellationToken cancellationToken)
    {
        var lease = active.Lease;
        var endPoint = lease.EndPoint.ToEndPoint()!;
        var policy = _protocolOptions.GetTransport(endPoint, isOnion: false);
        var beginsV2 = _canSpeakV2 && policy != TransportPolicy.V1Only
            && (policy == TransportPolicy.V2Only || lease.Services == 0 || ((NodeServices)lease.Services).HasFlag(NodeServices.P2PV2));
        try
        {
            return await ReachAsync(visit, active, asks, endPoint, policy, beginsV2, cancellationToken).ConfigureAwait(false);
        }
        catch (ConnectFailedException exception) when (beginsV2 && policy == TransportPolicy.PreferV2 && exception.Cause == ConnectFailureCause.UnsupportedTransport)
        {
            return await ReachAsync(visit, active, asks, endPoint, policy, beginsV2: false, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<CrawlVisit> ReachAsync(
        CrawlVisit visit, ActiveVisit active, bool asks, EndPoint endPoint, TransportPolicy policy, bool beginsV2, CancellationToken cancellationToken)
    {
        var time = _options.TimeProvider;
        var started = time.GetTimestamp();
        active.StepBegan = _clock.Now;
        var stream = await DialAsync(endPoint, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var dialTime = time.GetElapsedTime(started);
            active.StepBegan = _clock.Now;
            var profile = new HandshakeProfile(NodeServices.None, _protocolOptions.Relay)
            {
                Network = active.Lease.EndPoint.Address.Network,
                Policy = policy,
                DialsV2 = beginsV2,
                Patience = beginsV2 && policy == TransportPolicy.PreferV2 ? _options.HandshakeTimeout / 2 : null,
            };
            var peer = await LimitAsync(
                token => _protocol.HandshakeAsync(stream, ConnectionDirection.Outbound, endPoint, profile, token),
                _options.HandshakeTimeout,
                ConnectPhase.Handshake,
                cancellationToken).ConfigureAwait(false);
            _outage.Answered();
            var talk = new CrawlTalk(peer, _filter, asks);
            await talk.RunAsync(talk.Asks ? _options.AnswerTimeout : PingTimeout, time, cancellationToken).ConfigureAwait(false);
            return visit with
            {
                Version = peer.Version,
                Transport = peer.Transport,
                Features = peer.Features,
                WantsAddrV2 = peer.WantsAddrV2,
                WantsWtxidRelay = peer.WantsWtxidRelay,
                DialTime = dialTime,
                Latency = talk.Latency,
                WasAsked = talk.Asks,
                Addresses = talk.Addresses,
            };
        }
    }

    private async ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var stream = await LimitAsync(
            token => _dial(endPoint, token),
            _options.GetProxy?.Invoke(endPoint) is null ? _options.DialTimeout : _options.ProxiedDialTimeout,
            ConnectPhase.Tcp,
            cancellationToken).ConfigureAwait(false);
        _outage.Answered();
        return stream;
    }

    /// <summary>Limits the time of a step. Its end is a failure as another.</summary>
    private async ValueTask<T> LimitAsync<T>(Func<CancellationToken, ValueTask<T>> step, TimeSpan limit, ConnectPhase phase, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await step(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ConnectFailedException(phase, ConnectFailureCause.Timeout, Invariant($"There was no answer within {limit.TotalSeconds} s."), exception);
        }
    }
}
