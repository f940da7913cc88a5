using System.Net;
using Connmgr.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Peers in memory that shake hands and answer pings, a book of their addresses, and a clock that runs only when it is advanced.</summary>
internal sealed class VirtualPeers : IAsyncDisposable
{
    private readonly MemoryNetwork _memory = new(new() { DefaultBehavior = HostBehavior.Serving(static (stream, token) => ServeAsync(stream, answers: true, token)) });
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60), TimeProvider.System);

    public VirtualPeers() => Book = SmallBook.Create(Time);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 30, 0, 0, 0, TimeSpan.Zero));

    public AddressBook Book { get; }

    public CancellationToken Cancellation => _deadline.Token;

    /// <summary>Gets the peers of a group, the oldest first.</summary>
    public static async Task<BitcoinPeer[]> GetGroupAsync(PeerNetwork network, string group) =>
    [
        .. (await network.Connections.GetSnapshotAsync()).Connections.Select(static each => each.Connection)
            .Where(connection => string.Equals(connection.Group, group, StringComparison.Ordinal))
            .Select(static connection => (BitcoinPeer)connection.UserState!)
            .OrderBy(static peer => peer.Id),
    ];

    public ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken) => _memory.DialAsync(endPoint, cancellationToken);

    /// <summary>The network in memory.</summary>
    public MemoryNetwork Memory => _memory;

    /// <summary>Makes the peer at an address answer no ping.</summary>
    public void Silence(string text) => _memory.SetBehavior(
        new IPEndPoint(IPAddress.Parse(text), 18444), HostBehavior.Serving(static (stream, token) => ServeAsync(stream, answers: false, token)));

    /// <summary>Puts an address into the book.</summary>
    public void Add(string text) => Book.AddOwn(new(NetworkAddress.Parse(text), 18444), 9, Time.GetUtcNow());

    /// <summary>Lets time pass until a condition holds, and holds the number of each group to its target all the while, unless it is being filled.</summary>
    public async Task AdvanceUntilAsync(PeerNetwork network, Func<ValueTask<bool>> condition, bool isFilling = false)
    {
        while (!await condition())
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            var snapshot = await network.Connections.GetSnapshotAsync(Cancellation);
            Assert.All(snapshot.Groups, group => Assert.InRange(group.Connected, isFilling ? 0 : group.Target, group.Target));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _memory.DisposeAsync();
        _deadline.Dispose();
    }

    private static async Task ServeAsync(Stream stream, bool answers, CancellationToken token)
    {
        await stream.WriteAsync(Frames.Handshake(), token);
        using var reader = new FrameReader(stream, Frames.Chain);
        while (await reader.ReadAsync(token) is { } message)
        {
            if (answers && message.Command == MessageCommand.Ping)
                await stream.WriteAsync(Frames.Of(MessageCommand.Pong, message.Payload.Span), token);
        }
    }
}
