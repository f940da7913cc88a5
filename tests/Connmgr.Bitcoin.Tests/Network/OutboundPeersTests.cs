namespace Connmgr.Bitcoin.Tests.Network;

public class OutboundPeersTests
{
    private readonly OutboundPeers _peers = new();

    [Fact]
    public void Anchors_AreTheTwoAutomaticOnesThatWereConnectedFirst()
    {
        Add(1, "1.0.0.1", PeerPurpose.Permanent);
        Add(2, "2.0.0.1", PeerPurpose.Automatic);
        Add(3, "3.0.0.1", PeerPurpose.ExtraNetwork);
        Add(4, "10.0.0.1", PeerPurpose.Automatic); // Private: no address for another time.
        Add(5, "4.0.0.1", PeerPurpose.Anchor);
        Add(6, "5.0.0.1", PeerPurpose.Automatic);
        Assert.Equal(["2.0.0.1:8333", "4.0.0.1:8333"], Anchors(), StringComparer.Ordinal);
        _peers.Remove(2, wasSuspended: false);
        Assert.Equal(["4.0.0.1:8333", "5.0.0.1:8333"], Anchors(), StringComparer.Ordinal);
        Assert.Equal(["4.0.0.1:8333"], Anchors(connectedBy: 5), StringComparer.Ordinal);
    }

    [Fact]
    public void Anchors_WhenAllWerePutDown_AreTheOldestOfThose()
    {
        for (var id = 1; id <= 4; id++)
            Add(id, $"{id}.0.0.1", PeerPurpose.Automatic);
        _peers.Remove(1, wasSuspended: false); // That one left.
        for (var id = 4; id > 1; id--)
            _peers.Remove(id, wasSuspended: true);
        Assert.Equal(0, _peers.Count);
        Assert.Equal(["2.0.0.1:8333", "3.0.0.1:8333"], Anchors(), StringComparer.Ordinal);
        Add(7, "7.0.0.1", PeerPurpose.Automatic);
        Assert.Equal(["7.0.0.1:8333", "2.0.0.1:8333"], Anchors(), StringComparer.Ordinal);
    }

    [Fact]
    public void Anchors_OfBlockRelayPeers_AreTheirsAlone()
    {
        for (var id = 1; id <= 5; id++)
            Add(id, $"{id}.0.0.1", PeerPurpose.Automatic, isBlockRelay: id is 2 or 4 or 5);
        Assert.Equal(["2.0.0.1:8333", "4.0.0.1:8333"], Anchors(blockRelayOnly: true), StringComparer.Ordinal);
        for (var id = 5; id >= 1; id--)
            _peers.Remove(id, wasSuspended: true);
        Assert.Equal(["2.0.0.1:8333", "4.0.0.1:8333"], Anchors(blockRelayOnly: true), StringComparer.Ordinal);
        Assert.Equal(["1.0.0.1:8333", "2.0.0.1:8333"], Anchors().Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public void AreInGroups_CountsGroupsAndThoseWithoutOne()
    {
        Assert.True(_peers.SpanGroups(0));
        Assert.False(_peers.SpanGroups(1));
        Add(1, "1.2.0.1", PeerPurpose.Automatic);
        Add(2, "1.2.0.2", PeerPurpose.OneOff);
        Assert.True(_peers.SpanGroups(1));
        Assert.False(_peers.SpanGroups(2));
        Add(3, "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion", PeerPurpose.Automatic);
        Assert.True(_peers.SpanGroups(2));
    }

    private IEnumerable<string> Anchors(int connectedBy = 1000, bool blockRelayOnly = false) =>
        _peers.GetAnchors(DateTimeOffset.UnixEpoch.AddSeconds(connectedBy), blockRelayOnly).Select(static anchor => anchor.EndPoint.ToString());

    private void Add(long id, string address, PeerPurpose purpose, bool isBlockRelay = false) => _peers.Add(
        new OutboundPeer(id, purpose, NetworkEndPoint.Parse(address + ":8333"), NodeServices.Network, DateTimeOffset.UnixEpoch.AddSeconds(id))
        {
            IsBlockRelay = isBlockRelay,
        });
}
