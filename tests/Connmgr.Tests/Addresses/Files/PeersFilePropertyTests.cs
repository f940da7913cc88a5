namespace Connmgr.Tests.Addresses;

/// <summary>Whatever became of a file: a clean error or a sound book, never anything else.</summary>
public sealed class PeersFilePropertyTests
{
    private static readonly int Flips = Effort.Of(4_000);

    private static readonly byte[] File = FileWorld.Write(new BookWorld().Fill(40).Book);

    [Fact]
    public void Read_EveryTruncation_IsRefused()
    {
        for (var length = 0; length < File.Length; length++)
            Assert.Equal(AddressFileErrorCode.ChecksumMismatch, Assert.Throws<AddressFileException>(() => FileWorld.Read(File[..length])).Code);
    }

    [Fact]
    public void Read_EveryTruncationWithARightChecksum_IsRefused()
    {
        for (var length = 4; length < File.Length - 32; length++)
        {
            var exception = Assert.Throws<AddressFileException>(() => FileWorld.Read(FileWorld.Seal(File.AsSpan(0, length))));
            Assert.Equal(AddressFileErrorCode.Malformed, exception.Code);
        }
    }

    [Fact]
    public void Read_RandomFlips_AreRefused()
    {
        var random = new Random(11);
        for (var i = 0; i < Flips; i++)
        {
            var copy = File.ToArray();
            copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
            Assert.Throws<AddressFileException>(() => FileWorld.Read(copy));
        }
    }

    [Fact]
    public void Read_RandomFlipsWithARightChecksum_AreRefusedOrGiveASoundBook()
    {
        var random = new Random(12);
        var (refused, read) = (0, 0);
        for (var i = 0; i < Flips; i++)
        {
            // Every other one in the addresses; most of the rest of so small a file is empty buckets.
            var content = i % 2 == 0 ? 3000 : File.Length - 32;
            var changed = FileWorld.Change(File, bytes => bytes[random.Next(4, content)] ^= (byte)(1 << random.Next(8)));
            try
            {
                var book = FileWorld.Read(changed);
                read++;
                if (i % 20 == 0)
                    BookWorld.AssertConsistent(book);
                Assert.Equal(book.Count, book.GetEntries().Count);
            }
            catch (AddressFileException)
            {
                refused++;
            }
        }

        Assert.True(refused > 400 && read > 400, $"{refused} refused, {read} read");
    }
}
