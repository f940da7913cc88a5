namespace Connmgr.Tests.Addresses;

public sealed class AnchorsFileTests : IDisposable
{
    private readonly FileWorld _files = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static PeerAddress[] Two { get; } =
    [
        new(BookWorld.EndPoint("250.1.1.1", 8333), 0x409, DateTimeOffset.FromUnixTimeSeconds(1_600_000_000)),
        new(new NetworkEndPoint(NetworkAddress.Parse("fc00:1::1").ToCjdns(), 8333), 9, DateTimeOffset.UnixEpoch),
    ];

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task TakeAsync_AfterSaveAsync_GivesThemOnce()
    {
        await AnchorsFile.SaveAsync(Two, _files.Anchors, FileWorld.Magic, Token);
        var size = new FileInfo(_files.Anchors).Length;

        var taken = await AnchorsFile.ReadAndDeleteAsync(_files.Anchors, FileWorld.Magic, Token);
        var again = await AnchorsFile.ReadAndDeleteAsync(_files.Anchors, FileWorld.Magic, Token);

        Assert.Equal(Two, taken.Anchors);
        Assert.Equal(4 + 1 + (4 + 4 + 3 + 2 + 4 + 2) + (4 + 4 + 1 + 2 + 16 + 2) + 32, size);
        Assert.Empty(again.Anchors);
        Assert.Null(again.Error);
        Assert.Empty(_files.Names);
    }

    [Fact]
    public async Task TakeAsync_EveryTruncation_IsSetAsideAndGivesNone()
    {
        var file = AnchorsFormat.Write(Two, FileWorld.Magic.AsSpan()).ToArray();
        for (var length = 0; length < file.Length; length++)
        {
            await File.WriteAllBytesAsync(_files.Anchors, file[..length], Token);
            var taken = await AnchorsFile.ReadAndDeleteAsync(_files.Anchors, FileWorld.Magic, Token);

            Assert.Empty(taken.Anchors);
            Assert.Equal(AddressFileErrorCode.ChecksumMismatch, taken.Error!.Code);
            Assert.Equal(file[..length], await File.ReadAllBytesAsync(taken.QuarantinePath!, Token));
            File.Delete(taken.QuarantinePath!);
        }
    }

    [Fact]
    public void Read_RandomFlipsWithARightChecksum_AreRefusedOrGiveAtMostTwo()
    {
        var random = new Random(13);
        var file = AnchorsFormat.Write(Two, FileWorld.Magic.AsSpan()).ToArray();
        for (var i = 0; i < 10_000; i++)
        {
            var changed = FileWorld.Change(file, bytes => bytes[random.Next(4, bytes.Length - 32)] ^= (byte)(1 << random.Next(8)));
            try
            {
                Assert.InRange(AnchorsFormat.Read("anchors.dat", changed, FileWorld.Magic.AsSpan()).Length, 0, 2);
            }
            catch (AddressFileException exception)
            {
                Assert.Equal(AddressFileErrorCode.Malformed, exception.Code);
            }
        }
    }

    [Fact]
    public async Task SaveAsync_TooMany_Throws()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => AnchorsFile.SaveAsync([.. Two, Two[0]], _files.Anchors, FileWorld.Magic, Token));
        Assert.Empty(_files.Names);
    }
}
