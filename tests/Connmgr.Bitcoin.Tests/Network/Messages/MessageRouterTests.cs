namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>The receivers of messages, and how they change at run time.</summary>
public class MessageRouterTests
{
    private static readonly MessageCommand Some = new("some");
    private static readonly MessageCommand Other = new("other");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Handle_CallsSubscribersInOrder_ThenTheHandlerIfItWantsTheCommand()
    {
        var peer = Assert.Single(await TestPeers.ManyAsync(1));
        var calls = new List<string>();
        var router = new MessageRouter(new PeerNetworkOptions { OnMessage = Note("options"), MessageCommands = [Some] }, forwardsGossip: false);
        var first = router.Subscribe(Some, Note("first"));
        router.Subscribe(Some, Note("second"));
        router.Subscribe(Other, Note("other"));

        await router.HandleAsync(peer, new(Some, default), isClaimed: false, Ct);
        await router.HandleAsync(peer, new(Other, default), isClaimed: false, Ct);
        await router.HandleAsync(peer, new(Some, default), isClaimed: true, Ct);
        Assert.Equal(["first", "second", "options", "other", "first", "second"], calls);

        calls.Clear();
        first.Dispose();
        first.Dispose();
        await router.HandleAsync(peer, new(Some, default), isClaimed: false, Ct);
        Assert.Equal(["second", "options"], calls);

        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> Note(string name) => (_, _, _) =>
        {
            calls.Add(name);
            return default;
        };
    }

    [Fact]
    public void Subscribe_ChangesWhatIsKept_AndItsEndChangesItBack()
    {
        var router = new MessageRouter(new PeerNetworkOptions(), forwardsGossip: false);
        AnnouncementCredit.AddTo(router.Interest);
        foreach (var command in (MessageCommand[])[Some, MessageCommand.Inv, MessageCommand.CmpctBlock, MessageCommand.Addr, MessageCommand.Pong])
        {
            var before = Plan(command);
            router.Read(command, isNeeded: true);
            Assert.True(Plan(command) is { Kept: 100_000, IsHandedOver: true, IsPart: false, Reader: MessageReader.Library } || command == MessageCommand.Pong || command == MessageCommand.Addr, $"{command}: {Plan(command)}");
            var first = router.Subscribe(command, static (_, _, _) => default);
            var second = router.Subscribe(command, static (_, _, _) => default);
            router.Read(command, isNeeded: false);
            first.Dispose();
            var during = Plan(command);
            Assert.True(during is { IsHandedOver: true, IsPart: false }, $"{command}: {during}");
            second.Dispose();
            Assert.Equal(before, Plan(command));
        }

        Assert.True(Plan(MessageCommand.CmpctBlock) is { Kept: 80, IsPart: true });
        Assert.True(router.Interest.GetPlan(FrameHeader.Create(0, MessageCommand.CmpctBlock, new byte[80])) is { Kept: 80, IsPart: false });
        Assert.True(Plan(Some) is { Kept: 0, IsHandedOver: false });

        MessagePlan Plan(MessageCommand command) => router.Interest.GetPlan(FrameHeader.Create(0, command, new byte[100_000]));
    }

    [Fact]
    public void Subscribe_ToWhatTheLibraryAloneHandles_Throws()
    {
        var router = new MessageRouter(new PeerNetworkOptions(), forwardsGossip: false);
        foreach (var command in (MessageCommand[])[default, MessageCommand.Version, MessageCommand.Ping])
            Assert.Throws<ArgumentException>("command", () => router.Subscribe(command, static (_, _, _) => default));
    }
}
