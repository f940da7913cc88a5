using System.Globalization;
using System.Net;
using System.Text;

namespace Connmgr;

/// <summary>
/// Looks host names up through Tor's SOCKS port (the RESOLVE command), so that no name server near us learns them. What btcd's connmgr
/// calls TorLookupIP, with a deadline, cancellation, IPv6 and credentials.
/// </summary>
/// <remarks>
/// Each look-up is a connection of its own to the proxy. Thread safety: look-ups may run at the same time, from any thread.
/// </remarks>
public sealed class TorResolver
{
    private readonly EndPoint _proxy;
    private readonly Func<EndPoint, CancellationToken, ValueTask<Stream>> _connect;
    private readonly ProxyCredentials? _credentials;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _timeProvider;

    /// <summary>Makes a resolver; nothing is connected yet.</summary>
    /// <param name="proxy">
    /// Tor's SOCKS port, usually 127.0.0.1:9050: an <see cref="IPEndPoint"/>, <see cref="DnsEndPoint"/> or
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>, or anything that <see cref="TorResolverOptions.Connect"/> understands.
    /// </param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="proxy"/> is null.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or the proxy is of a kind that needs a connect delegate.</exception>
    public TorResolver(EndPoint proxy, TorResolverOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(proxy);
        options ??= new TorResolverOptions();
        if (options.TimeProvider is null)
            throw new ArgumentException("TimeProvider is null; leave it as it is for the system's clock.", nameof(options));
        if (options.Timeout <= TimeSpan.Zero || options.Timeout.TotalMilliseconds > int.MaxValue)
            throw new ArgumentException($"Timeout is {options.Timeout}; give more than zero and at most 24 days.", nameof(options));
        if (options.Connect is null && !ProxyConnector.Supports(proxy))
        {
            throw new ArgumentException(
                $"The proxy {proxy} is a {proxy.GetType().Name}; give an IP, DNS or unix socket end point, or set Connect.",
                nameof(proxy));
        }

        _proxy = proxy;
        _connect = options.Connect ?? ProxyConnector.ConnectAsync;
        _credentials = options.Credentials;
        _timeout = options.Timeout;
        _timeProvider = options.TimeProvider;
    }

    /// <summary>Looks a host name up. Can be used as a <see cref="LookupFunc"/>.</summary>
    /// <param name="host">
    /// The name, 1 to 255 bytes; a name that is not ASCII is sent in its IDN form. An IP literal is its own answer.
    /// </param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    /// <returns>
    /// One address, IPv4 or IPv6: Tor's protocol has room for no more, and Tor prefers IPv4. Another exit (other
    /// <see cref="TorResolverOptions.Credentials"/>) may choose another of the name's addresses.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The name is null, empty, too long, or holds spaces or control characters. Nothing was sent.
    /// </exception>
    /// <exception cref="TorException">The look-up failed; the code says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public ValueTask<IReadOnlyList<IPAddress>> LookupAsync(string host, CancellationToken cancellationToken = default) =>
        ResolveAsync(ToAscii(host), cancellationToken);

    private async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        Socks5Reply reply;
        using var deadline = new CancellationTokenSource(_timeout, _timeProvider);
        using var link = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline);
        var exchange = ExchangeAsync(host, deadline.Token);
        try
        {
            // Waited for apart, so that a connect or a stream that ignores its token holds no caller up.
            reply = await exchange.WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            Observe(exchange);
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (deadline.IsCancellationRequested)
        {
            Observe(exchange);
            throw new TorException(
                TorErrorCode.Timeout,
                $"The proxy {_proxy} did not answer the look-up of '{host}' within {_timeout}.",
                e);
        }
        catch (Exception e)
        {
            throw new TorException(
                TorErrorCode.ProxyUnreachable,
                $"The proxy {_proxy} could not be reached, or the connection broke, looking '{host}' up: {e.Message} Is Tor running there?",
                e);
        }

        return reply is { Fault: Socks5Fault.None, Address: { } address } ? [address] : throw ErrorFor(reply, host);
    }

    private async Task<Socks5Reply> ExchangeAsync(string host, CancellationToken cancellationToken)
    {
        var stream = await _connect(_proxy, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            // A read that ignores the token ends when the stream does.
            using var release = cancellationToken.UnsafeRegister(static stream => Release((Stream)stream!), stream);
            return await Socks5Protocol
                .RequestAsync(stream, Socks5Protocol.ResolveCommand, host, port: 0, _credentials, cancellationToken)
                .ConfigureAwait(false);
        }
    }

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

    private static void Observe(Task abandoned) => _ = abandoned.ContinueWith(
        static task => _ = task.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private TorException ErrorFor(Socks5Reply reply, string host) => reply.Fault switch
    {
        Socks5Fault.MethodRefused => new TorException(
            TorErrorCode.UnrecognizedAuthMethod,
            _credentials is null
                ? $"The proxy {_proxy} wants authentication. Give {nameof(TorResolverOptions.Credentials)}."
                : $"The proxy {_proxy} does not take a user name and password. Leave {nameof(TorResolverOptions.Credentials)} out."),
        Socks5Fault.CredentialsRefused => new TorException(
            TorErrorCode.AuthenticationFailed,
            $"The proxy {_proxy} refused the user name '{_credentials}' and its password."),
        Socks5Fault.RequestRefused when TorStatus.CodeOf(reply.Status) is { } code => new TorException(
            code,
            $"Tor could not look '{host}' up: {TorStatus.Describe(code)} (status 0x{reply.Status:x2} from {_proxy})."),
        Socks5Fault.RequestRefused => new TorException(
            TorErrorCode.InvalidProxyResponse,
            $"The proxy {_proxy} refused to look '{host}' up with status 0x{reply.Status:x2}, which SOCKS5 and Tor do not define."),
        Socks5Fault.InvalidReply => new TorException(
            TorErrorCode.InvalidProxyResponse,
            $"The answer of the proxy {_proxy} is not SOCKS5 or ends early. Is it a SOCKS port of Tor's?"),
        _ => new TorException(
            TorErrorCode.InvalidAddressResponse,
            $"The answer of the proxy {_proxy} for '{host}' holds no complete IP address."),
    };

    private static string ToAscii(string host)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        var name = host;
        if (!Ascii.IsValid(host))
        {
            try
            {
                name = new IdnMapping().GetAscii(host);
            }
            catch (ArgumentException e)
            {
                throw new ArgumentException($"'{host}' is not a valid internationalized host name.", nameof(host), e);
            }
        }

        if (name.Length > Socks5Protocol.MaxHostLength)
            throw new ArgumentException($"The host name takes {name.Length} bytes; SOCKS5 allows 255.", nameof(host));
        if (name.AsSpan().ContainsAnyInRange('\0', ' ') || name.Contains('\x7f', StringComparison.Ordinal))
            throw new ArgumentException("The host name holds a space or a control character.", nameof(host));

        return name;
    }
}
