using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Tests.Addresses;

/// <summary>The choice of an address when several groups want one.</summary>
public sealed class AddressBookSourceGroupTests
{
    private const ulong Filters = 0x49;
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private static readonly OutboundGroup Plain = new("plain", 7);
    private static readonly OutboundGroup WithFilters = new("filters", 5) { Traits = 0x40 };
    private static readonly NetworkEndPoint Ordinary = BookWorld.EndPoint("250.1.1.1", 8333);
    private static readonly NetworkEndPoint Rare = BookWorld.EndPoint("250.2.1.1", 8333);
    private static readonly NetworkEndPoint V6 = BookWorld.EndPoint("2a01:1::1", 8333);

    private readonly BookWorld _world = new();
    private readonly HashSet<EndPoint> _refused = [];
    private ImmutableArray<OutboundGroup> _wanted = [Plain];

    [Fact]
    public async Task GetAsync_TwoGroups_TheMostWantedOneComesFirst()
    {
        Add(Ordinary, 9);
        Add(Rare, Filters);
        var source = new AddressBookSource(_world.Book);
        _wanted = [WithFilters, Plain];
        for (var i = 0; i < 20; i++)
            Assert.Equal(Rare.ToEndPoint(), (await source.GetAsync(Request(), Cancellation))?.EndPoint);

        _refused.Add(Rare.ToEndPoint()!);
        Assert.Equal(Ordinary.ToEndPoint(), (await source.GetAsync(Request(), Cancellation))?.EndPoint);
    }

    [Fact]
    public async Task GetAsync_NobodySuits_WaitsForAnAddressOrForOtherWishes()
    {
        Add(Ordinary, 9);
        var source = new AddressBookSource(_world.Book);
        _wanted = [WithFilters];
        var asked = source.GetAsync(Request(), Cancellation).AsTask();
        Assert.False(asked.IsCompleted);
        _wanted = [WithFilters, Plain];
        _world.Clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(Ordinary.ToEndPoint(), (await asked)?.EndPoint);

        _wanted = [WithFilters];
        asked = source.GetAsync(Request(), Cancellation).AsTask();
        Assert.False(asked.IsCompleted);
        Add(Rare, Filters); // No time passes.
        Assert.Equal(Rare.ToEndPoint(), (await asked)?.EndPoint);
    }

    [Fact]
    public async Task GetAsync_MostWantedTriedLately_ALaterGroupsFreshAddressComesFirst()
    {
        Add(Ordinary, 9);
        Add(Rare, Filters);
        _world.Book.RecordAttempt(Rare, countFailure: true);
        var source = new AddressBookSource(_world.Book);
        _wanted = [WithFilters, Plain];
        Assert.Equal(Ordinary.ToEndPoint(), (await source.GetAsync(Request(), Cancellation))?.EndPoint);

        _refused.Add(Ordinary.ToEndPoint()!);
        Assert.Equal(Rare.ToEndPoint(), (await source.GetAsync(Request(), Cancellation))?.EndPoint);
    }

    [Fact]
    public async Task GetAsync_ServicesLearned_TheAddressIsNotChosenAgainForThem()
    {
        Add(Rare, Filters);
        var source = new AddressBookSource(_world.Book);
        _wanted = [WithFilters];
        Assert.Equal(Rare.ToEndPoint(), (await source.GetAsync(Request(), Cancellation))?.EndPoint);

        _world.Book.SetServices(Rare, 9);
        var asked = source.GetAsync(Request(), Cancellation).AsTask();
        Assert.False(asked.IsCompleted);
        _wanted = [WithFilters, Plain];
        _world.Clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(Rare.ToEndPoint(), (await asked)?.EndPoint); // As an ordinary peer it is as good as any.
    }

    [Fact]
    public async Task GetAsync_NetworkOfAGroup_IsKept()
    {
        Add(Ordinary, 9);
        Add(V6, 9);
        var source = new AddressBookSource(_world.Book);
        _wanted = [new("v6", 1) { Networks = AddressNetworks.IPv6 }, Plain];
        for (var i = 0; i < 20; i++)
            Assert.Equal(V6.ToEndPoint(), (await source.GetAsync(Request(), Cancellation))?.EndPoint);
    }

    [Fact]
    public async Task GetAsync_Candidate_HasTheClaimedServicesAndAllThatTheBookDoesNotKnow()
    {
        Add(Rare, Filters);
        _wanted = [new("both", 1) { Traits = 0x40 | (UInt128.One << 64) | (UInt128.One << 127) }];
        var candidate = await new AddressBookSource(_world.Book).GetAsync(Request(), Cancellation);
        Assert.Equal(Filters | (UInt128.MaxValue << 64), candidate!.Value.Traits);
    }

    [Fact]
    public async Task Prioritize_NoGroupWantsIt_WaitsUntilOneDoes()
    {
        Add(Ordinary, 9);
        var source = new AddressBookSource(_world.Book);
        source.Prioritize([new PeerAddress(V6, 9, _world.Now), new PeerAddress(Rare, 9, _world.Now)]);
        _wanted = [WithFilters, new("v6", 1) { Networks = AddressNetworks.IPv6 }];
        var anchor = await source.GetAsync(Request(), Cancellation);
        Assert.Equal((V6.ToEndPoint(), true), (anchor?.EndPoint, Assert.IsType<AddressBookCandidate>(anchor?.Tag).IsAnchor));

        _wanted = [Plain];
        anchor = await source.GetAsync(Request(), Cancellation);
        Assert.Equal((Rare.ToEndPoint(), true), (anchor?.EndPoint, Assert.IsType<AddressBookCandidate>(anchor?.Tag).IsAnchor));
        Assert.Equal(Ordinary.ToEndPoint(), (await source.GetAsync(Request(), Cancellation))?.EndPoint);
    }

    [Fact]
    public async Task Prioritize_WithAProfile_IsForItsGroupsAlone()
    {
        Add(Ordinary, 9);
        var source = new AddressBookSource(_world.Book);
        source.Prioritize([new PeerAddress(Rare, 9, _world.Now)], "block-relay");
        _wanted = [Plain];
        Assert.Equal((Ordinary.ToEndPoint(), null), (await source.GetAsync(Request(), Cancellation) is { } plain ? (plain.EndPoint, plain.Profile) : default));

        _wanted = [Plain, new("blocks", 1) { Profile = "block-relay" }];
        Assert.Equal((Rare.ToEndPoint(), "block-relay"), (await source.GetAsync(Request(), Cancellation) is { } anchor ? (anchor.EndPoint, anchor.Profile) : default));
    }

    [Fact]
    public async Task ChooseFromBook_PrioritizedAddress_IsLeftToTheSlots()
    {
        var source = new AddressBookSource(_world.Book);
        source.Prioritize([new PeerAddress(Rare, 9, _world.Now)]);
        _wanted = [Plain];
        Assert.Null(source.ChooseFromBook(Request(), AddressNetworks.All));
        Assert.Equal(Rare.ToEndPoint(), (await source.GetAsync(Request(), Cancellation))?.EndPoint);
    }

    [Fact]
    public async Task GetAsync_MoreSetsOfServicesThanIndexes_FindsEach()
    {
        var sets = Enumerable.Range(0, BookTable.MaxIndices + 2).Select(static i => 9UL | (1UL << (20 + i))).ToArray();
        var ends = sets.Select(static (_, i) => BookWorld.EndPoint($"250.{i + 1}.1.1", 8333)).ToArray();
        for (var i = 0; i < sets.Length; i++)
            Add(ends[i], sets[i]);
        var source = new AddressBookSource(_world.Book);
        for (var i = 0; i < sets.Length; i++)
        {
            _wanted = [new("one", 1) { Traits = sets[i] }];
            Assert.Equal(ends[i].ToEndPoint(), (await source.GetAsync(Request(), Cancellation))?.EndPoint);
        }
    }

    private CandidateRequest Request() => new(
        ConnectionKind.Automatic,
        endPoint => _refused.Contains(endPoint) ? ConnectFailureCause.DuplicateAddress : ConnectFailureCause.None,
        networks: null,
        () => _wanted);

    private void Add(NetworkEndPoint endPoint, ulong services) =>
        Assert.True(_world.Book.Add(new PeerAddress(endPoint, services, _world.Now), BookWorld.Source));
}
