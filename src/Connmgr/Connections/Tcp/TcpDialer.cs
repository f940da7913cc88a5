using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>
/// Opens TCP connections, to literal addresses and to host names. <see cref="DialAsync"/> fits <see cref="ConnectionManagerOptions.Dial"/>.
/// Thread-safe; holds nothing that needs disposing.
/// </summary>
/// <remarks>
/// <para>
/// A host name is resolved at each attempt, so that a peer whose address changes is found again. Its addresses, IPv6 and IPv4 in turn, are
/// tried as in RFC 8305: the next one starts <see cref="TcpDialerOptions.NextAddressDelay"/> after the one before, or at once when that one
/// fails; the first connection wins and the others are closed before the call returns. At most <see cref="MaxAddresses"/> of an answer are
/// tried. In a <see cref="ConnectionManager"/>, addresses that another request has, or that are banned, are skipped. If no other is left,
/// the cause is <see cref="ConnectFailureCause.DuplicateAddress"/>, and the message names the other request.
/// </para>
/// <para>
/// Connections have Nagle's algorithm off and TCP keep-alive on: a peer that disappeared is noticed after about four minutes of silence
/// (probes after 120 s, then every 30 s, 4 of them).
/// </para>
/// </remarks>
public sealed class TcpDialer
{
    /// <summary>
    /// The maximum number of addresses of one host name that are tried in one attempt: 32. Bounded because a name server controls the answer.
    /// </summary>
    internal const int MaxAddresses = 32;

    /// <summary>Longer than any attempt, and within the range of a timer.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly TimeSpan _nextAddressDelay;
    private readonly IPEndPoint? _localIPv4;
    private readonly IPEndPoint? _localIPv6;
    private readonly TimeProvider _timeProvider;

    /// <summary>Creates a dialer.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public TcpDialer(TcpDialerOptions? options = null)
    {
        options ??= new TcpDialerOptions();
        OptionsErrors.ThrowIfAny(options);
        _resolve = options.Resolve ?? Dns.GetHostAddressesAsync;
        _nextAddressDelay = options.NextAddressDelay < LongestDelay ? options.NextAddressDelay : LongestDelay;
        _localIPv4 = LocalEndPoint(options.LocalIPv4Address);
        _localIPv6 = LocalEndPoint(options.LocalIPv6Address);
        _timeProvider = options.TimeProvider;
    }

    /// <summary>Connects to an address.</summary>
    /// <param name="endPoint">
    /// An <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/> (with an optional address family).
    /// </param>
    /// <param name="cancellationToken">Cancels the attempt. The only other time limit is that of the system (minutes).</param>
    /// <returns>The connection, which belongs to the caller. It implements <see cref="IStreamEndPoints"/>.</returns>
    /// <exception cref="ConnectFailedException">
    /// The attempt failed, in phase <see cref="ConnectPhase.Resolve"/> or <see cref="ConnectPhase.Tcp"/>. A local error (no file
    /// descriptors, no permission) has the cause <see cref="ConnectFailureCause.Unknown"/>, because it proves nothing about the peer.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing is left open.</exception>
    public ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return endPoint switch
        {
            IPEndPoint ip => ConnectAsync(ip, cancellationToken),
            DnsEndPoint dns when OverlayName.IsOverlay(dns.Host) => ValueTask.FromException<Stream>(new ConnectFailedException(
                ConnectPhase.Resolve,
                ConnectFailureCause.Unknown,
                $"cannot dial {dns.Host} over plain TCP: the name must not be asked of the system's resolver (RFC 7686); dial it through a proxy")),
            DnsEndPoint dns => ConnectByNameAsync(dns, cancellationToken),
            _ => ValueTask.FromException<Stream>(new ConnectFailedException(
                ConnectPhase.None,
                ConnectFailureCause.Unknown,
                $"cannot dial {endPoint} ({endPoint.GetType().Name}) over plain TCP; give an IPEndPoint or DnsEndPoint, or a dialer that knows this kind")),
        };
    }

    private static IPEndPoint? LocalEndPoint(IPAddress? address) => address is null ? null : new IPEndPoint(address, 0);

    private async ValueTask<Stream> ConnectByNameAsync(DnsEndPoint name, CancellationToken cancellationToken)
    {
        var addresses = HappyEyeballs.Order(await ResolveAsync(name, cancellationToken).ConfigureAwait(false), name.AddressFamily, MaxAddresses);
        return addresses.Count switch
        {
            0 => throw SocketFailure.NoAddress(name),
            1 => await ConnectIfFreeAsync(new IPEndPoint(addresses[0], name.Port), cancellationToken).ConfigureAwait(false),
            _ => await HappyEyeballs.ConnectAsync(
                Invariant($"{name.Host}:{name.Port}"),
                addresses.ConvertAll(address => new IPEndPoint(address, name.Port)),
                ConnectIfFreeAsync,
                _nextAddressDelay,
                _timeProvider,
                cancellationToken).ConfigureAwait(false),
        };
    }

    private async ValueTask<IPAddress[]> ResolveAsync(DnsEndPoint name, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(name.Host, out var literal))
        {
            return [literal];
        }

        using var scope = Spans.Begin(Spans.Resolve);
        var span = scope.Span;
        span?.SetTag("dns.question.name", name.Host);
        try
        {
            var lookup = _resolve(name.Host, cancellationToken);

            // The system's look-up cannot be interrupted: it is left running, and a late error is ignored.
            _ = lookup.ContinueWith(
                static task => task.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return await lookup.WaitAsync(cancellationToken).ConfigureAwait(false) ?? [];
        }
        catch (Exception exception) when (!Spans.Failed(span, exception) && exception is not ConnectFailedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var failure = SocketFailure.OfResolving(name, exception);
            Spans.Failed(span, failure);
            throw failure;
        }
    }

    /// <summary>Connects to one of the addresses of a name, unless the manager forbids it.</summary>
    private async ValueTask<Stream> ConnectIfFreeAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        await NameDial.ReserveAsync(endPoint, cancellationToken).ConfigureAwait(false);
        return await ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Stream> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var remote = TcpStream.Unmapped(endPoint);
        if (remote.Port == 0)
        {
            throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Unknown, $"cannot dial {remote}: port 0 is not a port to connect to");
        }

        var local = remote.AddressFamily == AddressFamily.InterNetwork ? _localIPv4 : _localIPv6;
        using var scope = Spans.Begin(Spans.Tcp);
        var span = scope.Span;
        Spans.SetPeer(span, remote);
        Socket? socket = null;
        try
        {
            socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            TcpStream.Configure(socket);
            if (local is not null)
            {
                socket.Bind(local);
            }

            await socket.ConnectAsync(remote, cancellationToken).ConfigureAwait(false);
            var stream = new TcpStream(socket, remote);
            socket = null;
            return stream;
        }
        catch (SocketException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var failure = SocketFailure.OfConnecting(remote, local, exception);
            Spans.Failed(span, failure);
            throw failure;
        }
        finally
        {
            socket?.Dispose();
        }
    }
}
