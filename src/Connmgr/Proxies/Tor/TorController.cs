using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Stays connected to Tor's control port, has Tor serve an onion service, and finds Tor's SOCKS port. When Tor ends, it is connected to
/// again once it is back, and serves the same address.
/// </summary>
/// <example>
/// <code>
/// var listener = TcpConnectionListener.Listen(new(IPAddress.Loopback, 8334), profile: new() { IsOnion = true });
/// var tor = new TorController(new IPEndPoint(IPAddress.Loopback, 9051), new()
/// {
///     OnionService = new() { Target = listener.LocalEndPoint, KeyFile = "onion_v3_private_key" },
/// });
/// var running = tor.RunAsync(stopping);
/// var state = await tor.WaitAsync(state => state.OnionService is not null, stopping);
/// </code>
/// </example>
/// <remarks>
/// <para>
/// Authenticates by password, by cookie (SAFECOOKIE; see <see cref="TorControllerOptions.AllowPlainCookie"/>) or not at all, whatever Tor
/// takes. The service lasts as long as the connection: Tor ends it when the program does, however that ends.
/// </para>
/// <para>
/// What Tor sends is bounded: 100,000 bytes a line, 1000 lines and 1 MiB a reply. Thread safety: all members may be used from any thread.
/// </para>
/// </remarks>
public sealed partial class TorController
{
    private const int UnknownOption = 512;

    /// <summary>
    /// A shorter session was of little use: the pauses go on growing, so that one who lets us in and out does not make us connect and log
    /// each second.
    /// </summary>
    private static readonly TimeSpan UsefulSession = TimeSpan.FromMinutes(1);

    private static readonly IPEndPoint UsualProxy = new(IPAddress.Loopback, ProxyEndPoint.DefaultPort);

    private readonly EndPoint _control;
    private readonly string _controlText;
    private readonly string? _password;
    private readonly bool _allowPlainCookie;
    private readonly bool _findsProxy;
    private readonly TimeSpan _setUpTimeout;
    private readonly Func<EndPoint, CancellationToken, ValueTask<Stream>> _connect;
    private readonly TimeProvider _timeProvider;
    private readonly RetryPauses _backoff;
    private readonly ILogger _logger;
    private readonly WatchedState<TorState> _state;
    private readonly string? _keyFile;
    private readonly int _virtualPort;
    private readonly Func<IPAddress?, EndPoint>? _chooseTarget;
    private readonly bool _proofOfWork;

    private string? _key;
    private string? _serviceId;
    private EndPoint? _unreachable;
    private int _hasStarted;

    /// <summary>Makes a controller; nothing is connected before <see cref="RunAsync"/>.</summary>
    /// <param name="control">
    /// Tor's control port, usually 127.0.0.1:9051: an <see cref="IPEndPoint"/>, <see cref="DnsEndPoint"/> or
    /// <see cref="UnixDomainSocketEndPoint"/>, or anything that <see cref="TorControllerOptions.Connect"/> understands.
    /// </param>
    /// <param name="options">Null for the defaults: no onion service.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public TorController(EndPoint control, TorControllerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(control);
        options ??= new TorControllerOptions();
        OptionsErrors.ThrowIfAny(options);

        _control = control;
        _controlText = ProxyEndPoint.Format(control);
        _password = options.Password;
        _allowPlainCookie = options.AllowPlainCookie;
        _findsProxy = options.DiscoverProxy;
        _setUpTimeout = options.SetupTimeout;
        _connect = options.Connect ?? ProxyConnector.For(control);
        _timeProvider = options.TimeProvider;
        _backoff = new RetryPauses(options.RetryDuration, options.MaxRetryDuration, DefaultRandom.Get(options.Random));
        _logger = GuardedLogger.Create<TorController>(options.LoggerFactory, _timeProvider);
        _state = new WatchedState<TorState>(new TorState(), options.OnChanged, exception => LogCallbackFailed(_logger, exception));
        if (options.OnionService is { } service)
        {
            _keyFile = service.KeyFile;
            _virtualPort = service.VirtualPort;
            _chooseTarget = service.ChooseTarget ?? (service.Target is { } target ? _ => target : null);
            _proofOfWork = service.ProofOfWork;
        }
    }

    /// <summary>The current state.</summary>
    public TorState State => _state.Current;

    /// <summary>Connects, and stays connected. Once for each object.</summary>
    /// <param name="cancellationToken">Ends it, and with it the onion service.</param>
    /// <returns>Completes when the token is cancelled and nothing is left; never fails otherwise.</returns>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _hasStarted, 1) != 0)
            throw new InvalidOperationException("The controller was started before. Make a new one.");
        string? lastFailure = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            var startedAt = _timeProvider.GetTimestamp();
            var failure = await SessionAsync(cancellationToken).ConfigureAwait(false);
            var wasConnected = State.IsConnected;
            if (wasConnected && _timeProvider.GetElapsedTime(startedAt) >= UsefulSession)
                _backoff.Reset();
            _state.Change(state => state with { IsConnected = false, OnionService = null, OnionTarget = null, IsOnionServicePublished = false, Failure = failure });
            if (failure is null)
                return;
            if (wasConnected || !string.Equals(failure, lastFailure, StringComparison.Ordinal))
                LogFailed(_logger, _controlText, failure);
            else
                LogStillFailed(_logger, _controlText, failure);
            lastFailure = failure;
            await Task.Delay(_backoff.Next(), _timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Waits until the state is as wanted.</summary>
    /// <param name="condition">The condition. Called with the current state and with later ones, some of which may be skipped; must be quick.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The first state seen that is so. It may have changed since.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<TorState> WaitAsync(Func<TorState, bool> condition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return _state.WaitAsync(condition, cancellationToken);
    }

    /// <summary>Runs one connection from its beginning to its end.</summary>
    /// <returns>The reason for its end; null when the controller ended it.</returns>
    private async Task<string?> SessionAsync(CancellationToken cancellationToken)
    {
        using var setUp = new CancellationTokenSource(_setUpTimeout, _timeProvider);
        using var link = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), setUp);
        try
        {
            var stream = await _connect(_control, setUp.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var session = new TorControlSession(stream, OnEvent);
                await SetUpAsync(session, stream, setUp.Token).ConfigureAwait(false);
                await session.ListenAsync(cancellationToken).ConfigureAwait(false);
                return "Tor closed the connection";
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (TorControlException exception)
        {
            return exception.Message;
        }
        catch (Exception) when (setUp.IsCancellationRequested && !State.IsConnected)
        {
            return $"no complete answer within {_setUpTimeout}";
        }
        catch (Exception exception)
        {
            return exception.Message.TrimEnd('.');
        }
    }

    private async Task SetUpAsync(TorControlSession session, Stream stream, CancellationToken cancellationToken)
    {
        var reply = await session.SendAsync("PROTOCOLINFO 1", cancellationToken).ConfigureAwait(false);
        if (!reply.IsDone)
            throw new TorControlException($"Tor does not say how to authenticate: {reply.Shown}");
        var info = TorProtocolInfo.Parse(reply);
        await TorAuthentication.AuthenticateAsync(session, info, _password, _allowPlainCookie, cancellationToken).ConfigureAwait(false);
        var proxy = _findsProxy ? await FindProxyAsync(session, cancellationToken).ConfigureAwait(false) : null;
        var target = _chooseTarget?.Invoke(GetEnds(stream).Local);
        var service = target is null ? (NetworkEndPoint?)null : await ServeAsync(session, ProxyEndPoint.Format(target), cancellationToken).ConfigureAwait(false);
        LogConnected(_logger, info.Version, _controlText);
        if (service is { } served)
            LogServed(_logger, served);
        GetWarn(target, GetEnds(stream).Remote);
        _state.Change(state => state with
        {
            IsConnected = true,
            Version = info.Version,
            SocksProxy = proxy,
            OnionService = service,
            OnionTarget = target,
            Failure = null,
            Sessions = state.Sessions + 1,
        });
    }

    /// <summary>Gets the addresses of the connection to the control port; null for unknown ones, as of a unix socket.</summary>
    private static (IPAddress? Local, IPAddress? Remote) GetEnds(Stream stream)
    {
        var (local, remote) = stream switch
        {
            IStreamEndPoints known => (known.LocalEndPoint, known.RemoteEndPoint),
            NetworkStream { Socket: var socket } => (socket.LocalEndPoint, socket.RemoteEndPoint),
            _ => default,
        };
        return (GetAddress(local), GetAddress(remote));

        static IPAddress? GetAddress(EndPoint? endPoint) =>
            endPoint is not IPEndPoint ip ? null : ip.Address.IsIPv4MappedToIPv6 ? ip.Address.MapToIPv4() : ip.Address;
    }

    /// <summary>Tells, once for each target, that a Tor on another machine can't reach it.</summary>
    private void GetWarn(EndPoint? target, IPAddress? tor)
    {
        var isOfThisMachine = target is UnixDomainSocketEndPoint || (target is IPEndPoint ip && IPAddress.IsLoopback(ip.Address));
        if (!isOfThisMachine || tor is null || IPAddress.IsLoopback(tor) || target!.Equals(_unreachable))
            return;
        _unreachable = target;
        LogTargetNotReachable(_logger, ProxyEndPoint.Format(target), _controlText);
    }

    /// <summary>Finds Tor's SOCKS port: one on 127.0.0.1 rather than another, as in Bitcoin Core.</summary>
    private static async Task<EndPoint> FindProxyAsync(TorControlSession session, CancellationToken cancellationToken)
    {
        var reply = await session.SendAsync("GETINFO net/listeners/socks", cancellationToken).ConfigureAwait(false);
        EndPoint? found = null;
        foreach (var line in reply.IsDone ? reply.Lines : [])
        {
            const string key = "net/listeners/socks=";
            if (!line.StartsWith(key, StringComparison.Ordinal) || !TorReplyText.TrySplit(line.AsSpan(key.Length), out var words))
                continue;
            foreach (var (bare, quoted) in words)
            {
                if (!ProxyEndPoint.TryParse(TorReplyText.GetPath(quoted ?? bare), ProxyEndPoint.DefaultPort, out var listener, out _))
                    continue;
                if (listener is IPEndPoint { AddressFamily: AddressFamily.InterNetwork } ip && IPAddress.IsLoopback(ip.Address))
                    return listener;
                found ??= listener;
            }
        }

        return found ?? UsualProxy;
    }

    /// <summary>Has Tor serve the onion service: under its key, or under a new one, which is then kept.</summary>
    private async Task<NetworkEndPoint> ServeAsync(TorControlSession session, string target, CancellationToken cancellationToken)
    {
        if (_key is null && _keyFile is not null)
        {
            (_key, var error, var setAside) = await new OnionKeyFile(_keyFile).LoadAsync(cancellationToken).ConfigureAwait(false);
            if (setAside is not null)
                LogKeyDamaged(_logger, _keyFile, error!, setAside);
        }

        // Before the service, so that no event of it is missed. A Tor that can't do it leaves IsOnionServicePublished false.
        await session.SendAsync("SETEVENTS HS_DESC", cancellationToken).ConfigureAwait(false);
        var reply = await AddOnionAsync(session, target, _proofOfWork, cancellationToken).ConfigureAwait(false);
        if (_proofOfWork && reply.Status == UnknownOption)
            reply = await AddOnionAsync(session, target, proofOfWork: false, cancellationToken).ConfigureAwait(false);
        if (!reply.IsDone)
            throw new TorControlException($"Tor does not serve the onion service: {reply.Shown}");

        string? serviceId = null;
        string? newKey = null;
        foreach (var line in reply.Lines)
        {
            const string idKey = "ServiceID=", privateKey = "PrivateKey=";
            if (line.StartsWith(idKey, StringComparison.Ordinal))
                serviceId = line[idKey.Length..];
            else if (line.StartsWith(privateKey, StringComparison.Ordinal))
                newKey = line[privateKey.Length..];
        }

        if (!NetworkAddress.TryParse($"{serviceId}.onion", out var address) || address.Network != AddressNetwork.TorV3)
            throw new TorControlException($"Tor's answer to ADD_ONION names no onion service, but '{TorReply.Printable(serviceId ?? string.Empty)}'");
        _serviceId = serviceId;
        if (_key is null)
            await KeepAsync(newKey, cancellationToken).ConfigureAwait(false);
        return new NetworkEndPoint(address, (ushort)_virtualPort);
    }

    private ValueTask<TorReply> AddOnionAsync(TorControlSession session, string target, bool proofOfWork, CancellationToken cancellationToken) =>
        session.SendAsync(Invariant($"ADD_ONION {_key ?? "NEW:ED25519-V3"}{(proofOfWork ? " PoWDefensesEnabled=1" : string.Empty)} Port={_virtualPort},{target}"), cancellationToken);

    /// <summary>Saves a new key. One that cannot be written is used nevertheless: this time the service has an address.</summary>
    private async Task KeepAsync(string? newKey, CancellationToken cancellationToken)
    {
        if (newKey is null || !OnionKeyFile.IsKey(newKey))
            throw new TorControlException("Tor's answer to ADD_ONION has no private key of the form that is known here");
        _key = newKey;
        if (_keyFile is null)
            return;
        try
        {
            await new OnionKeyFile(_keyFile).SaveAsync(newKey, cancellationToken).ConfigureAwait(false);
        }
        catch (TorControlException exception)
        {
            LogKeyNotSaved(_logger, exception.Message);
        }
    }

    /// <summary>Handles 650 HS_DESC UPLOADED ServiceID ...: a directory has the service's descriptor.</summary>
    private void OnEvent(TorReply reply)
    {
        if (_serviceId is { } id && reply.Text.StartsWith($"HS_DESC UPLOADED {id} ", StringComparison.Ordinal) && !State.IsOnionServicePublished)
            _state.Change(static state => state with { IsOnionServicePublished = true });
    }
}
