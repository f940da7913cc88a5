using System.Net;

namespace Connmgr;

/// <summary>
/// Opens connections through a SOCKS5 proxy (RFC 1928, RFC 1929), Tor's for one: to IPv4 and IPv6 addresses, names, .onion and .i2p names.
/// <see cref="DialAsync"/> fits <see cref="ConnectionManagerOptions.Dial"/>. Thread-safe; holds nothing that needs disposing.
/// </summary>
/// <remarks>
/// <para>
/// Every peer is asked for by name (address type 3), addresses in their text form, as in Bitcoin Core: names are resolved by the proxy
/// alone, and what is asked for looks the same for all.
/// </para>
/// <para>
/// What fails on the way to the proxy has cause <see cref="ConnectFailureCause.ProxyUnreachable"/> and says nothing of the peer, as does
/// what the proxy can't do: wrong credentials, a command it does not know, an answer that is not SOCKS5. The proxy's status says why it did
/// not reach the peer; status 1 (general failure) has cause <see cref="ConnectFailureCause.Unknown"/>, because Tor also gives it for its
/// own faults. The inner exception is then a <see cref="TorException"/> with the status as its code.
/// </para>
/// </remarks>
public sealed class Socks5Dialer
{
    private readonly EndPoint _proxy;
    private readonly string _proxyText;
    private readonly Func<EndPoint, CancellationToken, ValueTask<Stream>> _connect;
    private readonly Socks5DialerOptions _options; // A copy.

    /// <summary>Makes a dialler; nothing is connected yet.</summary>
    /// <param name="proxy">
    /// The proxy, Tor's usually 127.0.0.1:9050: an <see cref="IPEndPoint"/>, <see cref="DnsEndPoint"/> (the system's resolver learns that
    /// name) or <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>, or anything that <see cref="Socks5DialerOptions.Connect"/>
    /// understands.
    /// </param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="proxy"/> is null.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or the proxy is of a kind that needs a connect delegate.</exception>
    public Socks5Dialer(EndPoint proxy, Socks5DialerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(proxy);
        options ??= new Socks5DialerOptions();
        OptionsErrors.ThrowIfAny(options);

        _proxy = proxy;
        _proxyText = ProxyEndPoint.Format(proxy);
        _connect = options.Connect ?? ProxyConnector.For(proxy);
        _options = options.Copy();
        if (_options.ProxyTimeout > _options.Timeout)
            _options.ProxyTimeout = _options.Timeout;
    }

    /// <summary>Connects to a peer through the proxy.</summary>
    /// <param name="endPoint">
    /// An <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/> with a name of at most 255 bytes; one that is not ASCII is sent in its
    /// IDN form.
    /// </param>
    /// <param name="cancellationToken">Ends the attempt, at whatever step it is.</param>
    /// <returns>
    /// The connection, which belongs to the caller. It implements <see cref="IStreamEndPoints"/>: its remote end is the peer, as it was
    /// dialled.
    /// </returns>
    /// <exception cref="ConnectFailedException">
    /// The attempt failed in phase <see cref="ConnectPhase.Proxy"/>, or the endpoint can't be asked of a proxy (phase
    /// <see cref="ConnectPhase.None"/>, cause <see cref="ConnectFailureCause.Unknown"/>; nothing was sent). No socket is left open.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled. No socket is left open.</exception>
    public ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return Socks5Target.GetTry(endPoint, out var target, out var problem)
            ? ConnectAsync(target, cancellationToken)
            : ValueTask.FromException<Stream>(new ConnectFailedException(
                ConnectPhase.None,
                ConnectFailureCause.Unknown,
                $"cannot connect to {EndPointText.Format(endPoint)} through the proxy {_proxyText}: {problem}"));
    }

    private async ValueTask<Stream> ConnectAsync(Socks5Target target, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        using var scope = Spans.Begin(Spans.Proxy);
        Spans.SetServer(scope.Span, _proxy);

        // One source for the whole attempt, and one timer: set to the proxy's time at first, and to what is left of all when the proxy has answered for itself.
        var deadline = new CancellationTokenSource();
        using var timer = _options.TimeProvider.CreateTimer(Cancel, deadline, _options.ProxyTimeout, Timeout.InfiniteTimeSpan);
        using var link = cancellationToken.UnsafeRegister(Cancel, deadline);
        var attempt = new Attempt(target, CredentialsFor(target), timer, _options.TimeProvider.GetTimestamp());
        var exchange = ExchangeAsync(attempt, deadline.Token);
        try
        {
            // Waited for apart, so that a connect or a stream that ignores its token holds no caller up.
            return await exchange.WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _ = DisposeLateAsync(exchange);
            cancellationToken.ThrowIfCancellationRequested();
            var thrown = exception switch
            {
                // At the deadline the stream is closed under the exchange, so what that says then does not count.
                ConnectFailedException failure when !deadline.IsCancellationRequested => failure,
                _ when !deadline.IsCancellationRequested => Socks5Failure.OfReaching(_proxyText, target, exception),
                _ when attempt.IsRequestSent => Socks5Failure.OfSilentPeer(_proxyText, target, _options.Timeout, exception),
                _ => Socks5Failure.OfSilentProxy(_proxyText, target, _options.ProxyTimeout, exception),
            };
            Spans.Failed(scope.Span, thrown);
            throw thrown;
        }
    }

    private async Task<Stream> ExchangeAsync(Attempt attempt, CancellationToken token)
    {
        var stream = await _connect(_proxy, token).ConfigureAwait(false);
        try
        {
            // A read that ignores the token ends when the stream does. Past this block the stream is its user's alone.
            using (token.UnsafeRegister(static stream => Release((Stream)stream!), stream))
                await ShakeHandsAsync(stream, attempt, token).ConfigureAwait(false);
            token.ThrowIfCancellationRequested();
            return new ProxiedStream(stream, attempt.Target.EndPoint);
        }
        catch
        {
            Release(stream);
            throw;
        }
    }

    private async ValueTask ShakeHandsAsync(Stream stream, Attempt attempt, CancellationToken token)
    {
        var isOptional = _options.Credentials is null && !_options.RequireIsolation;
        var fault = await Socks5Protocol.AuthenticateAsync(stream, attempt.Credentials, isOptional, token).ConfigureAwait(false);
        var reply = new Socks5Reply(fault);
        if (fault == Socks5Fault.None)
        {
            token.ThrowIfCancellationRequested();
            var left = _options.Timeout - _options.TimeProvider.GetElapsedTime(attempt.StartedAt);
            attempt.IsRequestSent = true;
            // The proxy has answered: the rest of the time is the peer's. Design P-3.
            attempt.Timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            reply = await Socks5Protocol
                .RequestAsync(stream, Socks5Protocol.ConnectCommand, attempt.Target.Host, attempt.Target.Port, token)
                .ConfigureAwait(false);
        }

        if (reply.Fault != Socks5Fault.None)
            throw Socks5Failure.OfReply(_proxyText, attempt.Target, reply, attempt.Credentials is not null);
    }

    private ProxyCredentials? CredentialsFor(Socks5Target target) =>
        _options.Isolation is null ? _options.Credentials
        : _options.GetIsolationGroup?.Invoke(target.EndPoint) is { } group ? _options.Isolation.GetCredentials(group)
        : _options.Isolation.CreateCredentials();

    private static void Release(Stream stream)
    {
        try
        {
            stream.Dispose();
        }
        catch (Exception)
        {
            // It is given up; an exception would surface on the timer that the deadline runs on.
        }
    }

    private static void Cancel(object? source) => ((CancellationTokenSource)source!).Cancel();

    /// <summary>Disposes the stream of an exchange that has no waiting caller any more, and observes its exception.</summary>
    private static async Task DisposeLateAsync(Task<Stream> exchange)
    {
        try
        {
            Release(await exchange.ConfigureAwait(false));
        }
        catch (Exception)
        {
            // How it ended is of no interest any more.
        }
    }

    private sealed class Attempt(Socks5Target target, ProxyCredentials? credentials, ITimer timer, long startedAt)
    {
        public Socks5Target Target => target;

        public ProxyCredentials? Credentials => credentials;

        /// <summary>The timer that ends the attempt.</summary>
        public ITimer Timer => timer;

        public long StartedAt => startedAt;

        /// <summary>True when the proxy has answered for itself, and only the peer's answer is awaited. Read by the waiting caller.</summary>
        public volatile bool IsRequestSent;
    }
}
