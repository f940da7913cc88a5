using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>The first peer to announce an item is credited, once a peer of another netgroup announces the same.</summary>
public sealed class AnnouncementCreditTests
{
    private const uint Tx = 1;
    private const uint Block = 2;
    private const uint Wtx = 5;
    private const uint WitnessBlock = Block | (1 << 30);

    private static readonly MessageCommand Inv = new("inv");

    private readonly AnnouncementCredit _credit = new(countsTransactions: true);
    private readonly Witness _a = new("1.1.1.1");
    private readonly Witness _b = new("2.2.2.2");
    private readonly Witness _c = new("3.3.3.3");

    [Theory]
    [InlineData(Tx, "tx")]
    [InlineData(Wtx, "tx")]
    [InlineData(Block, "block")]
    [InlineData(WitnessBlock, "block")]
    public void Read_TheSameByAnotherNetgroup_CreditsTheFirstOnceAndTheOthersForTakingPart(uint type, string what)
    {
        Announce(_a, type, 7);
        Assert.Empty(_a.Reports);
        Announce(_b, type, 7);
        Announce(_c, type, 7);

        Assert.Equal([what], _a.Reports, StringComparer.Ordinal);
        Assert.Equal(["part"], _b.Reports, StringComparer.Ordinal);
        Assert.Equal(["part"], _c.Reports, StringComparer.Ordinal);
    }

    [Fact]
    public void Read_TheSameByItselfOrItsNetgroup_CreditsNobody()
    {
        var neighbour = new Witness("1.1.9.9");
        Announce(_a, Tx, 7);
        Announce(_a, Tx, 7);
        Announce(neighbour, Tx, 7);
        Assert.Empty(_a.Reports);
        Assert.Empty(neighbour.Reports);
    }

    [Fact]
    public void Read_OtherKindsOfItem_CreditsNobody()
    {
        foreach (var type in (uint[])[0, 3, 6, 1 << 29, uint.MaxValue])
        {
            Announce(_a, type, 7);
            Announce(_b, type, 7);
        }

        Assert.Empty(_a.Reports);
    }

    [Fact]
    public void Read_TransactionsWithRelayOff_CreditsNobody()
    {
        var blocksOnly = new AnnouncementCredit(countsTransactions: false);
        foreach (var type in (uint[])[Tx, Wtx, Block])
        {
            blocksOnly.Read(_a.Announcer, Inv, GetInv(type, 7 + (int)type));
            blocksOnly.Read(_b.Announcer, Inv, GetInv(type, 7 + (int)type));
        }

        Assert.Equal(["block"], _a.Reports, StringComparer.Ordinal);
    }

    /// <summary>Checks that a flood of invented hashes displaces the flooder's items only.</summary>
    [Fact]
    public void Read_AFloodOfInventedHashes_WinsNothingAndCostsOthersNothing()
    {
        var inventors = Enumerable.Range(0, 140).Select(static i => new Witness($"{20 + i}.7.7.7")).ToArray();
        Announce(_a, Tx, 1);
        Announce(_a, Block, 2);
        foreach (var (i, inventor) in inventors.Index())
            Announce(inventor, Tx, [.. Enumerable.Range(1000 + (500 * i), 500)]);

        Announce(_b, Tx, 1);
        Announce(_b, Block, 2);

        Assert.Equal(["tx", "block"], _a.Reports, StringComparer.Ordinal);
        Assert.Equal(["part", "part"], _b.Reports, StringComparer.Ordinal);
        Assert.All(inventors, static inventor => Assert.Empty(inventor.Reports));
    }

    [Fact]
    public void Leave_ThenTheSameByAnother_CreditsNobody()
    {
        Announce(_a, Tx, 7);
        _credit.Remove(_a.Announcer);
        Announce(_b, Tx, 7);
        Assert.Empty(_a.Reports);
        Announce(_c, Tx, 7);
        Assert.Equal(["tx"], _b.Reports, StringComparer.Ordinal);
    }

    [Fact]
    public void Read_HeadersCompactBlocksAndInv_AreOneItem()
    {
        var header = RandomNumberGenerator.GetBytes(80);
        var hash = SHA256.HashData(SHA256.HashData(header));
        _credit.Read(_a.Announcer, new("headers"), (byte[])[1, .. header, 0]);
        _credit.Read(_b.Announcer, new("cmpctblock"), (byte[])[.. header, 1, 2, 3]);
        _credit.Read(_c.Announcer, Inv, (byte[])[1, 2, 0, 0, 0, .. hash]);
        Assert.Equal(["block"], _a.Reports, StringComparer.Ordinal);
        Assert.Equal(["part"], _b.Reports, StringComparer.Ordinal);
        Assert.Equal(["part"], _c.Reports, StringComparer.Ordinal);
    }

    [Fact]
    public void Read_AnyBytes_ReadsNoMoreThanCounts()
    {
        var random = new Random(1);
        foreach (var command in (MessageCommand[])[Inv, new("headers"), new("cmpctblock"), new("tx")])
        {
            for (var length = 0; length < 300; length++)
            {
                var bytes = new byte[length];
                random.NextBytes(bytes);
                _credit.Read(_a.Announcer, command, bytes);
                _credit.Read(_a.Announcer, command, bytes.AsSpan(0, length / 2));
            }
        }

        Announce(_a, Tx, [.. Enumerable.Range(1, 1001)]);
        Announce(_b, Tx, 1001);
        Announce(_c, Tx, 1001);
        Assert.Empty(_a.Reports); // The 1001st was not read, so another was the first.
        Assert.Equal(["tx"], _b.Reports, StringComparer.Ordinal);
    }

    [Fact]
    public void Read_OfWhatIsKnown_AllocatesNothing()
    {
        var inv = GetInv(Tx, [.. Enumerable.Range(0, 50)]);
        Assert.Equal(0, Allocations.Least(() => _credit.Read(_a.Announcer, Inv, inv)));
    }

    private void Announce(Witness witness, uint type, params int[] items) => _credit.Read(witness.Announcer, Inv, GetInv(type, items));

    private static byte[] GetInv(uint type, params int[] items)
    {
        var count = items.Length < 0xfd ? new byte[] { (byte)items.Length } : [0xfd, (byte)items.Length, (byte)(items.Length >> 8)];
        var payload = new List<byte>(count);
        foreach (var item in items)
        {
            var entry = new byte[36];
            BinaryPrimitives.WriteUInt32LittleEndian(entry, type);
            BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(20), item);
            payload.AddRange(entry);
        }

        return [.. payload];
    }

    private sealed class Witness : IUsefulPeer
    {
        public Witness(string address) => Announcer = new(this, Netgroup.FromAddress(IPAddress.Parse(address)));

        public AnnouncementCredit.Announcer Announcer { get; }

        public List<string> Reports { get; } = [];

        public void ReportFirstAnnouncement(bool isBlock) => Reports.Add(isBlock ? "block" : "tx");

        public void ReportParticipation() => Reports.Add("part");
    }
}
