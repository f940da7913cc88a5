using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

public sealed class PaceTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Settle_OnePeerFloods_ReadsAsMuchAsAllMayTogether()
    {
        var peer = new PeerPace(new(_time), _time);
        var read = ReadFor(TimeSpan.FromSeconds(100), [peer])[0];
        Assert.InRange(read, 99 * SharedPace.PerSecond, 102 * SharedPace.PerSecond);
    }

    [Fact]
    public void Settle_ManyPeersFlood_ReadNotMuchMoreThanOne()
    {
        var shared = new SharedPace(_time);
        var peers = Enumerable.Range(0, 117).Select(_ => new PeerPace(shared, _time)).ToArray();
        var read = ReadFor(TimeSpan.FromSeconds(100), peers);
        Assert.InRange(read.Sum(), 99 * SharedPace.PerSecond, 101 * SharedPace.PerSecond + (117 * ((100 * PeerPace.OwnPerSecond) + PeerPace.OwnBurst + PeerPace.Batch)));
        Assert.InRange(read.Max(), read.Min(), 2 * read.Min());
    }

    [Fact]
    public void Settle_WithinItsOwnAllowance_NeverWaitsForOthers()
    {
        var shared = new SharedPace(_time);
        shared.Take(1000 * SharedPace.PerSecond, _time.GetTimestamp()); // Others have taken all for a quarter of an hour.
        var peer = new PeerPace(shared, _time);
        for (var i = 0; i < 10_000; i++)
        {
            peer.Charge(1, 0);
            Assert.True(!peer.IsOwing || peer.Settle() == TimeSpan.Zero);
            _time.Advance(TimeSpan.FromSeconds(1.01 / PeerPace.OwnPerSecond));
        }
    }

    [Fact]
    public void Charge_InAnyPieces_CostsTheSame() =>
        Gen.Int[0, 5000].Array[1, 50].Sample(pieces =>
        {
            var (whole, split) = (new PeerPace(new(_time), _time), new PeerPace(new(_time), _time));
            whole.Charge(1, pieces.Sum());
            split.Charge(1, 0);
            foreach (var piece in pieces)
                split.Charge(0, piece);
            Assert.Equal(whole.IsOwing, split.IsOwing);
            Assert.Equal(pieces.Sum() / PeerPace.BytesPerToken >= PeerPace.OwnBurst, split.IsOwing);
        });

    /// <summary>Lets peers read messages of one token as fast as they may.</summary>
    private long[] ReadFor(TimeSpan time, PeerPace[] peers)
    {
        var read = new long[peers.Length];
        var next = new long[peers.Length];
        var end = _time.GetTimestamp() + (long)(time.TotalSeconds * _time.TimestampFrequency);
        while (_time.GetTimestamp() is var now && now < end)
        {
            for (var i = 0; i < peers.Length; i++)
            {
                while (next[i] <= now)
                {
                    read[i]++;
                    peers[i].Charge(1, 0);
                    if (peers[i].IsOwing && peers[i].Settle() is var delay && delay > TimeSpan.Zero)
                        next[i] = now + (long)(delay.TotalSeconds * _time.TimestampFrequency);
                }
            }

            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        return read;
    }
}
