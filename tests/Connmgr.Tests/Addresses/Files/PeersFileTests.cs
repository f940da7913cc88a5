using System.Buffers.Binary;
using System.Net;

namespace Connmgr.Tests.Addresses;

public sealed class PeersFileTests : IDisposable
{
    private readonly FileWorld _files = new();
    private readonly BookWorld _world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task SaveAsync_ThenLoadAsync_GivesTheSameBook()
    {
        _world.Fill(1000);
        await PeersFile.SaveAsync(_world.Book, _files.Peers, FileWorld.Magic, Token);

        var book = await PeersFile.LoadAsync(_files.Peers, FileWorld.Magic, cancellationToken: Token);

        Assert.Equal(Sorted(_world.Book), Sorted(book), StringComparer.Ordinal);
        Assert.Equal(["peers.dat"], _files.Names);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_files.Peers));
    }

    [Fact]
    public void Write_EmptyBook_IsByteForByteAsSpecified_T43c()
    {
        var file = FileWorld.Write(_world.Book);

        byte[] head = [.. FileWorld.Magic, 4, 36, .. BookWorld.KeyOne, .. new byte[8], 0x00, 0x04, 0x00, 0x40];
        Assert.Equal(head, file[..head.Length]);
        Assert.Equal(head.Length + (1024 * 4) + 32 + 32, file.Length);
        Assert.Equal(0, FileWorld.Read(file).Count);
    }

    [Fact]
    public void Write_OneAddress_HasTheEntryOfBitcoinCore()
    {
        var endPoint = BookWorld.EndPoint("250.1.1.1", 8333);
        _world.Book.Add(new PeerAddress(endPoint, 0x409, DateTimeOffset.FromUnixTimeSeconds(0x6553f100)), BookWorld.Source);
        var file = FileWorld.Write(_world.Book);

        byte[] entry =
        [
            0x60, 0x5b, 0x03, 0x20, 0x00, 0xf1, 0x53, 0x65, 0xfd, 0x09, 0x04, 1, 4, 250, 1, 1, 1, 0x20, 0x8d,
            1, 4, 252, 2, 2, 2, .. new byte[8], .. new byte[4],
        ];
        Assert.Equal(entry, file[50..(50 + entry.Length)]);
        Assert.Equal(1, BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(50 + entry.Length + (983 * 4))));
    }

    [Theory]
    [InlineData(FileWorld.CompatibilityOffset, (byte)0, AddressFileErrorCode.Malformed)]
    [InlineData(FileWorld.CompatibilityOffset, (byte)(32 + 111), AddressFileErrorCode.UnsupportedVersion)]
    [InlineData(0, (byte)0, AddressFileErrorCode.WrongMagic)]
    [InlineData(FileWorld.NewCountOffset, -1, AddressFileErrorCode.Malformed)]
    [InlineData(FileWorld.NewCountOffset, 65_537, AddressFileErrorCode.Malformed)]
    [InlineData(FileWorld.TriedCountOffset, -1, AddressFileErrorCode.Malformed)]
    [InlineData(FileWorld.TriedCountOffset, 16_385, AddressFileErrorCode.Malformed)]
    [InlineData(FileWorld.BucketsOffset, -1, AddressFileErrorCode.Malformed)]
    public void Read_FieldOutOfRange_Throws_T43c(int offset, object value, AddressFileErrorCode fault)
    {
        var file = FileWorld.Change(FileWorld.Write(_world.Fill(20).Book), bytes =>
        {
            if (value is int number)
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset), number);
            else
                bytes[offset] = (byte)value;
        });

        var exception = Assert.Throws<AddressFileException>(() => FileWorld.Read(file));
        Assert.Equal(fault, exception.Code);
        Assert.Contains("peers.dat", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Move it away", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_KeyAllZero_Throws_T43c() => Assert.Equal(
        AddressFileErrorCode.Malformed,
        Assert.Throws<AddressFileException>(() => FileWorld.Read(
            FileWorld.Change(FileWorld.Write(_world.Book), bytes => bytes.AsSpan(FileWorld.KeyOffset, 32).Clear()))).Code);

    [Fact]
    public void Read_WrongChecksum_Throws_T43c()
    {
        var file = FileWorld.Write(_world.Book);
        file[^1] ^= 1;

        Assert.Equal(AddressFileErrorCode.ChecksumMismatch, Assert.Throws<AddressFileException>(() => FileWorld.Read(file)).Code);
    }

    [Fact]
    public void Read_AddressThereTwice_Throws()
    {
        _world.AddFresh(BookWorld.EndPoint("250.1.1.1", 8333));
        var image = _world.Book.Capture();
        var twice = new BookSnapshot
        {
            Key = image.Key,
            Grouping = image.Grouping,
            New = [.. image.New, .. image.New],
            Tried = [],
            NewBuckets = 1024,
            Members = image.Members,
        };

        var file = PeersFormat.Write(twice, FileWorld.Magic.AsSpan()).ToArray();
        var exception = Assert.Throws<AddressFileException>(() => FileWorld.Read(file));
        Assert.Contains("250.1.1.1:8333 occurs twice", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AddressesThatAreNotValid_AreDropped_T43c()
    {
        var image = Image(
            [Entry("250.1.1.1"), Entry("0.0.0.0"), Entry("255.255.255.255"), Entry("250.1.1.2")],
            [Entry("0.0.0.0"), Entry("250.1.1.3")]);

        var book = FileWorld.Read(PeersFormat.Write(image, FileWorld.Magic.AsSpan()).ToArray());

        Assert.Equal(2, book.GetCount(tables: AddressTables.New));
        Assert.Equal(1, book.GetCount(tables: AddressTables.Tried));
        BookWorld.AssertConsistent(book);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(200)]
    public void Read_OtherFormats_AreReadWhenTheySayThatTheyCanBe(byte format)
    {
        var writer = new DiskWriter(1000);
        writer.WriteBytes(FileWorld.Magic.AsSpan());
        writer.WriteByte(format);
        writer.WriteByte((byte)(32 + Math.Min(format, (byte)4)));
        writer.WriteBytes(BookWorld.KeyOne);
        writer.WriteInt32(1);
        writer.WriteInt32(1);
        writer.WriteInt32(256 ^ (format > 0 ? 1 << 30 : 0));
        var (first, second) = (BookWorld.EndPoint("250.1.1.1", 8333), BookWorld.EndPoint("2600::1", 8334));
        foreach (var endPoint in (NetworkEndPoint[])[first, second])
        {
            if (format < 3)
            {
                writer.WriteUInt32(220_000);
                writer.WriteUInt32(1_600_000_000);
                writer.WriteInt64(0x409);
                WriteV1(endPoint.Address);
                writer.WritePort(endPoint.Port);
                WriteV1(BookWorld.Source);
            }
            else
            {
                DiskAddress.Write(writer, endPoint, 0x409, 1_600_000_000);
                DiskAddress.WriteHost(writer, BookWorld.Source);
            }

            writer.WriteInt64(1_500_000_000);
            writer.WriteInt32(2);
        }

        for (var bucket = 0; bucket < 256; bucket++)
        {
            writer.WriteInt32(bucket == 77 ? 1 : 0);
            if (bucket == 77)
                writer.WriteInt32(0);
        }

        if (format >= 2)
            writer.WriteBytes(new byte[32]);
        SealedBytes.WriteChecksum(writer);

        var book = FileWorld.Read(writer.Written.ToArray());

        BookWorld.AssertConsistent(book);
        Assert.True(book.TryGet(first, out var entry));
        Assert.True(book.TryGet(second, out var tried) && tried.IsTried);
        Assert.Equal((0x409UL, BookWorld.Source, 2, 1), (entry.Address.Services, entry.Source, entry.FailedAttempts, entry.References));
        Assert.Equal(1_600_000_000, entry.Address.LastSeen.ToUnixTimeSeconds());
        Assert.Equal(1_500_000_000, entry.LastSuccess!.Value.ToUnixTimeSeconds());

        // 256 buckets: placed anew.
        Assert.Equal((983 * 64) + 23, book.Tables.Find(first)!.NewPlaces[0]);

        void WriteV1(NetworkAddress address)
        {
            var bytes = new byte[16];
            address.TryWriteV1(bytes);
            writer.WriteBytes(bytes);
        }
    }

    [Fact]
    public void Read_AnotherGrouping_PlacesAnewAndBack_T43c()
    {
        var map = AsMap.Parse(Convert.FromHexString("fb03ec0fb03fc0fe00fb03ec0fb03fc0fe00fb03ec0fb0fffffefffb7f013e07"));
        var endPoint = BookWorld.EndPoint("250.1.2.1", 8333);
        _world.AddFresh(endPoint, endPoint.Address);
        var original = FileWorld.Write(_world.Book);
        var place = _world.Book.Tables.Find(endPoint)!.NewPlaces[0];

        var mapped = FileWorld.Read(original, new AddressBookOptions { Netgrouper = map });
        BookWorld.AssertConsistent(mapped, map);
        Assert.NotEqual(place, mapped.Tables.Find(endPoint)!.NewPlaces[0]);
        var again = FileWorld.Read(FileWorld.Write(mapped), new AddressBookOptions { Netgrouper = map });
        Assert.Equal(mapped.Tables.Find(endPoint)!.NewPlaces[0], again.Tables.Find(endPoint)!.NewPlaces[0]);
        Assert.Equal(place, FileWorld.Read(FileWorld.Write(mapped)).Tables.Find(endPoint)!.NewPlaces[0]);
    }

    [Fact]
    public async Task OpenAsync_NoFile_GivesANewBook_T43c()
    {
        var opened = await PeersFile.OpenAsync(_files.Peers, FileWorld.Magic, cancellationToken: Token);

        Assert.Equal((0, null, null), (opened.Book.Count, opened.Error, opened.QuarantinePath));
        Assert.Empty(_files.Names);
        await Assert.ThrowsAsync<FileNotFoundException>(() => PeersFile.LoadAsync(_files.Peers, FileWorld.Magic, cancellationToken: Token));
    }

    [Fact]
    public async Task OpenAsync_DamagedFiles_SetsEachAsideAndGoesOn()
    {
        for (var i = 1; i <= 3; i++)
        {
            await File.WriteAllTextAsync(_files.Peers, $"not a book {i}", Token);
            var opened = await PeersFile.OpenAsync(_files.Peers, FileWorld.Magic, cancellationToken: Token);

            Assert.Equal(0, opened.Book.Count);
            Assert.Equal(AddressFileErrorCode.WrongMagic, opened.Error!.Code);
            Assert.Equal(_files.Peers, opened.Error.Path);
            Assert.Equal($"not a book {i}", await File.ReadAllTextAsync(opened.QuarantinePath!, Token));
        }

        Assert.Equal(["peers.dat.bad", "peers.dat.bad.2", "peers.dat.bad.3"], _files.Names);
    }

    [Fact]
    public async Task OpenIntoAsync_ABookInUse_TakesTheFileOverAndKeepsWhatItHad()
    {
        _world.Fill(1000);
        await PeersFile.SaveAsync(_world.Book, _files.Peers, FileWorld.Magic, Token);
        var inUse = new AddressBook(new AddressBookOptions { TimeProvider = _world.Clock });
        var added = BookWorld.EndPoint("9.8.7.6", 8333);
        inUse.Add(new PeerAddress(added, 9, _world.Now), BookWorld.Source);
        var news = inUse.AddressAdded.WaitAsync();

        var opened = await PeersFile.OpenIntoAsync(inUse, _files.Peers, FileWorld.Magic, Token);

        Assert.Same(inUse, opened.Book);
        Assert.Null(opened.Error);
        Assert.Equal(_world.Book.Count + 1, inUse.Count);
        Assert.True(inUse.TryGet(added, out var entry));
        Assert.Equal(BookWorld.Source, entry.Source);
        Assert.Equal(BookWorld.KeyOne, inUse.Tables.Placement.Key.ToArray());
        BookWorld.AssertConsistent(inUse);
        Assert.True(news.IsCompleted);
    }

    [Fact]
    public async Task OpenIntoAsync_ADamagedFile_SetsItAsideAndLeavesTheBook()
    {
        await File.WriteAllTextAsync(_files.Peers, "damaged", Token);
        _world.Fill(10);
        var before = Sorted(_world.Book);

        var opened = await PeersFile.OpenIntoAsync(_world.Book, _files.Peers, FileWorld.Magic, Token);

        Assert.Equal(AddressFileErrorCode.WrongMagic, opened.Error?.Code);
        Assert.Equal(before, Sorted(_world.Book), StringComparer.Ordinal);
        Assert.Equal(["peers.dat.bad"], _files.Names);
    }

    [Fact]
    public async Task OpenAsync_LeftoversOfKilledWriters_AreRemoved()
    {
        string[] kept = ["peers.dat.0123456789abcdeX.tmp", "peers.dat.tmp", "other.0123456789abcdef.tmp", "peers.dat.1.tmp.bad"];
        foreach (var name in (string[])[.. kept, "peers.dat.0123456789abcdef.tmp"])
            await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(_files.Peers)!, name), "", Token);

        await PeersFile.OpenAsync(_files.Peers, FileWorld.Magic, cancellationToken: Token);

        Assert.Equal(kept.Order(StringComparer.Ordinal), _files.Names, StringComparer.Ordinal);
    }

    [Fact]
    public async Task SaveAsync_NotPossible_LeavesNothingBehind()
    {
        Directory.CreateDirectory(_files.Peers);

        await Assert.ThrowsAnyAsync<Exception>(() => PeersFile.SaveAsync(_world.Book, _files.Peers, FileWorld.Magic, Token));
        Directory.Delete(_files.Peers);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => PeersFile.SaveAsync(_world.Book, _files.Peers, FileWorld.Magic, new CancellationToken(canceled: true)));

        Assert.Empty(_files.Names);
    }

    [Fact]
    public async Task SaveAsync_MagicOfAnotherLength_Throws() => await Assert.ThrowsAsync<ArgumentException>(
        () => PeersFile.SaveAsync(_world.Book, _files.Peers, [1, 2, 3], Token));

    private static SavedEntry Entry(string address) =>
        new(new NetworkEndPoint(NetworkAddress.FromIPAddress(IPAddress.Parse(address)), 8333), 9, 1_600_000_000, BookWorld.Source, 0, 0);

    private static BookSnapshot Image(SavedEntry[] fresh, SavedEntry[] tried) => new()
    {
        Key = BookWorld.KeyOne,
        Grouping = new byte[32],
        New = fresh,
        Tried = tried,
        NewBuckets = 1024,
        Members = [.. fresh.Select((_, i) => new BucketMember(i, i))],
    };

    private static IEnumerable<string> Sorted(AddressBook book) =>
        book.GetEntries().Select(entry => (entry with { LastAttempt = null }).ToString()).Order(StringComparer.Ordinal);
}
