using System.Net;
using System.Net.Sockets;

namespace Connmgr.Tool;

/// <summary>
/// Looks names up at a name server that the user chooses, instead of the system's resolver: A and AAAA at the same time, over TCP if an
/// answer does not fit into a UDP packet. Nothing is cached. Thread-safe.
/// </summary>
/// <param name="server">The name server. It is not contacted yet.</param>
/// <param name="timeProvider">The clock of retries and timeouts.</param>
internal sealed class DnsServerLookup(IPEndPoint server, TimeProvider timeProvider)
{
    /// <summary>The time for one kind of address once the other one is answered: some servers never answer for one of them.</summary>
    private static readonly TimeSpan SecondAnswerTimeout = TimeSpan.FromSeconds(5);

    private readonly DnsExchange _exchange = new(server, timeProvider);

    /// <summary>Looks up a name: a <see cref="LookupFunc"/>.</summary>
    /// <param name="host">The name, always absolute. An IP literal is its own result.</param>
    /// <param name="cancellationToken">Cancels the lookup. There is no other timeout.</param>
    /// <returns>The addresses, IPv4 first. When one of the questions fails, those of the other kind.</returns>
    /// <exception cref="SocketException">
    /// Both questions failed. The message contains the answer of the server. <see cref="SocketError.HostNotFound"/> and <see
    /// cref="SocketError.NoData"/> are final; other errors may be temporary.
    /// </exception>
    public async ValueTask<IReadOnlyList<IPAddress>> LookupAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
            return [literal];
        var name = DnsName.FromHost(host)
            ?? throw Failure(SocketError.NoRecovery, $"'{SafeText.Line(host)}' is not a valid host name: use at most 253 letters, digits and hyphens, with dots between");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asking = new[] { AskAsync(host, new(name, DnsRecordType.A), end.Token), AskAsync(host, new(name, DnsRecordType.Aaaa), end.Token) };
        await Task.WhenAny(asking).ConfigureAwait(false);
        using var timeout = timeProvider.CreateTimer(static end => ((CancellationTokenSource)end!).Cancel(), end, SecondAnswerTimeout, Timeout.InfiniteTimeSpan);
        var answers = await Task.WhenAll(asking).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        IPAddress[] addresses = [.. answers.SelectMany(static answer => answer.Addresses)];
        if (addresses.Length > 0)
            return addresses;
        throw answers.Select(static answer => answer.Failure).OfType<SocketException>().FirstOrDefault()
            ?? Failure(SocketError.NoData, $"{server} reports no addresses for {host}");
    }

    /// <summary>Asks one question. Never throws: the result contains the error.</summary>
    private async Task<(IReadOnlyList<IPAddress> Addresses, SocketException? Failure)> AskAsync(string host, DnsQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _exchange.AskAsync(question, cancellationToken).ConfigureAwait(false);
            return (answer.Addresses, GetFailure(host, answer));
        }
        catch (OperationCanceledException)
        {
            return ([], Failure(SocketError.TimedOut, $"no answer from {server}"));
        }
        catch (SocketException exception)
        {
            return ([], Failure(exception.SocketErrorCode, $"no answer from {server}: {exception.Message}"));
        }
    }

    private SocketException? GetFailure(string host, DnsAnswer answer) => answer.Code switch
    {
        DnsResultCode.NoError when answer.IsTruncated && answer.Addresses.Count == 0 =>
            Failure(SocketError.TryAgain, $"the answer of {server} for {host} is too long for a packet, and TCP does not work"),
        DnsResultCode.NoError when answer is { IsDamaged: true, IsTruncated: false } => Failure(SocketError.NoRecovery, $"the answer of {server} for {host} is damaged"),
        DnsResultCode.NoError => null,
        DnsResultCode.NoSuchName => Failure(SocketError.HostNotFound, $"{server} reports that {host} does not exist (NXDOMAIN)"),
        DnsResultCode.ServerFailure => Failure(SocketError.TryAgain, $"{server} could not get an answer for {host} (SERVFAIL)"),
        DnsResultCode.Refused => Failure(SocketError.NoRecovery, $"{server} refused to answer for {host} (REFUSED)"),
        DnsResultCode.FormatError => Failure(SocketError.NoRecovery, $"{server} can't read the question for {host} (FORMERR)"),
        DnsResultCode.NotImplemented => Failure(SocketError.NoRecovery, $"{server} does not support lookups (NOTIMP)"),
        var code => Failure(SocketError.NoRecovery, $"{server} answered with the error {(int)code} for {host}"),
    };

    private static SocketException Failure(SocketError error, string message) => new((int)error, message);
}
