using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>The conversation with a node after the handshake: a ping, and getaddr if it is asked. For one node, once.</summary>
internal sealed class CrawlTalk(BitcoinPeer peer, AddressFilter filter, bool asks)
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ImmutableArray<PeerAddress>.Builder _addresses = ImmutableArray.CreateBuilder<PeerAddress>();

    /// <summary>True to ask for addresses.</summary>
    public bool Asks => asks;

    /// <summary>The time of the ping; null if it was not answered.</summary>
    public TimeSpan? Latency { get; private set; }

    /// <summary>The addresses, once the conversation has ended.</summary>
    public ImmutableArray<PeerAddress> Addresses { get; private set; } = [];

    /// <summary>Has the conversation. It ends with the answers, with the connection, or when the time is over; none of these is an error.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task RunAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var running = peer.BeginAndRunAsync(interest: null, asks ? AskAsync : null, begin: null, OnMessageAsync, either.Token);
        var leading = LeadAsync(either.Token);
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _answered.TrySetResult();
        await leading.ConfigureAwait(false);
        Addresses = _addresses.ToImmutable();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private ValueTask AskAsync(CancellationToken cancellationToken) => peer.SendAsync(MessageCommand.GetAddr, default, cancellationToken);

    /// <summary>Measures the latency, waits for the answer, and closes the connection.</summary>
    private async Task LeadAsync(CancellationToken cancellationToken)
    {
        try
        {
            Latency = await peer.PingAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or OperationCanceledException)
        {
            // The connection has ended, or the time is over.
        }

        if (asks)
            await _answered.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        peer.Close("it was visited");
    }

    private ValueTask OnMessageAsync(BitcoinPeer from, BitcoinMessage message, CancellationToken cancellationToken)
    {
        if (!AddressMessage.IsAddressCommand(message.Command))
            return ValueTask.CompletedTask;
        var addresses = AddressMessage.Decode(message.Command, message.Payload.Span);
        foreach (var address in addresses)
        {
            if (_addresses.Count < AddressMessage.MaxEntries && filter.TryTake(address, out var taken))
                _addresses.Add(taken);
        }

        // A single one is usually the node's own address, which it sends unasked before the answer.
        if (addresses.Length > 1)
            _answered.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
