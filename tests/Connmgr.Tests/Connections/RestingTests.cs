using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>An address that failed, or was lost quickly, is left alone for RetryDuration.</summary>
public class RestingTests
{
    [Fact]
    public void AFailedAddress_IsNotDialledAgainForRetryDuration()
    {
        var h = OneAddress(1, static dial => dial.Fail());
        h.Advance(5 * Second - Ms, 500 * Ms);
        Assert.Single(h.Dialer.All);
        h.Advance(6 * Second);
        Assert.InRange(h.Dialer.All.Count, 2, 3);
        h.Stop();
    }

    [Fact]
    public void AnAddressLostQuickly_IsNotDialledAgainForRetryDuration()
    {
        var h = OneAddress(1, static dial => dial.Succeed());
        h.Advance(4 * Second);
        h.Connected[0].Connection.Close();
        h.Advance(4 * Second);
        Assert.Single(h.Dialer.All);
        h.Advance(6 * Second);
        Assert.Equal(2, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void AnAddressThatLasted_MayBeDialledAtOnce()
    {
        var h = OneAddress(1, static dial => dial.Succeed());
        h.Advance(5 * Second);
        h.Connected[0].Connection.Close();
        h.Settle();
        Assert.Equal(2, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void Connect_IsNotHeldToTheRest()
    {
        var h = OneAddress(1, static dial => dial.Fail());
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal(2, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void AllowDuplicateAddresses_DoesNotSwitchTheRestOff()
    {
        var h = OneAddress(3, static dial => dial.Fail(), options => options.AllowDuplicateAddresses = true);
        h.Advance(4 * Second);
        Assert.Single(h.Dialer.All);
        h.Stop();
    }

    private static ManagerHarness OneAddress(
        int target, Action<FakeDialer.Dial> onDial, Action<ConnectionManagerOptions>? configure = null) =>
        Dialing(
            target,
            options =>
            {
                options.GetNewAddress = static _ => ValueTask.FromResult<EndPoint?>(Ip("1.2.3.4"));
                configure?.Invoke(options);
            },
            onDial);
}
