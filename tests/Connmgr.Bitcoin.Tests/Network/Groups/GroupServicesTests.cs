namespace Connmgr.Bitcoin.Tests.Network.Groups;

public sealed class GroupServicesTests
{
    private const NodeServices Usual = NodeServices.Network | NodeServices.Witness;

    public static TheoryData<PeerGroup[], NodeServices, NodeServices[]> Cases { get; } = new()
    {
        { [], Usual, [] },
        { [new("a", 1)], Usual, [] },
        { [new("a", 1), With(NodeServices.CompactFilters)], Usual, [Usual | NodeServices.CompactFilters] },
        { [With(NodeServices.CompactFilters)], Usual | NodeServices.CompactFilters, [] },
        { [With(NodeServices.Network), new("a", 1)], Usual, [] },
        { [new("dark", 1) { MinimumTransport = PeerTransport.V2 }], Usual | NodeServices.P2PV2, [] },
        { [new("dark", 1) { MinimumTransport = PeerTransport.V2 }, new("a", 1)], Usual, [Usual | NodeServices.P2PV2] },
        {
            [With(NodeServices.CompactFilters), With(NodeServices.Bloom), With(NodeServices.CompactFilters)],
            Usual,
            [Usual | NodeServices.CompactFilters, Usual | NodeServices.Bloom]
        },
        {
            [With(NodeServices.CompactFilters | NodeServices.Bloom), With(NodeServices.Bloom)],
            Usual | NodeServices.Bloom,
            [Usual | NodeServices.Bloom | NodeServices.CompactFilters]
        },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void CommonAndAdditional_OfGroups_AreThoseToAskSeedsFor(PeerGroup[] groups, NodeServices common, NodeServices[] additional)
    {
        Assert.Equal(common, GroupServices.GetCommon([.. groups], Usual));
        Assert.Equal(additional.Select(static services => (ulong)services), GroupServices.GetAdditional([.. groups], Usual));
    }

    private static PeerGroup With(NodeServices services) => new("with", 1) { Services = services };
}
