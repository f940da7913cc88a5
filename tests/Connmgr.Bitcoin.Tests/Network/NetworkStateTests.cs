using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>The state that the parts of a network share.</summary>
public class NetworkStateTests
{
    /// <summary>Checks a regression: a network that began with one peer counted as online with none for ever, whatever its target became.</summary>
    [Fact]
    public void IsOnline_TheTargetChanges_FollowsIt()
    {
        var state = new NetworkState(new PeerNetworkOptions { Chain = ChainParameters.Regtest, TargetOutbound = 1 }, NullLogger.Instance);
        Assert.True(state.IsOnline());
        state.GetTarget = static () => 8;
        Assert.False(state.IsOnline());
        Add(1, "1.2.0.1");
        Assert.False(state.IsOnline());
        Add(2, "3.4.0.1");
        Assert.True(state.IsOnline());

        void Add(long id, string address) =>
            state.Outbound.Add(new OutboundPeer(id, PeerPurpose.Automatic, NetworkEndPoint.Parse(address + ":8333"), NodeServices.Network, DateTimeOffset.UnixEpoch));
    }
}
