using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Dials and accepts I2P peers through a router's SAM bridge (SAM 3.1). When the router ends, it is connected to again once it is back, and
/// serves the same address.
/// </summary>
/// <example>
/// <code>
/// var i2p = new I2PController(new IPEndPoint(IPAddress.Loopback, 7656), new() { AcceptConnections = true, KeyFile = "i2p_private_key" });
/// var dialer = new NetworkDialer(new() { I2P = i2p });
/// var options = new ConnectionManagerOptions { Dial = dialer.DialAsync, GetProxy = dialer.GetProxy, Listeners = [i2p.Listener!] };
/// var running = i2p.RunAsync(stopping);
/// </code>
/// </example>
/// <remarks>
/// What the router sends is bounded: 65,536 bytes a line. Thread safety: all members may be used from any thread.
/// </remarks>
public sealed partial class I2PController
{
    /// <summary>A shorter session was of little use, and the pauses go on growing.</summary>
    private static readonly TimeSpan UsefulSession = TimeSpan.FromMinutes(1);

    private readonly string _routerText;
    private readonly TimeSpan _sessionTimeout;
    private readonly TimeProvider _time;
    private readonly RetryPauses _pauses;
    private readonly ILogger _logger;
    private readonly WatchedState<I2PState> _state;
    private readonly string? _keyFile;
    private readonly SamClient _client;
    private readonly SamDialer _dialer;
    private readonly SamSessionPool _pool; // For connections that have a session each.
    private readonly SamSessions _sessions = new();

    private readonly Lock _lock = new();
    private TaskCompletionSource<SamSession> _session = new(TaskCreationOptions.RunContinuationsAsynchronously); // That of all connections.
    private byte[]? _key;
    private string? _lastFailure; // Used by the run alone.
    private int _hasStarted;

    /// <summary>Makes a controller; nothing is connected before <see cref="RunAsync"/>.</summary>
    /// <param name="router">
    /// The SAM bridge of the router, usually 127.0.0.1:7656: an <see cref="IPEndPoint"/>, <see cref="DnsEndPoint"/> or
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>, or anything that <see cref="I2PControllerOptions.Connect"/> understands.
    /// </param>
    /// <param name="options">Null for the defaults: no connections are accepted.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public I2PController(EndPoint router, I2PControllerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(router);
        options ??= new I2PControllerOptions();
        OptionsErrors.ThrowIfAny(options);

        _routerText = ProxyEndPoint.Format(router);
        _sessionTimeout = options.SessionTimeout;
        _time = options.TimeProvider;
        var random = DefaultRandom.Get(options.Random);
        _pauses = new RetryPauses(options.RetryDuration, options.MaxRetryDuration, random);
        _logger = GuardedLogger.Create<I2PController>(options.LoggerFactory, _time);
        _state = new WatchedState<I2PState>(new I2PState(), options.OnChanged, exception => LogCallbackFailed(_logger, exception));
        _keyFile = options.KeyFile;
        _client = new SamClient(router, options);
        _dialer = new SamDialer(_client, _routerText, options.DialTimeout, _time);
        Router = router;
        if (!options.AcceptConnections)
        {
            _pool = new SamSessionPool(token => CreateAsync(key: null, token), options.SpareSessions, _pauses, _time, OnOutcome);
            return;
        }

        // Next to the shared session; both run at once, so neither pauses nor chance are shared.
        var pauses = new RetryPauses(options.RetryDuration, options.MaxRetryDuration, new Random(random.Next()));
        _pool = new SamSessionPool(token => CreateAsync(key: null, token), spare: 0, pauses, _time, OnTransientOutcome);
        Listener = new I2PListener(_client, WhenSessionAsync, GetLocal, _time, failure => LogAcceptFailed(_logger, _routerText, failure));
    }

    /// <summary>The SAM bridge of the router.</summary>
    public EndPoint Router { get; }

    /// <summary>The current state.</summary>
    public I2PState State => _state.Current;

    /// <summary>
    /// The listener of <see cref="I2PControllerOptions.AcceptConnections"/>, for <see cref="ConnectionManagerOptions.Listeners"/>; null
    /// without that. It accepts while <see cref="RunAsync"/> has a session, and waits otherwise.
    /// </summary>
    public IConnectionListener? Listener { get; }

    /// <summary>The number of sessions that the router has for this controller, those of connections included.</summary>
    internal int SessionCount => _sessions.Count;

    /// <summary>The router, as <see cref="ConnectionManagerOptions.GetProxy"/> names it.</summary>
    internal string RouterText => _routerText;

    /// <summary>Keeps sessions at the router. Once for each object.</summary>
    /// <param name="cancellationToken">
    /// Ends it, and with it all sessions: the address, and the connections that came or go through the router.
    /// </param>
    /// <returns>Completes when the token is cancelled and nothing is left; never fails otherwise.</returns>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _hasStarted, 1) != 0)
            throw new InvalidOperationException("The controller was started before. Make a new one.");
        await Task.WhenAll(_pool.RunAsync(cancellationToken), Listener is null ? Task.CompletedTask : KeepSessionAsync(cancellationToken)).ConfigureAwait(false);
        await _sessions.EndAsync().ConfigureAwait(false);
        _state.Change(static state => state with { IsConnected = false, Address = null });
    }

    /// <summary>Waits until the state is as wanted.</summary>
    /// <param name="condition">The condition. Called with the current state and with later ones, some of which may be skipped; must be quick.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The first state seen that is so. It may have changed since.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<I2PState> WaitAsync(Func<I2PState, bool> condition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return _state.WaitAsync(condition, cancellationToken);
    }

    /// <summary>
    /// Connects to an I2P address, under the persistent address with <see cref="I2PControllerOptions.AcceptConnections"/>, otherwise under one
    /// that no other connection has. Waits for a session while <see cref="RunAsync"/> makes the first ones.
    /// </summary>
    /// <param name="endPoint">A <see cref="DnsEndPoint"/> with a .b32.i2p name and port 0: I2P has no ports.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connection, which belongs to the caller. It implements <see cref="IStreamEndPoints"/>.</returns>
    /// <exception cref="ConnectFailedException">
    /// The attempt failed in phase <see cref="ConnectPhase.Proxy"/>: with cause <see cref="ConnectFailureCause.ProxyUnreachable"/> when there is
    /// no session or the router did not work, otherwise for a reason of the peer; or the endpoint is no such address
    /// (phase <see cref="ConnectPhase.None"/>). No socket is left open.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled. No socket is left open.</exception>
    public ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default) => Listener is null || OwnIdentity.IsNeeded
        ? DialTransientAsync(endPoint, cancellationToken)
        : _dialer.DialAsync(endPoint, TakeSharedAsync, release: null, cancellationToken);

    /// <summary>
    /// Connects to an I2P address under one that no other connection has, with <see cref="I2PControllerOptions.AcceptConnections"/>, too: the peer can't
    /// tell that it is the persistent address that dials. With that option no sessions are made ahead, so each dial waits for its own.
    /// </summary>
    /// <param name="endPoint">A <see cref="DnsEndPoint"/> with a .b32.i2p name and port 0: I2P has no ports.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connection, which belongs to the caller. It implements <see cref="IStreamEndPoints"/>.</returns>
    /// <exception cref="ConnectFailedException">The attempt failed, as in <see cref="DialAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled. No socket is left open.</exception>
    public ValueTask<Stream> DialTransientAsync(EndPoint endPoint, CancellationToken cancellationToken = default) =>
        _dialer.DialAsync(endPoint, _pool.TakeAsync, Release, cancellationToken);

    private void Release(SamSession session, bool isFit)
    {
        if (isFit)
            _pool.GiveBack(session);
        else
            session.Dispose();
    }

    /// <summary>Keeps one session until it is cancelled.</summary>
    private async Task KeepSessionAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var startedAt = _time.GetTimestamp();
            var failure = await HoldSessionAsync(cancellationToken).ConfigureAwait(false);
            if (failure is null)
                return;
            if (State.IsConnected && _time.GetElapsedTime(startedAt) >= UsefulSession)
                _pauses.Reset();
            OnOutcome(failure);
            await Task.Delay(_pauses.Next(), _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Holds a session from its beginning to its end.</summary>
    /// <returns>The reason for its end; null when the controller ended it.</returns>
    private async Task<string?> HoldSessionAsync(CancellationToken cancellationToken)
    {
        SamSession? session = null;
        try
        {
            _key ??= await GetKeyAsync(cancellationToken).ConfigureAwait(false);
            session = await CreateAsync(_key, cancellationToken).ConfigureAwait(false);
            LogServed(_logger, session.Address);
            lock (_lock)
                _session.SetResult(session);
            OnOutcome(failure: null, new NetworkEndPoint(session.Address, 0));
            return await session.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            return cancellationToken.IsCancellationRequested ? null : exception.Message.TrimEnd('.');
        }
        finally
        {
            lock (_lock)
            {
                if (_session.Task.IsCompleted)
                    _session = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            session?.Dispose();
        }
    }

    /// <summary>Makes a session within the time for that.</summary>
    private async Task<SamSession> CreateAsync(byte[]? key, CancellationToken cancellationToken)
    {
        var session = await WithinTimeAsync("session", token => _client.CreateSessionAsync(key, token), cancellationToken).ConfigureAwait(false);
        _sessions.Add(session);
        return session;
    }

    /// <summary>Has the router make something within the time for a session.</summary>
    private async Task<T> WithinTimeAsync<T>(string name, Func<CancellationToken, Task<T>> make, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_sessionTimeout, _time);
        using var link = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), timeout);
        try
        {
            return await make(timeout.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (timeout.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new SamException($"the router made no {name} within {_sessionTimeout}", innerException: exception);
        }
    }

    /// <summary>Gets the key of the file, or has the router make one, which is then kept.</summary>
    private async Task<byte[]> GetKeyAsync(CancellationToken cancellationToken)
    {
        var file = _keyFile is null ? null : new I2PKeyFile(_keyFile);
        if (file is not null)
        {
            var (kept, error, setAside) = await file.LoadAsync(cancellationToken).ConfigureAwait(false);
            if (setAside is not null)
                LogKeyDamaged(_logger, _keyFile!, error!, setAside);
            if (kept is not null)
                return kept;
        }

        var key = await WithinTimeAsync("key", _client.GenerateKeyAsync, cancellationToken).ConfigureAwait(false);
        try
        {
            if (file is not null)
                await file.SaveAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (SamException exception)
        {
            LogKeyNotSaved(_logger, exception.Message); // This time it has an address.
        }

        return key;
    }

    private Task<SamSession> WhenSessionAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return _session.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Takes the session of all connections: waits for the first one, and fails while there is none.</summary>
    private Task<SamSession> TakeSharedAsync(CancellationToken cancellationToken)
    {
        Task<SamSession> session;
        lock (_lock)
            session = _session.Task;
        return !session.IsCompleted && State is { IsConnected: false, Failure: { } failure }
            ? Task.FromException<SamSession>(new SamException(failure))
            : session.WaitAsync(cancellationToken);
    }

    private EndPoint GetLocal() => State.Address?.ToEndPoint() ?? Router;

    /// <summary>Notes that a session was made, or why not. Called by the run alone.</summary>
    private void OnOutcome(string? failure) => OnOutcome(failure, address: null);

    /// <summary>Notes that a session was made in addition to the shared one, or why not, which says nothing about the state.</summary>
    private void OnTransientOutcome(string? failure)
    {
        if (failure is not null)
            LogTransientFailed(_logger, _routerText, failure);
    }

    private void OnOutcome(string? failure, NetworkEndPoint? address)
    {
        if (failure is null && !State.IsConnected)
            LogConnected(_logger, _routerText);
        else if (failure is not null && (State.IsConnected || !string.Equals(failure, _lastFailure, StringComparison.Ordinal)))
            LogFailed(_logger, _routerText, failure);
        else if (failure is not null)
            LogStillFailed(_logger, _routerText, failure);
        _lastFailure = failure;
        _state.Change(state => state with { IsConnected = failure is null, Address = address, Failure = failure });
    }
}
