using System.Security.Cryptography;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Addresses;

/// <summary>A book with a known key and clock, and what tests say of it.</summary>
internal sealed class BookWorld
{
    public const ulong Services = 9;

    public BookWorld(AddressBookOptions? options = null, int seed = 1)
    {
        Options = options ?? new AddressBookOptions();
        Options.Key ??= KeyOne;
        Options.TimeProvider = Clock;
        Options.Random = new Random(seed);
        Book = new AddressBook(Options);
    }

    /// <summary>The key of Bitcoin Core's deterministic tests.</summary>
    public static byte[] KeyOne { get; } = [1, .. new byte[31]];

    /// <summary>What Bitcoin Core calls source in most of its tests.</summary>
    public static NetworkAddress Source { get; } = NetworkAddress.Parse("252.2.2.2");

    public FakeTimeProvider Clock { get; } = new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));

    public AddressBookOptions Options { get; }

    public AddressBook Book { get; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    public static NetworkEndPoint EndPoint(string address, ushort port = 0) => new(NetworkAddress.Parse(address), port);

    /// <summary>An address in any network, seen at a given time.</summary>
    public static NetworkEndPoint Any(Random random)
    {
        Span<byte> bytes = stackalloc byte[32];
        random.NextBytes(bytes);
        bytes[0] = 0x26;
        var (id, length) = random.Next(6) switch
        {
            0 or 1 => ((byte)1, 4),
            2 => ((byte)2, 16),
            3 => ((byte)4, 32),
            4 => ((byte)5, 32),
            _ => ((byte)6, 16),
        };
        if (id == 1)
            bytes[0] = (byte)random.Next(20, 100);
        if (id == 6)
            bytes[0] = 0xfc;
        Assert.Equal(Bip155DecodeStatus.Decoded, NetworkAddress.ReadBip155(id, bytes[..length], out var address));
        return new NetworkEndPoint(address, (ushort)random.Next(1, 65536));
    }

    /// <summary>Adds an address last seen long ago, as Bitcoin Core's tests do when they give no time.</summary>
    public bool Add(string address, ushort port = 0, NetworkAddress? source = null) =>
        Book.Add(new PeerAddress(EndPoint(address, port), 0, DateTimeOffset.FromUnixTimeSeconds(100_000_000)), source ?? Source);

    public bool AddFresh(NetworkEndPoint endPoint, NetworkAddress? source = null) =>
        Book.Add(new PeerAddress(endPoint, Services, Now), source ?? Source);

    /// <summary>Fills it with addresses from many sources, some tried.</summary>
    public BookWorld Fill(int count, int seed = 7)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var endPoint = Any(random);
            AddFresh(endPoint, Any(random).Address);
            if (random.Next(4) == 0)
                Book.MarkGood(endPoint);
            if (random.Next(4) == 0)
                Book.RecordAttempt(endPoint);
        }

        return this;
    }

    /// <summary>Makes two addresses of a group claim one place in the tried table; 5 hours pass.</summary>
    public (NetworkEndPoint Old, NetworkEndPoint Claimant) Collide(byte group)
    {
        var places = new Dictionary<int, NetworkEndPoint>();
        for (var i = 0; ; i++)
        {
            var claimant = EndPoint($"250.{group}.{i / 250}.{(i % 250) + 1}", 8333);
            var place = Book.Tables.Placement.GetTriedPlace(claimant, Netgroup.FromAddress(claimant.Address));
            if (places.TryAdd(place, claimant))
                continue;
            var old = places[place];
            AddFresh(old);
            Book.MarkGood(old);
            Clock.Advance(TimeSpan.FromHours(5)); // One met within 4 hours needs no test.
            AddFresh(claimant);
            Assert.False(Book.MarkGood(claimant));
            return (old, claimant);
        }
    }

    /// <summary>All that holds of the tables at any time.</summary>
    public static void AssertConsistent(AddressBook book, INetgrouper? grouper = null)
    {
        grouper ??= PrefixNetgrouper.Instance;
        var tables = book.Tables;
        Assert.Equal(tables.Entries.Count, book.Count);
        Assert.Equal(book.Count, book.GetCount(tables: AddressTables.New) + book.GetCount(tables: AddressTables.Tried));
        foreach (var network in Enum.GetValues<AddressNetworks>().Where(network => int.PopCount((int)network) == 1))
        {
            Assert.Equal(
                tables.Entries.Count(entry => network.Has(entry.Network) && entry.IsTried), book.GetCount(network, AddressTables.Tried));
            Assert.Equal(
                tables.Entries.Count(entry => network.Has(entry.Network) && !entry.IsTried), book.GetCount(network, AddressTables.New));
        }

        Assert.Equal(
            tables.Entries.Where(entry => entry.SharedSource is not null).Select(entry => (entry.Source, entry.SourceGroup)).Distinct().Count(), tables.SourceCount);

        var references = 0;
        for (var i = 0; i < tables.Entries.Count; i++)
        {
            var entry = tables.Entries[i];
            Assert.Equal(i, entry.Index);
            Assert.Same(entry, tables.Find(entry.EndPoint));
            if (entry.IsTried)
            {
                Assert.Equal(0, entry.References);
                Assert.Same(entry, tables.Tried[tables.Placement.GetTriedPlace(entry.EndPoint, grouper.GetGroup(entry.EndPoint.Address))]);
                continue;
            }

            Assert.InRange(entry.References, 1, 8);
            references += entry.References;
            foreach (var place in entry.NewPlaces.ToArray())
            {
                Assert.Same(entry, tables.New[place]);
                Assert.Equal(place, tables.Placement.GetNewPlace(entry.EndPoint, place / 64));
            }
        }

        Assert.Equal(references, tables.New.Places.ToArray().Count(entry => entry is not null));
        Assert.Equal(book.GetCount(tables: AddressTables.Tried), tables.Tried.Places.ToArray().Count(entry => entry is not null));
    }

    public static byte[] HashTwice(byte[] bytes) => SHA256.HashData(SHA256.HashData(bytes));
}
