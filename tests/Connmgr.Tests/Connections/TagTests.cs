using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>The tag of a request reaches everybody who has to do with its connections.</summary>
public class TagTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Connect_WithATag_TellsHandshakeHandlerAndOutcome(bool permanent)
    {
        object? inHandshake = null;
        var h = NoSource(options => options.Handshake = (connection, _) =>
        {
            inHandshake = connection.Request?.Tag;
            return ValueTask.CompletedTask;
        });
        h.Dialer.OnDial = dial => dial.Succeed();
        var tag = new object();
        var request = h.Manager.Connect(Ip("1.2.3.4"), permanent, tag);
        h.Settle();

        Assert.Same(tag, inHandshake);
        Assert.Same(tag, request.Tag);
        Assert.Same(tag, Assert.Single(h.Connected).Connection.Request!.Tag);
        Assert.Same(tag, h.Run(request.FirstOutcome).Tag);
        h.Stop();
    }

    [Fact]
    public void Connect_OnceStopped_KeepsTheTagInItsOutcome()
    {
        var h = NoSource();
        h.Stop();
        Assert.Equal("mine", h.Run(h.Manager.Connect(Ip("1.2.3.4"), tag: "mine").FirstOutcome).Tag);
    }

    [Fact]
    public void TheTagOfACandidate_IsThatOfItsRequest()
    {
        var source = new FakeSource(() => Ip("1.2.3.4")); // Numbers its candidates from 1.
        var h = Dialing(1, options => (options.GetNewAddress, options.AddressSource) = (null, source), dial => dial.Succeed());
        Assert.Equal(1, Assert.Single(h.Connected).Request.Tag);
        h.Stop();
    }

    [Fact]
    public void NewConnectionRequest_HasTheTagOfItsCandidateOnceThereIsOne()
    {
        var source = new FakeSource(() => Ip("1.2.3.4"));
        var h = Dialing(0, options => (options.GetNewAddress, options.AddressSource) = (null, source), dial => dial.Succeed());
        var request = h.Manager.NewConnectionRequest();
        Assert.Null(request.Tag);
        h.Settle();
        Assert.Equal(1, request.Tag);
        h.Stop();
    }
}
