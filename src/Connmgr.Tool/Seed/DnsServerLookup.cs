using System.Net;
using System.Net.Sockets;
using DnsClient;

namespace Connmgr.Tool;

/// <summary>
/// Looks names up at one name server of the user's choice, beside the system's resolver: A and AAAA at once, over TCP what does not fit
/// into a UDP packet. Nothing is kept: each look-up asks. Thread-safe.
/// </summary>
internal sealed class DnsServerLookup
{
    /// <summary>What passes the paths of the internet unfragmented (DNS flag day 2020). What is longer comes over TCP.</summary>
    private const int MaxUdpPayload = 1232;

    /// <summary>For one try of a question. One repetition, for packets get lost.</summary>
    private static readonly TimeSpan TryTimeout = TimeSpan.FromSeconds(3);

    private readonly IPEndPoint _server;
    private readonly LookupClient _client;

    /// <summary>Asks nothing yet.</summary>
    /// <param name="server">The name server.</param>
    public DnsServerLookup(IPEndPoint server)
    {
        _server = server;
        _client = new LookupClient(new LookupClientOptions(server)
        {
            UseCache = false,
            UseTcpFallback = true,
            ExtendedDnsBufferSize = MaxUdpPayload,
            Timeout = TryTimeout,
            Retries = 1,
            ThrowDnsErrors = false,
        });
    }

    /// <summary>Looks a name up: a <see cref="LookupFunc"/>.</summary>
    /// <param name="host">The name, always absolute; an IP literal is its own answer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The addresses, first the IPv4 ones; those of one kind when the question for the other failed.</returns>
    /// <exception cref="SocketException">
    /// Both failed. The message says what the server answered; <see cref="SocketError.HostNotFound"/> and <see cref="SocketError.NoData"/>
    /// are the answers that stay the same when asked again.
    /// </exception>
    public async ValueTask<IReadOnlyList<IPAddress>> LookupAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
            return [literal];
        var answers = await Task.WhenAll(AskAsync(host, QueryType.A, cancellationToken), AskAsync(host, QueryType.AAAA, cancellationToken))
            .ConfigureAwait(false);
        IPAddress[] addresses = [.. answers.SelectMany(answer => answer.Addresses)];
        if (addresses.Length > 0)
            return addresses;
        if (answers.Select(answer => answer.Failure).OfType<SocketException>().FirstOrDefault() is { } failure)
            throw failure;
        throw Failure(SocketError.NoData, $"{host} has no addresses, says {_server}");
    }

    private async Task<(IReadOnlyList<IPAddress> Addresses, SocketException? Failure)> AskAsync(
        string host, QueryType type, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _client.QueryAsync(host, type, QueryClass.IN, cancellationToken).ConfigureAwait(false);
            return ([.. answer.Answers.AddressRecords().Select(record => record.Address)], answer.HasError ? Failure(host, answer) : null);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (DnsResponseException e)
        {
            return ([], Failure(e));
        }
    }

    private SocketException Failure(string host, IDnsQueryResponse answer) => answer.Header.ResponseCode switch
    {
        DnsHeaderResponseCode.NotExistentDomain => Failure(SocketError.HostNotFound, $"there is no name {host}, says {_server} (NXDOMAIN)"),
        DnsHeaderResponseCode.ServerFailure => Failure(SocketError.TryAgain, $"{_server} could not find out about {host} (SERVFAIL)"),
        DnsHeaderResponseCode.Refused => Failure(SocketError.NoRecovery, $"{_server} refused to tell about {host} (REFUSED)"),
        var code => Failure(SocketError.NoRecovery, $"{_server} answered the question for {host} with an error ({code})"),
    };

    /// <summary>There was no answer. What the system says of the socket is in the innermost exception.</summary>
    private SocketException Failure(DnsResponseException exception) => exception.GetBaseException() switch
    {
        SocketException socket => Failure(socket.SocketErrorCode, $"no answer from {_server}: {socket.Message}"),
        OperationCanceledException or TimeoutException => NoAnswer(),
        _ when exception.Code == DnsResponseCode.ConnectionTimeout => NoAnswer(),
        var other => Failure(SocketError.NoRecovery, $"what {_server} answered makes no sense: {other.Message}"),
    };

    private SocketException NoAnswer() => Failure(SocketError.TimedOut, $"no answer from {_server}");

    private static SocketException Failure(SocketError error, string message) => new((int)error, message);
}
