using System.Net;
using System.Runtime.CompilerServices;

namespace Connmgr;

/// <summary>
/// Looks host names up through Tor's SOCKS port (the RESOLVE command), and the names of addresses (RESOLVE_PTR), so that no name server
/// near us learns them. What btcd's connmgr calls TorLookupIP, with a deadline, cancellation, IPv6, credentials and isolation.
/// </summary>
/// <remarks>
/// Each look-up uses a separate connection to the proxy. Thread safety: look-ups may run at the same time, from any thread.
/// </remarks>
public sealed class TorResolver
{
    private readonly EndPoint _proxy;
    private readonly Func<EndPoint, CancellationToken, ValueTask<Stream>> _connect;
    private readonly TorResolverOptions _options; // A copy.

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
        OptionsErrors.ThrowIfAny(options);

        _proxy = proxy;
        _connect = options.Connect ?? ProxyConnector.For(proxy);
        _options = options.Copy();
    }

    /// <summary>Looks a host name up. Can be used as a <see cref="LookupFunc"/>.</summary>
    /// <param name="host">
    /// The name, 1 to 255 bytes; a name that is not ASCII is sent in its IDN form. An IP literal is its own answer.
    /// </param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    /// <returns>
    /// One address, IPv4 or IPv6: Tor's protocol has room for no more, and Tor prefers IPv4. Another exit (other credentials) may choose
    /// another of the name's addresses: with <see cref="TorResolverOptions.LookupsPerName"/> above 1 up to that many, each once.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The name is null, empty, too long, or holds spaces or control characters. Nothing was sent.
    /// </exception>
    /// <exception cref="TorException">
    /// The look-up failed; the code says why. Of several look-ups of one name, all failed, and it is the error of the first.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public ValueTask<IReadOnlyList<IPAddress>> LookupAsync(string host, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        if (!Socks5HostName.TryToAscii(host, out var name, out var problem))
            throw new ArgumentException(problem, nameof(host));
        return _options.LookupsPerName == 1 || IPAddress.TryParse(name, out _) ? LookupOnceAsync(name, cancellationToken) : LookupOftenAsync(name, cancellationToken);
    }

    /// <summary>Looks the name of an address up.</summary>
    /// <param name="address">An IPv4 or IPv6 address. Exits of Tor's refuse private ones.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    /// <returns>The name, of printable ASCII characters, as the owner of the address set it: it proves nothing.</returns>
    /// <exception cref="TorException">The look-up failed; the code says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<string> ReverseLookupAsync(IPAddress address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes()); // Without its scope.
        var reply = await AskAsync(Socks5Protocol.ReverseResolveCommand, plain.ToString(), cancellationToken).ConfigureAwait(false);
        return reply.HostName is { } name && Socks5HostName.IsPrintable(name)
            ? name
            : throw new TorException(
                TorErrorCode.InvalidAddressResponse,
                Invariant($"The answer of the proxy {ProxyEndPoint.Format(_proxy)} for {plain} holds no host name of printable ASCII characters."));
    }

    private async ValueTask<IReadOnlyList<IPAddress>> LookupOnceAsync(string host, CancellationToken cancellationToken)
    {
        var reply = await AskAsync(Socks5Protocol.ResolveCommand, host, cancellationToken).ConfigureAwait(false);
        return reply.Address is { } address
            ? [address]
            : throw new TorException(
                TorErrorCode.InvalidAddressResponse,
                $"The answer of the proxy {ProxyEndPoint.Format(_proxy)} for '{host}' holds no complete IP address.");
    }

    private async ValueTask<IReadOnlyList<IPAddress>> LookupOftenAsync(string host, CancellationToken cancellationToken)
    {
        var lookups = new Task<IReadOnlyList<IPAddress>>[_options.LookupsPerName];
        for (var i = 0; i < lookups.Length; i++)
            lookups[i] = LookupOnceAsync(host, cancellationToken).AsTask();

        // Each ends by its own deadline. Their failures are looked at below, one by one.
        await Task.WhenAll((IEnumerable<Task>)lookups).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var found = new List<IPAddress>();
        foreach (var lookup in lookups)
        {
            if (!lookup.IsCompletedSuccessfully)
                continue;
            foreach (var address in await lookup.ConfigureAwait(false))
            {
                if (!found.Contains(address))
                    found.Add(address);
            }
        }

        return found.Count > 0 ? found : await lookups[0].ConfigureAwait(false);
    }

    /// <summary>Asks the proxy, and gives a granted reply.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Socks5Reply> AskAsync(byte command, string host, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        Socks5Reply reply;
        var credentials = _options.Isolation?.CreateCredentials() ?? _options.Credentials;
        using var deadline = new CancellationTokenSource(_options.Timeout, _options.TimeProvider);
        using var link = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline);
        var exchange = ExchangeAsync(command, host, credentials, deadline.Token);
        try
        {
            // Waited for apart, so that a connect or a stream that ignores its token holds no caller up.
            reply = await exchange.WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            LateTask.Observe(exchange);
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (deadline.IsCancellationRequested)
        {
            LateTask.Observe(exchange);
            throw new TorException(
                TorErrorCode.Timeout,
                $"The proxy {ProxyEndPoint.Format(_proxy)} did not answer the look-up of '{host}' within {_options.Timeout}.",
                e);
        }
        catch (Exception e)
        {
            throw new TorException(
                TorErrorCode.ProxyUnreachable,
                $"The proxy {ProxyEndPoint.Format(_proxy)} could not be reached, or the connection broke, looking '{host}' up: {e.Message} Is Tor running there?",
                e);
        }

        return reply.Fault == Socks5Fault.None ? reply : throw ErrorFor(reply, host, credentials);
    }

    private async Task<Socks5Reply> ExchangeAsync(byte command, string host, ProxyCredentials? credentials, CancellationToken cancellationToken)
    {
        var stream = await _connect(_proxy, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            // A read that ignores the token ends when the stream does.
            using var release = cancellationToken.UnsafeRegister(static stream => Release((Stream)stream!), stream);
            var fault = await Socks5Protocol.AuthenticateAsync(stream, credentials, isOptional: false, cancellationToken).ConfigureAwait(false);
            return fault == Socks5Fault.None
                ? await Socks5Protocol.RequestAsync(stream, command, host, port: 0, cancellationToken).ConfigureAwait(false)
                : new Socks5Reply(fault);
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

    private TorException ErrorFor(Socks5Reply reply, string host, ProxyCredentials? credentials) => reply.Fault switch
    {
        Socks5Fault.MethodRefused => new TorException(
            TorErrorCode.UnrecognizedAuthMethod,
            credentials is null
                ? $"The proxy {ProxyEndPoint.Format(_proxy)} wants authentication. Give {nameof(TorResolverOptions.Credentials)}."
                : $"The proxy {ProxyEndPoint.Format(_proxy)} does not take a user name and password. Leave {nameof(TorResolverOptions.Credentials)} and {nameof(TorResolverOptions.Isolation)} out."),
        Socks5Fault.CredentialsRefused => new TorException(
            TorErrorCode.AuthenticationFailed,
            $"The proxy {ProxyEndPoint.Format(_proxy)} refused the user name '{credentials}' and its password."),
        Socks5Fault.RequestRefused when TorStatus.GetCode(reply.Status) is { } code => new TorException(
            code,
            $"Tor could not look '{host}' up: {TorStatus.Describe(code)} (status 0x{reply.Status:x2} from {ProxyEndPoint.Format(_proxy)})."),
        Socks5Fault.RequestRefused => new TorException(
            TorErrorCode.InvalidProxyResponse,
            $"The proxy {ProxyEndPoint.Format(_proxy)} refused to look '{host}' up with status 0x{reply.Status:x2}, which SOCKS5 and Tor do not define."),
        Socks5Fault.InvalidReply => new TorException(
            TorErrorCode.InvalidProxyResponse,
            $"The answer of the proxy {ProxyEndPoint.Format(_proxy)} is not SOCKS5 or ends early. Is it a SOCKS port of Tor's?"),
        _ => new TorException(
            TorErrorCode.InvalidAddressResponse,
            $"The answer of the proxy {ProxyEndPoint.Format(_proxy)} for '{host}' holds no complete IP address."),
    };
}
