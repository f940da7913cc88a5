namespace Connmgr.Bitcoin.Tests;

/// <summary>A listener on the way learns from the first bytes neither that this is Bitcoin nor how long the garbage is.</summary>
public sealed class FirstFlightTests
{
    private const int Connections = 1000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>The limits are six standard deviations from the mean, so that chance exceeds them once in a billion runs.</summary>
    [Theory]
    [InlineData(ConnectionDirection.Outbound)]
    [InlineData(ConnectionDirection.Inbound)]
    public async Task FirstFlights_OfManyConnections_LookLikeRandomBytesOfRandomLength(ConnectionDirection direction)
    {
        var counts = new long[256];
        var lengths = new List<int>();
        var protocol = new BitcoinProtocol(new() { Chain = Frames.Chain, Transport = TransportPolicy.V2Only });
        for (var i = 0; i < Connections; i++)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var stream = new FakeStream { AfterWrite = () => written.TrySetResult() };
            if (direction == ConnectionDirection.Inbound)
                stream.Feed(1);
            var handshake = protocol.HandshakeAsync(stream, direction, null, end.Token).AsTask();
            await written.Task.WaitAsync(Ct);
            var flight = stream.Written;
            await end.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handshake);
            lengths.Add(flight.Length);
            foreach (var value in flight)
                counts[value]++;
        }

        Assert.All(lengths, static length => Assert.InRange(length, PacketFormat.KeySize, PacketFormat.KeySize + PacketFormat.MaxGarbage));
        var (mean, deviation) = (PacketFormat.KeySize + (PacketFormat.MaxGarbage / 2.0), (PacketFormat.MaxGarbage + 1) / Math.Sqrt(12) / Math.Sqrt(Connections));
        Assert.InRange(lengths.Average(), mean - (6 * deviation), mean + (6 * deviation));
        Assert.InRange(lengths.Min(), PacketFormat.KeySize, PacketFormat.KeySize + 100);
        Assert.InRange(lengths.Max(), PacketFormat.KeySize + PacketFormat.MaxGarbage - 100, PacketFormat.KeySize + PacketFormat.MaxGarbage);

        var expected = counts.Sum() / 256.0;
        var chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.InRange(chiSquare, 255 - (6 * Math.Sqrt(2 * 255)), 255 + (6 * Math.Sqrt(2 * 255)));
    }
}
