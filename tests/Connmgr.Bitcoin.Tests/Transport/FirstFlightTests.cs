namespace Connmgr.Bitcoin.Tests;

/// <summary>A listener on the way sees random bytes: in the first ones neither that this is Bitcoin nor a typical length, and later neither magic, commands nor lengths.</summary>
public sealed class FirstFlightTests
{
    private const int Connections = 1000;

    private static ReadOnlySpan<byte> Version => "version\0\0\0\0\0"u8;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>The limits are six standard deviations from the mean, so that chance exceeds them once in a billion runs.</summary>
    [Theory]
    [InlineData(ConnectionDirection.Outbound)]
    [InlineData(ConnectionDirection.Inbound)]
    public async Task FirstFlights_OfManyConnections_LookLikeRandomBytesOfRandomLength(ConnectionDirection direction)
    {
        var counts = new long[256];
        var lengths = new List<int>();
        var magics = 0;
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
            magics += flight.AsSpan().Count(Frames.Chain.Magic.AsSpan());
            Assert.Equal(0, flight.AsSpan().Count(Version));
            foreach (var value in flight)
                counts[value]++;
        }

        Assert.InRange(magics, 0, 3); // Two million random bytes hold one in 2,000 runs, and four in none.
        Assert.All(lengths, static length => Assert.InRange(length, PacketFormat.KeySize, PacketFormat.KeySize + PacketFormat.MaxGarbage));
        AssertUniform([.. lengths.CountBy(static length => (length - PacketFormat.KeySize) / (4096 / 32)).Select(static bin => (long)bin.Value)], bins: 32);
        var (mean, deviation) = (PacketFormat.KeySize + (PacketFormat.MaxGarbage / 2.0), (PacketFormat.MaxGarbage + 1) / Math.Sqrt(12) / Math.Sqrt(Connections));
        Assert.InRange(lengths.Average(), mean - (6 * deviation), mean + (6 * deviation));
        Assert.InRange(lengths.Min(), PacketFormat.KeySize, PacketFormat.KeySize + 100);
        Assert.InRange(lengths.Max(), PacketFormat.KeySize + PacketFormat.MaxGarbage - 100, PacketFormat.KeySize + PacketFormat.MaxGarbage);

        AssertUniform(counts, bins: 256);
    }

    /// <summary>Packets of one length and one command, across changes of the key: of all of them, no three bytes of length are alike more often than by chance.</summary>
    [Fact]
    public void Packets_OfOneLength_ShowNeitherIt_NorTheirCommand()
    {
        var (stream, _) = PacketStream.Create();
        for (var i = 0; i < Connections; i++)
            stream.Message("sendpackages", new byte[7]);
        var packets = stream.Bytes[PacketFormat.TerminatorSize..].Chunk(PacketFormat.Overhead + ShortIds.LongestPrefix + 7).ToList();
        Assert.Equal(Connections, packets.Count);
        Assert.InRange(packets.Select(static packet => packet[0] | (packet[1] << 8) | (packet[2] << 16)).Distinct().Count(), Connections - 5, Connections);
        var counts = new long[256];
        foreach (var value in packets.SelectMany(static packet => packet))
            counts[value]++;
        AssertUniform(counts, bins: 256);
        Assert.Equal(0, stream.Bytes.AsSpan().Count("sendpackages"u8));
    }

    /// <summary>Asserts that chi-square is within six standard deviations, by the approximation of Wilson and Hilferty.</summary>
    private static void AssertUniform(long[] counts, int bins)
    {
        var expected = counts.Sum() / (double)bins;
        var chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected) + (expected * (bins - counts.Length));
        var (freedom, variance) = (bins - 1, 2 / (9.0 * (bins - 1)));
        Assert.InRange(chiSquare, freedom * Math.Pow(1 - variance - (6 * Math.Sqrt(variance)), 3), freedom * Math.Pow(1 - variance + (6 * Math.Sqrt(variance)), 3));
    }
}
