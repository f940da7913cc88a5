using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Crawling;

public sealed class FrontierFileTests : IDisposable
{
    private static readonly byte[] Magic = [.. ChainParameters.Mainnet.Magic];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-frontier-");
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Delete(recursive: true);

    private FrontierOptions Options => new() { VisitsPerSecond = 0, VisitsPerSecondPerNetgroup = 0, TimeProvider = _time };

    [Fact]
    public async Task SaveAsync_DuringARound_ContinuesIt()
    {
        var path = Path.Combine(_folder.FullName, FrontierFile.FileName);
        var frontier = new MemoryFrontier(Options);
        await frontier.AddAsync(Enumerable.Range(0, 5).Select(static i => Gossip.GossipGen.Node(Gossip.GossipGen.IPv4(i), default)).ToArray());
        var leases = (await frontier.LeaseAsync(3)).Leases;
        await frontier.CompleteAsync(new[] { new FrontierResult(leases[0], IsReachable: true) { Services = 77, Record = new byte[] { 1, 2, 3 } }, new(leases[1], IsReachable: false) });

        await FrontierFile.SaveAsync(frontier, path, ChainParameters.Mainnet.Magic);
        _time.Advance(TimeSpan.FromSeconds(1));
        var loaded = await FrontierFile.LoadAsync(path, ChainParameters.Mainnet.Magic, Options);

        var status = await loaded.GetStatusAsync();
        Assert.Equal((1, 5, 3, 0, 2, 1), (status.Round, status.Addresses, status.Due, status.Leased, status.Completed, status.Reached));
        var rest = (await loaded.LeaseAsync(9)).Leases;
        Assert.Equal(3, rest.Length);
        Assert.All(rest, lease => Assert.True(lease.IsNew && lease.EndPoint != leases[0].EndPoint && lease.EndPoint != leases[1].EndPoint));
        await loaded.CompleteAsync(rest.Select(static lease => new FrontierResult(lease, IsReachable: true)).ToArray());
        Assert.True(await loaded.EndRoundAsync(1));
        _time.Advance(TimeSpan.FromSeconds(299));
        var again = (await loaded.LeaseAsync(9)).Leases;
        Assert.Equal(5, again.Length);
        Assert.Equal((77ul, 0, false), again.Where(lease => lease.EndPoint == leases[0].EndPoint).Select(static lease => (lease.Services, lease.Failures, lease.IsNew)).Single());
        Assert.Equal(1, again.Single(lease => lease.EndPoint == leases[1].EndPoint).Failures);
        var record = Assert.Single(await loaded.GetRecordsAsync().ToListAsync());
        Assert.Equal((leases[0].EndPoint, "010203"), (record.EndPoint, Convert.ToHexString(record.Data.Span)));
    }

    [Fact]
    public async Task LoadAsync_SavedWithAClockAhead_DoesNotWaitForIt()
    {
        _time.Advance(TimeSpan.FromDays(400));
        var frontier = new MemoryFrontier(Options);
        await frontier.AddAsync(new[] { Gossip.GossipGen.Node(Gossip.GossipGen.IPv4(1), default) });
        await frontier.CompleteAsync(new[] { new FrontierResult((await frontier.LeaseAsync(1)).Leases[0], IsReachable: true) });
        await frontier.EndRoundAsync(1);
        var bytes = FrontierFile.Write(frontier, Magic);

        var now = new FakeTimeProvider();
        var loaded = new MemoryFrontier(new() { TimeProvider = now });
        FrontierFile.Read("a", bytes.Span, Magic, loaded);
        now.Advance(TimeSpan.FromMinutes(5));

        Assert.Single((await loaded.LeaseAsync(1)).Leases);
    }

    /// <summary>Checks the reader beyond its checksum: any content is either read or an error of the file.</summary>
    [Fact]
    public async Task Read_ChangedContent_IsAFrontierOrAnError()
    {
        var frontier = new MemoryFrontier(Options);
        await frontier.AddAsync(Enumerable.Range(0, 3).Select(static i => Gossip.GossipGen.Node(Gossip.GossipGen.IPv4(i), default)).ToArray());
        await frontier.CompleteAsync(new[] { new FrontierResult((await frontier.LeaseAsync(1)).Leases[0], IsReachable: true) { Record = new byte[9] } });
        var valid = FrontierFile.Write(frontier, Magic)[4..^32].ToArray();
        var reached = new int[2];
        Gen.Select(Gen.Int[0, valid.Length], Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Byte).Array[0, 3]).Sample(
            (length, changes) =>
            {
                var content = valid.ToArray();
                foreach (var (position, value) in changes)
                    content[position] = value;
                var writer = new DiskWriter(64);
                writer.WriteBytes(Magic);
                writer.WriteBytes(length % 2 == 0 ? content : content.AsSpan(..length));
                SealedBytes.WriteChecksum(writer);
                var isRead = true;
                try
                {
                    FrontierFile.Read("a", writer.Written.Span, Magic, new MemoryFrontier(Options));
                }
                catch (AddressFileException)
                {
                    isRead = false;
                }

                Interlocked.Increment(ref reached[isRead ? 1 : 0]);
            },
            iter: Effort.Of(2_000));
        Assert.All(reached, static count => Assert.InRange(count, 100, int.MaxValue));
    }

    [Theory]
    [InlineData(0, AddressFileErrorCode.WrongMagic)]
    [InlineData(4, AddressFileErrorCode.ChecksumMismatch)]
    public void Read_Damaged_IsRefused(int position, AddressFileErrorCode expected)
    {
        var bytes = FrontierFile.Write(new MemoryFrontier(Options), Magic).ToArray();
        bytes[position] ^= 1;

        Assert.Equal(expected, Assert.Throws<AddressFileException>(() => FrontierFile.Read("a", bytes, Magic, new MemoryFrontier(Options))).Code);
    }

    [Fact]
    public void Read_OfALaterVersion_SaysSo()
    {
        var writer = new DiskWriter(64);
        writer.WriteBytes(Magic);
        writer.WriteByte(2);
        SealedBytes.WriteChecksum(writer);

        var exception = Assert.Throws<AddressFileException>(() => FrontierFile.Read("a", writer.Written.Span, Magic, new MemoryFrontier(Options)));

        Assert.Equal(AddressFileErrorCode.UnsupportedVersion, exception.Code);
    }
}
