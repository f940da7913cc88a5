namespace Connmgr.Bitcoin.Tests;

public sealed class TapSlotTests
{
    /// <summary>Checks a regression: after a tap was removed, its peer still kept every message for it.</summary>
    [Fact]
    public void TryRemove_LeavesTheInterestOfTheHandler()
    {
        using var reader = new FrameReader(Stream.Null, Frames.Chain, new CountingPool());
        var slot = new TapSlot(reader);
        slot.Begin(new([MessageCommand.Inv]));
        var before = reader.Interest;
        slot.Add(new Tap());
        Assert.NotSame(before, reader.Interest);

        Assert.True(slot.TryRemove());
        Assert.Same(before, reader.Interest);
    }

    [Fact]
    public async Task Begin_AfterTheTapWasRemoved_SetsTheInterestOfTheHandler()
    {
        using var reader = new FrameReader(Stream.Null, Frames.Chain, new CountingPool());
        var slot = new TapSlot(reader);
        slot.Add(new Tap());
        Assert.True(slot.TryRemove());
        var interest = new MessageInterest([MessageCommand.Inv]);
        slot.Begin(interest);
        Assert.Same(interest, reader.Interest);

        await slot.EndAsync(new(DisconnectCause.Closed, "it ended"));
        Assert.False(slot.TryRemove());
    }

    private sealed class Tap : IMessageTap
    {
        public ValueTask OnMessageAsync(BitcoinMessage message, CancellationToken cancellationToken) => default;

        public Task OnEndAsync(DisconnectReason reason) => Task.CompletedTask;
    }
}
